"""Which image is run: what a preview says of its digest, and what an archive holds."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import docker.errors
import pulumi
import pytest

from components.docker.image import image_problems
from components.validation import validate_settings
from tests.support.component import declare
from tests.support.fakes import FakeDockerHost

IMAGE = "registry.example.com/packs/server:4.7.0"
TODAY, OLD = "sha256:" + "a" * 64, "sha256:" + "b" * 64
PIN = f"image: {IMAGE} is {TODAY} today; pin it as {IMAGE}@{TODAY}."
REFUSED = docker.errors.APIError(
    "500 Server Error", explanation="unauthorized:\n PASSWORD-MARKER is wrong"
)


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", lambda text, *_, **__: heard.append(text))
    return heard


def problems(host: FakeDockerHost, *, pull: bool = True, **given: Any) -> list[str]:
    settings = validate_settings({"hostname": "localhost", "image": IMAGE, **given}, "a test")
    return list(image_problems(host, settings, pull=pull))


@pytest.mark.parametrize("images", [(), None])
def test_a_preview_says_which_digest_the_tag_has_whether_the_host_has_the_image_or_not(
    images: Any, notes: list[str]
) -> None:
    assert problems(FakeDockerHost(images=images), pull=False) == []
    assert notes == [PIN], "an upgrade is previewed before its image is there"


def test_a_preview_says_that_a_tag_has_moved(notes: list[str]) -> None:
    host = FakeDockerHost()
    host.held_digest = OLD
    problems(host, pull=False)
    (told,) = notes
    assert told == (
        f"image: {IMAGE} is {TODAY} today, but the Docker host has {OLD} by that name and goes on with it; "
        f"pin the one that you want, for example {IMAGE}@{TODAY}."
    )


def test_a_registry_that_can_not_be_asked_is_a_note_and_no_failure(notes: list[str]) -> None:
    host = FakeDockerHost(images=())
    host.registrys_digest = REFUSED
    assert problems(host, pull=False, imageUsername="ci", imagePassword="PASSWORD-MARKER") == []
    assert notes == [
        (
            f"image: {IMAGE} is not on the Docker host, and registry.example.com can't be asked for it (unauthorized: … is wrong); "
            "an update has to fetch it."
        )
    ], "the update says what to do"
    host.images, host.held_digest = None, TODAY
    problems(host, pull=False)
    assert notes[1:] == [PIN], "the host knows what it has"
    host.held_digest = ""
    problems(host, pull=False)
    assert notes[2:] == [], "an image that was built or loaded has no digest"


def test_a_preview_says_of_a_digest_too_that_it_can_not_be_had(notes: list[str]) -> None:
    host = FakeDockerHost(images=())
    host.registrys_digest = REFUSED
    assert problems(host, pull=False, image=f"{IMAGE}@{TODAY}") == []
    assert len(notes) == 1
    assert (
        f"{IMAGE}@{TODAY} is not on the Docker host, and registry.example.com can't be asked for it"
        in notes[0]
    )
    notes.clear()
    host.registrys_digest = TODAY
    problems(host, pull=False, image=f"{IMAGE}@{TODAY}")
    assert notes == [], "it is there to be had"


@pytest.mark.parametrize("image", [f"{IMAGE}@{TODAY}", "pack-registry-dev:1.0.0"])
def test_of_an_image_that_can_be_no_other_nothing_is_said_or_asked(
    image: str, notes: list[str]
) -> None:
    host = FakeDockerHost()
    host.registrys_digest = AssertionError("it was asked")
    assert problems(host, pull=False, image=image) == []
    assert notes == []


def test_an_update_says_what_it_runs(notes: list[str]) -> None:
    host = FakeDockerHost()
    host.registrys_digest, host.held_digest = AssertionError("it was asked"), TODAY
    assert problems(host) == []
    assert notes == [PIN]


def test_wrong_credentials_are_told_without_the_password() -> None:
    host = FakeDockerHost(images=())
    host.refuses_pull = REFUSED
    (told,) = problems(host, imageUsername="ci", imagePassword="PASSWORD-MARKER")
    assert told.startswith(
        f"image: {IMAGE} is not on the Docker host and can't be fetched (unauthorized: … is wrong); check the reference"
    )


def archive(
    path: Path, *names: str, config: str = "1", layout: bool = False, containerd: str = ""
) -> str:
    """Write what `docker save` writes, but for the layers; its path."""
    members: dict[str, Any] = {
        "manifest.json": [
            {
                "Config": f"blobs/sha256/{config}" if layout else f"{config}.json",
                "RepoTags": list(names),
            }
        ]
    }
    if layout:
        manifests = [
            {"digest": "sha256:9", "annotations": {"io.containerd.image.name": containerd}},
            {"digest": "sha256:8"},
        ]
        members["index.json"] = {"manifests": manifests}
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            data = json.dumps(content).encode()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return str(path)


@pytest.mark.parametrize(
    ("held", "how", "loaded"),
    [
        ("sha256:1", {}, False),
        ("sha256:2", {}, True),
        ("", {}, True),
        ("sha256:1", {"layout": True}, False),
        ("sha256:9", {"layout": True, "containerd": IMAGE}, False),
        ("sha256:9", {"layout": True, "containerd": "elsewhere:1"}, True),
    ],
)
def test_an_archive_is_loaded_where_the_host_has_not_the_very_image_in_it(
    held: str, how: dict[str, Any], loaded: bool, tmp_path: Path
) -> None:
    host = FakeDockerHost()
    host.held_id = held
    given = archive(tmp_path / "image.tar", "another:1", IMAGE, **how)
    assert problems(host, pull=False, imageArchive=given) == []
    assert host.asked == [], "a preview changes nothing"
    assert problems(host, imageArchive=given) == []
    assert host.asked == ([("load", "image.tar")] if loaded else []), (
        "an archive that was renewed under the same tag is another image"
    )


@pytest.mark.parametrize(
    "named", ["docker.io/library/registry:3.0.0", "registry:3.0.0", "docker.io/registry:3.0.0"]
)
def test_an_image_of_the_docker_hub_is_found_in_an_archive_by_any_of_its_names(
    named: str, tmp_path: Path
) -> None:
    host = FakeDockerHost(images=())
    assert (
        problems(host, image=named, imageArchive=archive(tmp_path / "image.tar", "registry:3.0.0"))
        == []
    )
    assert host.asked == [("load", "image.tar")], "Docker writes the short one"


@pytest.mark.parametrize("images", [(), None])
def test_a_wrong_archive_is_told_whether_the_host_has_the_image_or_not(
    images: Any, tmp_path: Path
) -> None:
    host, path = FakeDockerHost(images=images), tmp_path / "image.tar"
    mend = f"write it with `docker save --output {path} {IMAGE}`"
    assert problems(host, imageArchive=str(path)) == [
        f"imageArchive: {path} can't be read (No such file or directory); {mend}"
    ]
    for content in (b"", b"no archive", b"\x1f\x8b\x08\x00cut off"):
        path.write_bytes(content)
        assert problems(host, imageArchive=str(path)) == [
            f"imageArchive: {path} can't be read (it is no archive as `docker save` writes it); {mend}"
        ]
    for member in ("manifest.json", "another.json"):
        with tarfile.open(path, "w") as tar:
            tar.addfile(tarfile.TarInfo(member))
        assert problems(host, imageArchive=str(path)) == [
            f"imageArchive: {path} can't be read (it is no archive as `docker save` writes it); {mend}"
        ]
    assert problems(host, imageArchive=archive(path, "another:1")) == [
        f"imageArchive: {path} does not hold {IMAGE} but another:1; set image to what it holds, or give another archive"
    ]
    assert problems(host, imageArchive=archive(path)) == [
        f"imageArchive: {path} does not hold {IMAGE} but no image with a name; set image to what it holds, or give another archive"
    ]
    assert host.asked == []


def test_an_archive_that_docker_refuses_is_told(tmp_path: Path) -> None:
    host, path = FakeDockerHost(images=()), tmp_path / "image.tar"
    host.refuses_load = docker.errors.APIError("500 Server Error", explanation="invalid\n checksum")
    assert problems(host, imageArchive=archive(path, IMAGE)) == [
        f"imageArchive: Docker does not take {path} (invalid checksum); write it anew with `docker save`"
    ]


def test_another_archive_is_another_image_in_the_record_too(tmp_path: Path) -> None:
    def triggers(config: str) -> Any:
        path = archive(tmp_path / "image.tar", IMAGE, config=config)
        return (
            declare(image=IMAGE, imageArchive=path).resources["registry-image"].inputs["triggers"]
        )

    assert triggers("1") == {"imageArchive": "sha256:1"}
    assert triggers("2") == {"imageArchive": "sha256:2"}, "the provider looks by name alone"
    assert "triggers" not in declare(image=IMAGE).resources["registry-image"].inputs
