"""The comparison of the servers agrees with what the conformance program found."""

from __future__ import annotations

import re

from cli.paths import ROOT
from components.settings import StorageKind, TlsMode
from tools.docs.servers import DISTRIBUTION, PACK, ROWS, SERVERS, ZOT, accepts, settings_of

CONFORMANCE = (ROOT / "docs" / "explanation" / "conformance.md").read_text()


def measured(category: str) -> list[str]:
    """Return the results of zot and of Distribution with its default settings."""
    row = re.search(rf"^\| {category} \| (.*) \|$", CONFORMANCE, re.MULTILINE)
    assert row
    return [cell.strip("* ") for cell in row[1].split("|")][:2]


def test_servers_are_valid() -> None:
    assert all(accepts(server, {}) for server in SERVERS.values())
    assert settings_of(ZOT, {}).uses_zot


def test_referrers() -> None:
    row = ROWS["Referrers: signatures and SBOMs of a pack"]
    assert [row(ZOT), row(DISTRIBUTION)] == ["yes", "no"]
    assert measured("Referrers") == ["passed", "failed"]


def test_deletion() -> None:
    row = ROWS["Deletes packs"]
    assert (row(ZOT), row(DISTRIBUTION)[:2]) == ("role `admin`", "no")
    assert measured("Manifest delete") == ["passed", "skipped"], "skipped: not allowed"


def test_lists_show_what_validation_accepts() -> None:
    kinds = ROWS["Storage kinds (`storage.kind`)"]
    assert {each for each in StorageKind if f"`{each}`" not in kinds(ZOT)} == {StorageKind.MEMORY}
    modes = ROWS["TLS modes (`tls.mode`)"]
    assert {each for each in TlsMode if f"`{each}`" not in modes(ZOT)} == {TlsMode.LETS_ENCRYPT}
    assert ROWS["Roles of users (`users[].role`)"](PACK) == "`reader`"
