"""The figures as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "pack-registry"

import matplotlib.pyplot as plt  # noqa: E402 - the back end is chosen before


def draw(comparisons: dict[str, dict[str, Any]], path: Path) -> None:
    """One row of bars a comparison, each in its own unit."""
    figure, axes = plt.subplots(
        len(comparisons), 1, figsize=(9, 1.9 * len(comparisons)), squeeze=False
    )
    for axis, comparison in zip(axes[:, 0], comparisons.values(), strict=True):
        names = [f"{row['name']} ({row['unit']})" for row in comparison["figures"]]
        values = [row["value"] for row in comparison["figures"]]
        bars = axis.barh(names, values, color="#4878a8")
        axis.bar_label(bars, labels=[f"{value:.4g}" for value in values], padding=3)
        axis.set_title(f"{comparison['title']}: {comparison['result']}", fontsize=9, loc="left")
        axis.invert_yaxis()
        axis.margins(x=0.15)
        axis.tick_params(labelsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
