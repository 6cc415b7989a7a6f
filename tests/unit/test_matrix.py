"""The matrix of ways to run a registry leaves no two of them apart."""

from __future__ import annotations

import itertools

from bench.matrix import AXES, MOUNTED_BY_KERNEL, cells
from components.model import StorageKind, TlsMode


def test_every_pair_of_values_is_in_a_cell() -> None:
    chosen = cells(AXES)
    for (one, values), (other, others) in itertools.combinations(AXES.items(), 2):
        found = {(cell[one], cell[other]) for cell in chosen}
        assert found == set(itertools.product(values, others)), f"{one} and {other}"


def test_what_the_kernel_may_lack_takes_no_other_pair_with_it() -> None:
    can_be_run = [cell for cell in cells(AXES) if cell["storage"] not in MOUNTED_BY_KERNEL]
    assert {(cell["tls"], cell["host"]) for cell in can_be_run} == set(itertools.product(AXES["tls"], AXES["host"]))


def test_another_axis_is_covered_with_hardly_more_cells() -> None:
    assert len(cells({**AXES, "flavor": ("pack", "oci")})) <= len(cells(AXES)) + 3


def test_every_kind_of_storage_and_every_tls_mode_is_in_the_matrix() -> None:
    assert set(AXES["storage"]) == {kind.value for kind in StorageKind}
    assert set(AXES["tls"]) == {mode.value for mode in TlsMode}
