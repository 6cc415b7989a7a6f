"""The cells of the matrix cover all pairs of options."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from common.validation import SettingsError
from components.settings import OciServer, StorageKind, TlsMode
from tests.matrix.matrix import AXES, MOUNTED_BY_KERNEL, Cell, cells, is_supported
from tests.support.certificates import issue_chain
from tests.support.component import settings_of
from tests.support.flavors import DISTRIBUTION, ZOT
from tests.support.lifecycle import MOUNTS


def test_every_pair_is_covered() -> None:
    chosen = cells(AXES)
    for one, other in itertools.combinations(AXES, 2):
        found = {(cell[one], cell[other]) for cell in chosen}
        assert found == supported(one, other), f"{one} and {other}"


def supported(one: str, other: str) -> set[tuple[str, str]]:
    """Return the pairs of values of two axes that the settings accept."""
    return {
        pair
        for pair in itertools.product(AXES[one], AXES[other])
        if is_supported(dict(zip((one, other), pair, strict=True)))
    }


@pytest.mark.parametrize(
    "cell",
    [
        {"server": server, axis: value}
        for server in AXES["server"]
        for axis in ("storage", "tls")
        for value in AXES[axis]
    ],
    ids=lambda cell: " ".join(cell.values()),
)
def test_settings_accept_supported_cells(cell: Cell) -> None:
    servers: dict[str, dict[str, Any]] = {"pack": {}, "zot": ZOT, "distribution": DISTRIBUTION}
    settings = servers[cell["server"]]
    kind, mode = cell.get("storage", "volume"), cell.get("tls", "self-signed")
    try:
        settings_of(hostname="packs.example.com", **settings, **STORAGE[kind], **TLS[mode])
    except SettingsError:
        assert not is_supported(cell)
    else:
        assert is_supported(cell)


STORAGE: dict[str, dict[str, Any]] = {
    "volume": {},
    "path": {"storage": {"kind": "path", "path": "/srv/packs"}},
    "s3": {"storage": {"kind": "s3", "s3": {"bucket": "packs", "region": "eu-central-1"}}},
    "memory": {"storage": {"kind": "memory", "confirmLoss": True}},
    **{kind: {"storage": MOUNTS[kind]} for kind in MOUNTED_BY_KERNEL},
}
CHAIN = issue_chain("packs.example.com")
TLS: dict[str, dict[str, Any]] = {
    "self-signed": {},
    "private-ca": {"tls": {"mode": "private-ca"}},
    "provided": {
        "tls": {
            "mode": "provided",
            "certificatePem": CHAIN.pem,
            "privateKeyPem": CHAIN.leaf.key_pem,
        }
    },
    "letsencrypt": {"tls": {"mode": "letsencrypt", "letsencrypt": {"email": "a@example.com"}}},
    "off": {"tls": {"mode": "off"}},
}


def test_runnable_cells_cover_other_pairs() -> None:
    runnable = [cell for cell in cells(AXES) if cell["storage"] not in MOUNTED_BY_KERNEL]
    for one, other in itertools.combinations([axis for axis in AXES if axis != "storage"], 2):
        assert {(cell[one], cell[other]) for cell in runnable} == supported(one, other)


def test_number_of_cells_is_minimal() -> None:
    assert len(cells(AXES)) == len(AXES["storage"]) * len(AXES["tls"]), (
        "the product of the two largest axes is the minimum"
    )


def test_all_options_are_in_matrix() -> None:
    assert set(AXES["storage"]) == {kind.value for kind in StorageKind}
    assert {*AXES["tls"], "secret"} == {mode.value for mode in TlsMode}, "a Secret is of Kubernetes"
    assert set(AXES["server"]) == {"pack", *OciServer}
