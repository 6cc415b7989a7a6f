"""The published results are complete: all comparisons, and all cells of the matrix."""

from __future__ import annotations

import json

from bench.measures import MEASURES
from cli.paths import ROOT
from tests.matrix import matrix


def test_all_comparisons_are_published() -> None:
    stored = json.loads((ROOT / "bench" / "results.json").read_text())["comparisons"]
    assert set(stored) == set(MEASURES), "run `make bench`"
    document = (ROOT / "docs" / "explanation" / "benchmarks.md").read_text()
    assert [
        each["title"] for each in stored.values() if f"**{each['title']}**" not in document
    ] == []
    assert [each["title"] for each in stored.values() if each["result"] not in document] == []


def test_all_matrix_cells_are_published() -> None:
    stored = json.loads(matrix.RESULTS.read_text())
    names = {" ".join(cell.values()) for cell in matrix.cells(matrix.AXES)}
    assert set(stored) == names, "run `make matrix`"
    assert [name for name in names if stored[name]["result"].startswith("failed")] == []
    document = matrix.DOCUMENT.read_text()
    assert [
        name
        for name in names
        if f"| {' | '.join(name.split())} | {stored[name]['result']} |" not in document
    ] == []
