"""Preflight checks of directories and volumes, and of packs that would be lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from common.errors import UserError
from common.labels import DATA_LABEL, STORAGE_LABEL
from components.settings import StorageKind
from components.storage.location import StorageLocation
from tests.components.docker.preflight.problems import problems
from tests.support.fakes import OTHER_OWNER, OWNER, FakeContainer, FakeEngine
from tests.support.flavors import DISTRIBUTION, ZOT

REMOVED = "{}: a volume named {} exists, and would be removed with the registry."
DATA = StorageLocation(StorageKind.VOLUME, name="spectro-registry-data")
OCI_DATA = StorageLocation(StorageKind.VOLUME, name="spectro-registry-data", flavor="oci")
MEMORY = StorageLocation(StorageKind.MEMORY)


@pytest.mark.parametrize(
    ("settings", "name", "setting", "fix"),
    [
        ({}, "spectro-registry-config", "containerName", "Set another containerName"),
        ({"containerName": "packs"}, "packs-config", "containerName", "Set another containerName"),
        (
            {"storage": {"volume": "old-packs", "keepOnDestroy": False}},
            "old-packs",
            "storage.volume",
            "Set storage.keepOnDestroy to true, or another storage.volume",
        ),
    ],
    ids=["configuration", "another name", "packs"],
)
@pytest.mark.parametrize("pull", [True, False])
def test_volume_of_other_owner(
    settings: dict[str, Any], name: str, setting: str, fix: str, pull: bool
) -> None:
    engine = FakeEngine()
    problem = REMOVED.format(setting, name)
    engine.volumes = {name: {}}
    assert problems(engine, pull, **settings) == [
        (
            f"{problem} It does not belong to this stack. {fix}, or remove the volume and its "
            f"content with `docker volume rm {name}`."
        )
    ]
    engine.volumes = {name: dict(OTHER_OWNER.labels)}
    assert problems(engine, pull, **settings) == [
        f"{problem} It belongs to the stack {OTHER_OWNER.stack}. {fix}."
    ]
    engine.volumes = {name: dict(OWNER.labels)}
    assert problems(engine, pull, **settings) == [], "the last update created it"


@pytest.mark.parametrize("labels", [{}, OTHER_OWNER.labels])
def test_retained_volume_of_any_owner(labels: dict[str, str]) -> None:
    engine = FakeEngine()
    names = ("old-packs", "spectro-registry-acme", "spectro-registry-data")
    engine.volumes = dict.fromkeys(names, labels)
    acme = {"email": "ops@example.com", "directoryUrl": "https://acme.internal/directory"}
    assert problems(engine, storage={"volume": "old-packs"}) == [], "packs of an earlier registry"
    tls = {"mode": "letsencrypt", "letsencrypt": acme}
    assert problems(engine, hostname="registry.example.com", tls=tls) == [], "a restored backup"


def test_missing_directory(tmp_path: Path) -> None:
    path = tmp_path / "packs"
    storage = {"kind": "path", "path": str(path)}
    expected = (
        f"storage.path: {path} is not a directory of the Docker host. Create it with "
        f"`sudo mkdir -p {path}`, or set storage.path to an existing directory."
    )
    assert problems(FakeEngine(), storage=storage) == [expected]
    path.write_text("a file")
    assert problems(FakeEngine(), storage=storage) == [expected]
    path.unlink()
    path.mkdir()
    assert problems(FakeEngine(), storage=storage) == []


def test_directory_on_remote_host() -> None:
    storage = {"kind": "path", "path": "/srv/not-on-this-machine"}
    assert problems(FakeEngine(url="tcp://127.0.0.1:2375"), storage=storage) == [], (
        "only Docker can check it"
    )


def server(
    location: StorageLocation, *, keeps: bool = True, owner: dict[str, str] | None = None
) -> FakeContainer:
    """The server's container as the last update created it."""
    data = {STORAGE_LABEL: location.to_label(), DATA_LABEL: str(keeps).lower()}
    return FakeContainer("spectro-registry", {**(owner or OWNER.labels), **data})


@pytest.mark.parametrize(
    ("location", "settings"),
    [
        (DATA, {"storage": {"volume": "other"}}),
        (DATA, {"containerName": "other"}),
        (DATA, {"storage": {"kind": "memory", "confirmLoss": True}}),
        (DATA, {"storage": {"volume": "other", "keepOnDestroy": True}}),
        (OCI_DATA, {"storage": {"volume": "other"}}),
    ],
)
@pytest.mark.parametrize("pull", [True, False])
def test_abandoned_volume(location: StorageLocation, settings: dict[str, Any], pull: bool) -> None:
    engine = FakeEngine(server(location, keeps=False))
    assert problems(engine, pull, **settings) == [
        (
            f"storage: the packs in {location} would be removed with the volume. Set the previous "
            "storage with storage.keepOnDestroy true, run `make up`, then change it."
        )
    ], "the last update did not retain the volume"
    assert engine.changes == []


