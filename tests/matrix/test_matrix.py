"""The matrix of ways to run a registry leaves no two of them apart."""

from __future__ import annotations

import itertools

from components.settings import Flavor, StorageKind, TlsMode
from tests.matrix.matrix import AXES, MOUNTED_BY_KERNEL, cells


def test_every_pair_of_values_is_in_a_cell() -> None:
    chosen = cells(AXES)
    for (one, values), (other, others) in itertools.combinations(AXES.items(), 2):
        found = {(cell[one], cell[other]) for cell in chosen}
        assert found == set(itertools.product(values, others)), f"{one} and {other}"


def test_what_the_kernel_may_lack_takes_no_other_pair_with_it() -> None:
    can_be_run = [cell for cell in cells(AXES) if cell["storage"] not in MOUNTED_BY_KERNEL]
    for one, other in itertools.combinations([axis for axis in AXES if axis != "storage"], 2):
        assert {(cell[one], cell[other]) for cell in can_be_run} == set(
            itertools.product(AXES[one], AXES[other])
        )


def test_the_cells_are_few() -> None:
    assert len(cells(AXES)) == len(AXES["storage"]) * len(AXES["tls"]), (
        "no fewer have every pair of these two"
    )


def test_every_kind_of_storage_every_tls_mode_and_every_flavor_is_in_the_matrix() -> None:
    assert set(AXES["storage"]) == {kind.value for kind in StorageKind}
    assert set(AXES["tls"]) == {mode.value for mode in TlsMode}
    assert set(AXES["flavor"]) == {flavor.value for flavor in Flavor}
