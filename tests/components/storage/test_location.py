"""Location of packs: comparison, text and JSON."""

from __future__ import annotations

from typing import Any

import pytest

from components.settings import Storage, StorageKind
from components.storage.location import StorageLocation
from tests.support.cases import check_each

CASES: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "volume": ({}, {"kind": "volume", "name": "packs-data"}, "the volume packs-data"),
    "path": (
        {"kind": "path", "path": "/srv/packs"},
        {"kind": "path", "path": "/srv/packs"},
        "the directory /srv/packs",
    ),
    "nfs": (
        {"kind": "nfs", "nfs": {"server": "nfs.example.com", "export": "/packs"}},
        {"kind": "nfs", "server": "nfs.example.com", "export": "/packs"},
        "the export /packs of nfs.example.com",
    ),
    "cifs": (
        {"kind": "cifs", "cifs": {"server": "files.example.com", "share": "packs"}},
        {"kind": "cifs", "server": "files.example.com", "share": "packs"},
        "the share packs of files.example.com",
    ),
    "s3": (
        {"kind": "s3", "s3": {"bucket": "packs", "region": "any"}},
        {"kind": "s3", "bucket": "packs"},
        "the bucket packs",
    ),
    "s3-other": (
        {
            "kind": "s3",
            "s3": {
                "bucket": "packs",
                "region": "any",
                "prefix": "prod",
                "endpoint": "https://minio.internal:9000",
            },
        },
        {
            "kind": "s3",
            "server": "https://minio.internal:9000",
            "bucket": "packs",
            "prefix": "prod",
        },
        "the bucket packs/prod of https://minio.internal:9000",
    ),
    "memory": ({"kind": "memory"}, {"kind": "memory"}, "the server's memory"),
}


def location(storage: dict[str, Any], pack_format: str = "") -> StorageLocation:
    return StorageLocation.of(Storage.model_validate(storage), "packs-data", pack_format)


@pytest.mark.parametrize(("storage", "fields", "text"), CASES.values(), ids=CASES)
def test_fields_and_text(storage: dict[str, Any], fields: dict[str, str], text: str) -> None:
    found = location(storage)
    assert found.to_dict() == fields
    assert str(found) == text


@pytest.mark.parametrize("pack_format", ["", "oci", "zot"])
def test_round_trip(pack_format: str) -> None:
    def check(case: str) -> None:
        found = location(CASES[case][0], pack_format)
        assert StorageLocation.from_label(found.to_label()) == found
        assert StorageLocation.from_dict(found.to_dict()) == found

    check_each(CASES, check)


def test_all_kinds_are_tested() -> None:
    assert {fields["kind"] for _, fields, _ in CASES.values()} == set(StorageKind)


def test_locations_differ() -> None:
    labels = {location(storage).to_label() for storage, _, _ in CASES.values()}
    assert len(labels) == len(CASES)


def test_label_is_compact() -> None:
    assert location({}).to_label() == '{"kind":"volume","name":"packs-data"}'


@pytest.mark.parametrize("kind", ["volume", "path", "nfs", "cifs"])
def test_flavors_have_own_directories(kind: str) -> None:
    storage = CASES[kind][0]
    pack, oci = location(storage), location(storage, "oci")
    assert oci != pack
    assert oci.holder == pack, "one volume holds both"
    assert str(oci) == f"the OCI registry directory in {pack}"


@pytest.mark.parametrize("kind", ["volume", "path", "nfs", "cifs", "s3"])
def test_zot_has_its_own_directory(kind: str) -> None:
    storage = CASES[kind][0]
    zot, others = location(storage, "zot"), [location(storage), location(storage, "oci")]
    assert zot not in others
    assert zot.holder == location(storage), "one volume or bucket holds all"
    assert str(zot) == f"zot's directory in {location(storage)}"


@pytest.mark.parametrize("kind", ["s3", "memory"])
def test_flavors_share_object_storage(kind: str) -> None:
    storage = CASES[kind][0]
    assert location(storage, "oci") == location(storage)


@pytest.mark.parametrize(
    "label",
    ["", "the volume packs-data", "[]", "{}", '{"kind":"tape"}', '{"kind":"path","depth":"1"}'],
)
def test_invalid_label(label: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is for developers
        StorageLocation.from_label(label)
