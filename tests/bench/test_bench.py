"""What was measured and run is kept whole: no comparison and no cell is missing from what is published."""

from __future__ import annotations

import json

from bench.measures import MEASURES
from cli.paths import ROOT
from tests.matrix import matrix


def test_every_comparison_is_kept_and_published() -> None:
    kept = json.loads((ROOT / "bench" / "results.json").read_text())["comparisons"]
    assert set(kept) == set(MEASURES), "run `make bench`"
    document = (ROOT / "docs" / "explanation" / "benchmarks.md").read_text()
    assert [each["title"] for each in kept.values() if f"**{each['title']}**" not in document] == []
    assert [each["title"] for each in kept.values() if each["result"] not in document] == []


def test_every_cell_of_the_matrix_is_kept_and_published() -> None:
    kept = json.loads(matrix.RESULTS.read_text())
    names = {" ".join(cell.values()) for cell in matrix.cells(matrix.AXES)}
    assert set(kept) == names, "run `make matrix`"
    assert [name for name in names if kept[name]["result"].startswith("failed")] == []
    document = matrix.DOCUMENT.read_text()
    assert [
        name
        for name in names
        if f"| {' | '.join(name.split())} | {kept[name]['result']} |" not in document
    ] == []
