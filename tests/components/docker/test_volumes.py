"""Where packs are kept, and that neither an update nor a removal takes them along."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.component import WRITERS, container, declare
from tests.support.recording import Declared, Run

VOLUME = "docker:index/volume:Volume"


def data_volume(made: Run) -> Declared:
    return made.resources["registry-data"]


def data_mounts(made: Run) -> list[dict[str, Any]]:
    return [mount for mount in container(made).inputs["mounts"] if mount["target"] == "/data"]


def test_packs_are_kept_in_a_volume_named_after_the_container(default: Run) -> None:
    assert data_volume(default).inputs["name"] == "spectro-registry-data", (
        "a name that can be told beforehand is found again after a removal"
    )
    assert data_mounts(default) == [
        {"type": "volume", "source": "spectro-registry-data", "target": "/data"}
    ], "/data is where the server writes"
    assert default.outputs["dataVolume"] == "spectro-registry-data", "backups start from this name"


def test_the_volumes_follow_the_containers_name() -> None:
    made = declare(containerName="packs")
    names = {volume.inputs["name"] for volume in made.resources.values() if volume.typ == VOLUME}
    assert names == {"packs-data", "packs-config"}, (
        "two registries on one host must not share volumes"
    )
    assert [made.resources[writer].inputs["name"] for writer in WRITERS] == [
        "packs-config-users-writer",
        "packs-config-certificate-writer",
    ], "nor writers"


def test_a_volume_can_have_a_name_of_its_own() -> None:
    made = declare(storage={"volume": "old-packs"})
    assert data_volume(made).inputs["name"] == "old-packs", (
        "packs that are there already can be taken over"
    )
    assert data_mounts(made)[0]["source"] == "old-packs", (
        "the server must write where the packs are"
    )
    assert made.outputs["dataVolume"] == "old-packs", "backups start from this name"


@pytest.mark.parametrize(
    ("settings", "kept"),
    [({}, True), ({"keepOnDestroy": True}, True), ({"keepOnDestroy": False}, False)],
)
def test_packs_outlive_the_registry_unless_told_otherwise(
    settings: dict[str, bool], kept: bool
) -> None:
    request = data_volume(declare(storage=settings)).request
    assert request.retainOnDelete is kept, "`pulumi destroy` must lose nothing by default"


def test_the_configuration_goes_with_the_registry(default: Run) -> None:
    assert not default.resources["registry-config"].request.retainOnDelete, (
        "a removed registry must not leave its private key behind"
    )


def test_a_volume_from_before_is_never_replaced_for_its_labels(default: Run) -> None:
    for volume in (data_volume(default), default.resources["registry-config"]):
        assert list(volume.request.ignoreChanges) == ["labels"], (
            "a replaced volume would be an empty one"
        )


def test_a_directory_of_the_host_is_mounted_and_no_volume_made() -> None:
    made = declare(storage={"kind": "path", "path": "/srv/pack-registry/"})
    assert data_mounts(made) == [
        {"type": "bind", "source": "/srv/pack-registry", "target": "/data"}
    ], "/data is where the server writes"
    assert [volume.name for volume in made.resources.values() if volume.typ == VOLUME] == [
        "registry-config"
    ], "an unused volume would puzzle"
    assert made.outputs["dataVolume"] == "/srv/pack-registry", "backups start from this path"


def test_an_export_is_mounted_by_the_host_as_the_settings_say() -> None:
    made = declare(
        storage={
            "kind": "nfs",
            "nfs": {
                "server": "nfs.example.com",
                "export": "//export//packs/",
                "options": ["nfsvers=4.2"],
            },
        }
    )
    volume = made.resources["registry-data-nfs"]
    assert volume.inputs["driver"] == "local"
    assert volume.inputs["driverOpts"] == {
        "type": "nfs",
        "o": "addr=nfs.example.com,nfsvers=4.2",
        "device": ":/export/packs",
    }, "mount(8)"
    expect_mounted(made, volume, "spectro-registry-data-nfs-")


@pytest.mark.parametrize(
    ("given", "options", "device"),
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
    ids=["a guest", "an IPv6 address", "Kerberos", "a password"],
)
def test_a_share_is_mounted_by_the_host_as_the_settings_say(
    given: dict[str, Any], options: str, device: str
) -> None:
    made = declare(
        storage={"kind": "cifs", "cifs": {"server": "files.example.com", "share": "packs", **given}}
    )
    volume = made.resources["registry-data-cifs"]
    assert volume.inputs["driverOpts"] == {"type": "cifs", "o": options, "device": device}, (
        "mount.cifs(8), without what only that program reads"
    )
    assert ("driverOpts" in volume.secret_inputs) is ("password" in given), (
        "the state keeps what is not secret in plain text"
    )
    assert ("keepers" in made.resources["registry-data-cifs-name"].secret_inputs) is (
        "password" in given
    ), "they are the same options"
    expect_mounted(made, volume, "spectro-registry-data-cifs-")
    assert "of-the-share" not in str(container(made).inputs)


def expect_mounted(made: Run, volume: Declared, beginning: str) -> None:
    """The server has the volume, whose name is told and begins as it must; it holds no pack, and is not kept."""
    name = volume.inputs["name"]
    assert name.startswith(beginning)
    assert data_mounts(made) == [{"type": "volume", "source": name, "target": "/data"}]
    assert made.outputs["dataVolume"] == name
    assert not {"name"} & volume.secret_inputs
    assert "dataVolume" not in made.secret_outputs
    assert not volume.request.retainOnDelete, (
        "the packs are elsewhere, and a retained volume would keep its password on the host"
    )


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
def test_other_options_make_another_volume(change: dict[str, Any]) -> None:
    given = {
        "server": "files.example.com",
        "share": "packs",
        "username": "packs",
        "password": "of-the-share",
        "plainCredentials": True,
    }
    names = [
        declare(storage={"kind": "cifs", "cifs": each}).outputs["dataVolume"]
        for each in (given, given, {**given, **change})
    ]
    assert names[0] == names[1], "the same options are the same volume"
    assert names[2] != names[0], (
        "Docker keeps the options of a volume that is there, and says nothing"
    )


@pytest.mark.parametrize(
    ("storage", "told"),
    [
        ({}, "true"),
        ({"keepOnDestroy": False}, "false"),
        ({"kind": "path", "path": "/srv/packs"}, "true"),
        ({"kind": "s3", "s3": {"bucket": "packs", "region": "any"}}, "true"),
        ({"kind": "memory", "confirmLoss": True}, "false"),
    ],
)
def test_the_server_says_whether_its_packs_outlive_it(storage: dict[str, Any], told: str) -> None:
    labels = {
        each["label"]: each["value"]
        for each in container(declare(storage=storage)).inputs["labels"]
    }
    assert labels["pack-registry.keeps-data"] == told


def test_two_buckets_of_one_name_are_two_places() -> None:
    def place(**s3: str) -> str:
        labels = container(
            declare(storage={"kind": "s3", "s3": {"bucket": "packs", "region": "any", **s3}})
        ).inputs["labels"]
        return str({each["label"]: each["value"] for each in labels}["pack-registry.storage"])

    assert place() == "the bucket packs"
    assert (
        place(endpoint="https://minio.internal:9000", prefix="prod")
        == "the bucket packs/prod of https://minio.internal:9000"
    )
