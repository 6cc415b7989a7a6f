"""The cells of the matrix cover all pairs of options."""

from __future__ import annotations

import itertools

from components.settings import Flavor, StorageKind, TlsMode
from tests.matrix.matrix import AXES, MOUNTED_BY_KERNEL, cells


def test_every_pair_is_covered() -> None:
    chosen = cells(AXES)
    for (one, values), (other, others) in itertools.combinations(AXES.items(), 2):
        found = {(cell[one], cell[other]) for cell in chosen}
        assert found == set(itertools.product(values, others)), f"{one} and {other}"


def test_runnable_cells_cover_other_pairs() -> None:
    runnable = [cell for cell in cells(AXES) if cell["storage"] not in MOUNTED_BY_KERNEL]
    for one, other in itertools.combinations([axis for axis in AXES if axis != "storage"], 2):
        assert {(cell[one], cell[other]) for cell in runnable} == set(
            itertools.product(AXES[one], AXES[other])
        )


def test_number_of_cells_is_minimal() -> None:
    assert len(cells(AXES)) == len(AXES["storage"]) * len(AXES["tls"]), (
        "the product of the two largest axes is the minimum"
    )


def test_all_options_are_in_matrix() -> None:
    assert set(AXES["storage"]) == {kind.value for kind in StorageKind}
    assert {*AXES["tls"], "secret"} == {mode.value for mode in TlsMode}, "a Secret is of Kubernetes"
    assert set(AXES["flavor"]) == {flavor.value for flavor in Flavor}
