"""Figures, comparisons, and the statistics of their runs."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

RUNS = 5


@dataclass
class Figure:
    """One row of the report."""

    name: str
    value: float
    unit: str
    runs: list[float] = field(default_factory=list)
    """The value of each run; empty if there is only one."""


@dataclass
class Comparison:
    """Figures that were measured side by side, with their result."""

    title: str
    figures: list[Figure]
    result: str
    goal: str = ""
    """The goal that was set before the measurement; empty if there is none."""


def median(name: str, runs: list[float], unit: str = "s") -> Figure:
    """Return the median of runs as a figure."""
    return Figure(name, statistics.median(runs), unit, runs)


def median_ratio(first: Figure, second: Figure) -> float:
    """Return the median of the ratios per run, so that drift of the machine affects both sides."""
    return statistics.median(a / b for a, b in zip(first.runs, second.runs, strict=True))


def median_difference(first: Figure, second: Figure) -> float:
    """Return the median of the differences per run, for the same reason."""
    return statistics.median(b - a for a, b in zip(first.runs, second.runs, strict=True))


def alternate(*commands: Callable[[], float]) -> list[list[float]]:
    """Run commands in turn, ``RUNS`` times, after one warm-up of each.

    :returns: the seconds of all runs, for each command.
    """
    for command in commands:
        command()
    rounds = [[command() for command in commands] for _ in range(RUNS)]
    return [list(column) for column in zip(*rounds, strict=True)]
