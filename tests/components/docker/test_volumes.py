"""Storage of packs: volumes and mounts, and that packs outlive the registry."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.component import WRITERS, container, declare, declared
from tests.support.recording import Declared, Run

VOLUME = "docker:index/volume:Volume"


def data_volume(made: Run) -> Declared:
    return made.resources["registry-data"]


def data_mounts(made: Run) -> list[dict[str, Any]]:
    return [mount for mount in container(made).inputs["mounts"] if mount["target"] == "/data"]


def test_default_volume(default: Run) -> None:
    assert data_volume(default).inputs["name"] == "spectro-registry-data", (
        "the next registry finds it by its name"
    )
    assert data_mounts(default) == [
        {"type": "volume", "source": "spectro-registry-data", "target": "/data"}
    ]
    assert default.outputs["dataVolume"] == "spectro-registry-data"


def test_names_follow_container() -> None:
    made = declared(containerName="packs")
    names = {volume.inputs["name"] for volume in made.resources.values() if volume.typ == VOLUME}
    assert names == {"packs-data", "packs-config"}
    assert [made.resources[writer].inputs["name"] for writer in WRITERS] == [
        "packs-config-users-writer",
        "packs-config-certificate-writer",
    ]


def test_named_volume() -> None:
    made = declared(storage={"volume": "old-packs"})
    assert data_volume(made).inputs["name"] == "old-packs"
    assert data_mounts(made)[0]["source"] == "old-packs"
    assert made.outputs["dataVolume"] == "old-packs"


@pytest.mark.parametrize(
    ("settings", "retained"),
    [({}, True), ({"keepOnDestroy": True}, True), ({"keepOnDestroy": False}, False)],
)
def test_packs_are_retained(settings: dict[str, bool], retained: bool) -> None:
    assert data_volume(declared(storage=settings)).request.retainOnDelete is retained


def test_config_volume_is_removed(default: Run) -> None:
    assert not default.resources["registry-config"].request.retainOnDelete, (
        "it holds the private key"
    )


def test_labels_do_not_replace_volumes(default: Run) -> None:
    for volume in (data_volume(default), default.resources["registry-config"]):
        assert list(volume.request.ignoreChanges) == ["labels"], "a new volume would be empty"


def test_directory() -> None:
    made = declared(storage={"kind": "path", "path": "/srv/pack-registry/"})
    assert data_mounts(made) == [
        {"type": "bind", "source": "/srv/pack-registry", "target": "/data"}
    ]
    volumes = [volume.name for volume in made.resources.values() if volume.typ == VOLUME]
    assert volumes == ["registry-config"]
    assert made.outputs["dataVolume"] == "/srv/pack-registry"


def test_nfs_export() -> None:
    nfs = {"server": "nfs.example.com", "export": "//export//packs/", "options": ["nfsvers=4.2"]}
    made = declared(storage={"kind": "nfs", "nfs": nfs})
    volume = made.resources["registry-data-nfs"]
    assert volume.inputs["driver"] == "local"
    assert volume.inputs["driverOpts"] == {
        "type": "nfs",
        "o": "addr=nfs.example.com,nfsvers=4.2",
        "device": ":/export/packs",
    }
    expect_mounted(made, volume, "spectro-registry-data-nfs-")


@pytest.mark.parametrize(
    ("cifs", "options", "device"),
    [
        ({}, "addr=files.example.com,guest,vers=3.1.1", "//files.example.com/packs"),
        (
            {"server": "fd00::5", "share": r"packs\registry"},
            "addr=fd00::5,guest,vers=3.1.1",
            "//[fd00::5]/packs/registry",
        ),
        (
            {"username": "packs", "options": ["sec=krb5", "ro"]},
            "addr=files.example.com,username=packs,sec=krb5,ro",
            "//files.example.com/packs",
        ),
        (
            {"username": "packs", "password": "of-the-share", "plainCredentials": True},
            "addr=files.example.com,username=packs,vers=3.1.1,password=of-the-share",
            "//files.example.com/packs",
        ),
    ],
    ids=["guest", "IPv6 address", "Kerberos", "password"],
)
def test_smb_share(cifs: dict[str, Any], options: str, device: str) -> None:
    share = {"server": "files.example.com", "share": "packs", **cifs}
    made = declared(storage={"kind": "cifs", "cifs": share})
    volume = made.resources["registry-data-cifs"]
    assert volume.inputs["driverOpts"] == {"type": "cifs", "o": options, "device": device}
    is_secret = "password" in cifs
    assert ("driverOpts" in volume.secret_inputs) is is_secret, "the state encrypts only secrets"
    name = made.resources["registry-data-cifs-name"]
    assert ("keepers" in name.secret_inputs) is is_secret, "they contain the options"
    expect_mounted(made, volume, "spectro-registry-data-cifs-")
    assert "of-the-share" not in str(container(made).inputs)


def expect_mounted(made: Run, volume: Declared, prefix: str) -> None:
    """Check that the server mounts a network volume, whose name is public and not retained."""
    name = volume.inputs["name"]
    assert name.startswith(prefix)
    assert data_mounts(made) == [{"type": "volume", "source": name, "target": "/data"}]
    assert made.outputs["dataVolume"] == name
    assert not {"name"} & volume.secret_inputs
    assert "dataVolume" not in made.secret_outputs
    assert not volume.request.retainOnDelete, (
        "it holds no packs, and would keep the password on the host"
    )


CIFS = {
    "server": "files.example.com",
    "share": "packs",
    "username": "packs",
    "password": "of-the-share",
    "plainCredentials": True,
}


def test_volume_name_is_stable() -> None:
    storage = {"kind": "cifs", "cifs": CIFS}
    again = declare(storage=storage).outputs["dataVolume"]
    assert declared(storage=storage).outputs["dataVolume"] == again


@pytest.mark.parametrize(
    "change",
    [
        {"server": "other.example.com"},
        {"share": "other"},
        {"options": ["vers=3.0"]},
        {"password": "another-one"},
        {"username": "other"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_options_change_volume_name(change: dict[str, Any]) -> None:
    before, after = (
        declared(storage={"kind": "cifs", "cifs": each}).outputs["dataVolume"]
        for each in (CIFS, {**CIFS, **change})
    )
    assert after != before, "Docker ignores new options of an existing volume"