@pytest.mark.parametrize(
    ("made", "settings"),
    [
        (server(DATA, keeps=False), {}),
        (server(DATA, keeps=False), DISTRIBUTION),
        (server(OCI_DATA, keeps=False), {}),
        (server(MEMORY, keeps=False), {}),
        (server(DATA), {"storage": {"volume": "other"}}),
    ],
)
def test_volume_without_loss(made: FakeContainer, settings: dict[str, Any]) -> None:
    assert problems(FakeEngine(made), **settings) == []


ZOT_DATA = StorageLocation(StorageKind.VOLUME, name="spectro-registry-data", flavor="zot")


@pytest.mark.parametrize(
    ("made", "settings", "directory", "place"),
    [
        (OCI_DATA, ZOT, "/data/zot", "zot's directory"),
        (ZOT_DATA, DISTRIBUTION, "/data/registry", "the OCI registry directory"),
    ],
    ids=["to zot", "to distribution"],
)
@pytest.mark.parametrize("pull", [True, False])
def test_packs_of_other_server(
    made: StorageLocation, settings: dict[str, Any], directory: str, place: str, pull: bool
) -> None:
    engine, stack = FakeEngine(server(made)), pulumi.get_stack()
    assert problems(engine, pull, **settings) == [
        (
            f"ociServer: the packs in {made} would not be in {place} in the volume "
            f"spectro-registry-data. Copy them with `make copy-packs FROM={stack} "
            f"STACK={stack}-new` "
            "(docs/how-to/move-packs.md), or set ociServer back."
        )
    ]
    engine.files.add(directory)
    assert problems(engine, pull, **settings) == [], "another registry has copied them"


def test_server_with_another_volume() -> None:
    settings = {**ZOT, "storage": {"volume": "other"}}
    assert problems(FakeEngine(server(OCI_DATA)), **settings) == [], "a warning says it"


def test_volume_of_other_registry() -> None:
    other = server(StorageLocation(StorageKind.VOLUME, name="x"), keeps=False)
    other.name, other.labels = "another", {**other.labels, **OTHER_OWNER.labels}
    assert problems(FakeEngine(other)) == []


def test_invalid_storage_label() -> None:
    broken = server(DATA)
    broken.labels[STORAGE_LABEL] = "the volume spectro-registry-data"
    with pytest.raises(UserError) as raised:
        problems(FakeEngine(broken))
    assert str(raised.value) == (
        "The label pack-registry.storage of the container spectro-registry is invalid, so the "
        "location of its packs is unknown. Remove the container with "
        "`docker rm -f spectro-registry`, and run `make up` again. No changes were made."
    )


@pytest.mark.parametrize(
    ("location", "settings", "warning"),
    [
        (DATA, {}, None),
        (
            DATA,
            {"containerName": "other"},
            (
                "storage: the packs in the volume spectro-registry-data stay there. They will not "
                "be in the volume other-data. docs/how-to/move-packs.md describes how to copy them."
            ),
        ),
        (
            DATA,
            DISTRIBUTION,
            (
                "storage: the packs in the volume spectro-registry-data stay there. They will not "
                "be in the OCI registry directory in the volume spectro-registry-data. "
                "docs/how-to/move-packs.md describes how to copy them."
            ),
        ),
        (
            OCI_DATA,
            ZOT,
            (
                "ociServer: zot's directory in the volume spectro-registry-data has only the packs "
                "that `make copy-packs` copied there. Compare the lists of packs before you delete "
                "the OCI registry directory in the volume spectro-registry-data."
            ),
        ),
        (
            MEMORY,
            {},
            (
                "storage: the packs in the server's memory are lost. They will not be in the "
                "volume spectro-registry-data."
            ),
        ),
        (MEMORY, {"storage": {"kind": "memory", "confirmLoss": True}}, None),
    ],
    ids=["same", "volume", "flavor", "server", "memory", "same memory"],
)
def test_moved_storage_warning(
    location: StorageLocation,
    settings: dict[str, Any],
    warning: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)
    engine = FakeEngine(server(location))
    engine.files.add("/data/zot")
    assert problems(engine, pull=False, **settings) == []
    assert warnings == ([warning] if warning else [])
