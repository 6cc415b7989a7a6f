"""Where packs are kept, and that neither an update nor a removal takes them along."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.declaring import WRITERS, container, declare
from tests.support.recording import Declared, Run

VOLUME = "docker:index/volume:Volume"


def data_volume(made: Run) -> Declared:
    return made.resources["registry-data"]


def data_mounts(made: Run) -> list[dict[str, Any]]:
    return [mount for mount in container(made).inputs["mounts"] if mount["target"] == "/data"]


def test_packs_are_kept_in_a_volume_named_after_the_container(default: Run) -> None:
    assert data_volume(default).inputs["name"] == "spectro-registry-data", "a name that can be told beforehand is found again after a removal"
    assert data_mounts(default) == [{"type": "volume", "source": "spectro-registry-data", "target": "/data"}], "/data is where the server writes"
    assert default.outputs["dataVolume"] == "spectro-registry-data", "backups start from this name"


def test_the_volumes_follow_the_containers_name() -> None:
    made = declare(containerName="packs")
    names = {volume.inputs["name"] for volume in made.resources.values() if volume.typ == VOLUME}
    assert names == {"packs-data", "packs-config"}, "two registries on one host must not share volumes"
    assert [made.resources[writer].inputs["name"] for writer in WRITERS] == ["packs-config-users-writer", "packs-config-certificate-writer"], (
        "nor writers"
    )


def test_a_volume_can_have_a_name_of_its_own() -> None:
    made = declare(storage={"volume": "old-packs"})
    assert data_volume(made).inputs["name"] == "old-packs", "packs that are there already can be taken over"
    assert data_mounts(made)[0]["source"] == "old-packs", "the server must write where the packs are"
    assert made.outputs["dataVolume"] == "old-packs", "backups start from this name"


@pytest.mark.parametrize(("settings", "kept"), [({}, True), ({"keepOnDestroy": True}, True), ({"keepOnDestroy": False}, False)])
def test_packs_outlive_the_registry_unless_told_otherwise(settings: dict[str, bool], kept: bool) -> None:
    request = data_volume(declare(storage=settings)).request
    assert request.retainOnDelete is kept, "`pulumi destroy` must lose nothing by default"


def test_the_configuration_goes_with_the_registry(default: Run) -> None:
    assert not default.resources["registry-config"].request.retainOnDelete, "a removed registry must not leave its private key behind"


def test_a_volume_from_before_is_never_replaced_for_its_labels(default: Run) -> None:
    assert list(data_volume(default).request.ignoreChanges) == ["labels"], "a replaced volume would be an empty one"


def test_a_directory_of_the_host_is_mounted_and_no_volume_made() -> None:
    made = declare(storage={"kind": "path", "path": "/srv/pack-registry/"})
    assert data_mounts(made) == [{"type": "bind", "source": "/srv/pack-registry", "target": "/data"}], "/data is where the server writes"
    assert [volume.name for volume in made.resources.values() if volume.typ == VOLUME] == ["registry-config"], "an unused volume would puzzle"
    assert made.outputs["dataVolume"] == "/srv/pack-registry", "backups start from this path"
