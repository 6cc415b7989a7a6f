"""Preflight check of the image: pulled, loaded or missing, and its digest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docker.errors
import pulumi
import pytest

from cli.paths import ROOT
from components.docker.preflight.image import image_problems
from components.settings import DEVELOPMENT_TAG, OFFICIAL_IMAGE
from tests.components.docker.image_archives import IMAGE, write_archive, write_tar
from tests.components.docker.preflight.problems import problems as all_problems
from tests.support.component import plan_of
from tests.support.fakes import FakeEngine
from tests.support.flavors import DISTRIBUTION, ZOT

CURRENT, OLD = "sha256:" + "a" * 64, "sha256:" + "b" * 64
PIN = f"image: {IMAGE} is {CURRENT}. To pin it, set image to {IMAGE}@{CURRENT}."
UNAUTHORIZED = docker.errors.APIError(
    "500 Server Error", explanation="unauthorized:\n PASSWORD-MARKER is wrong"
)
CREDENTIALS: dict[str, Any] = {"imageUsername": "ci", "imagePassword": "PASSWORD-MARKER"}


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    logged: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", lambda text, *_, **__: logged.append(text))
    return logged


def problems(engine: FakeEngine, *, pull: bool = True, **settings: Any) -> list[str]:
    plan = plan_of(**{"image": IMAGE, **settings})
    return list(image_problems(engine, plan.image, pull=pull))


ZOT_COMMAND = ["/usr/bin/zot", "serve", "/etc/zot/config.json"]
DISTRIBUTION_COMMANDS = [
    ["/entrypoint.sh", "/etc/docker/registry/config.yml"],
    ["/entrypoint.sh", "/etc/distribution/config.yml"],
    ["registry", "serve", "/etc/docker/registry/config.yml"],
]


def wrong_server(command: list[str], **settings: Any) -> list[str]:
    engine = FakeEngine()
    engine.command = command
    return all_problems(engine, image=IMAGE, **settings)


@pytest.mark.parametrize("command", DISTRIBUTION_COMMANDS, ids=" ".join)
def test_image_of_distribution_for_zot(command: list[str]) -> None:
    (problem,) = wrong_server(command, **ZOT)
    assert problem == (
        f"image: {IMAGE} is an image of CNCF Distribution, but ociServer is zot. Set image to a "
        "zot image, or set ociServer to distribution."
    )
    assert wrong_server(command, **DISTRIBUTION) == []
    assert wrong_server(command) == [], "Palette's server is of the same family"


@pytest.mark.parametrize("program", ["/usr/bin/zot", "/usr/local/bin/zot-linux-amd64"])
def test_image_of_zot_for_another_server(program: str) -> None:
    command = [program, *ZOT_COMMAND[1:]]
    for settings in ({}, DISTRIBUTION):
        (problem,) = wrong_server(command, **settings)
        assert problem == (
            f"image: {IMAGE} is a zot image, but flavor and ociServer select another server. Set "
            "flavor to oci and ociServer to zot, or set image to an image of the selected server."
        )
    assert wrong_server(command, **ZOT) == []


@pytest.mark.parametrize(
    "command", [[], ["/registry"], ["/server", "/etc/zot/config.json"]], ids=str
)
def test_image_of_unknown_server(command: list[str]) -> None:
    for settings in ({}, DISTRIBUTION, ZOT):
        assert wrong_server(command, **settings) == []


def test_missing_image_is_pulled_by_update() -> None:
    previewed, updated = FakeEngine(images=()), FakeEngine(images=())
    assert all_problems(previewed, pull=False) == []
    assert previewed.changes == [], "a preview changes nothing"
    assert all_problems(updated) == []
    assert updated.changes == [("pull", OFFICIAL_IMAGE)]


@pytest.mark.parametrize(
    ("image", "registry"),
    [
        (OFFICIAL_IMAGE, "us-docker.pkg.dev"),
        ("localhost:5000/packs:1", "localhost:5000"),
        ("library/registry:2", "docker.io"),
        ("registry:2", "docker.io"),
    ],
)
def test_pull_error(image: str, registry: str) -> None:
    engine = FakeEngine(images=())
    engine.pull_error = docker.errors.APIError(
        "500 Server Error", explanation="Get https://x/v2/: dial tcp:\n lookup x: no such host"
    )
    assert problems(engine, image=image) == [
        (
            f"image: {image} is not on the Docker host and can't be pulled: Get https://x/v2/: "
            "dial tcp: lookup x: no such host. Check the reference, and the host's route to "
            f"{registry}. If the registry is private, set imageUsername and imagePassword. Without "
            "a route, load the image from an archive (imageArchive)."
        )
    ], "without a registry in the reference, it is Docker Hub"


def test_pull_error_hides_password() -> None:
    engine = FakeEngine(images=())
    engine.pull_error = UNAUTHORIZED
    (problem,) = problems(engine, **CREDENTIALS)
    assert problem.startswith(
        f"image: {IMAGE} is not on the Docker host and can't be pulled: unauthorized: … is wrong. "
        "Check the reference"
    )


@pytest.mark.parametrize("pull", [True, False])
def test_missing_development_image(pull: bool) -> None:
    engine = FakeEngine(images=())
    assert problems(engine, pull=pull, image="pack-registry-dev:1.1.0") == [
        (
            "image: pack-registry-dev:1.1.0 is not on the Docker host, and is not published in a "
            "registry. Build it with `make dev-image`."
        )
    ]
    assert engine.changes == [], "an image of that name on Docker Hub could be anyone's"


def test_other_development_tag() -> None:
    version = (ROOT / "dev_image" / "VERSION").read_text().strip()
    assert version == DEVELOPMENT_TAG, "dev_image/build.sh uses it as the tag"
    assert problems(FakeEngine(images=()), image="pack-registry-dev:9.9.9") == [
        (
            "image: pack-registry-dev:9.9.9 is not on the Docker host, and is not published in a "
            "registry. `make dev-image` builds pack-registry-dev:1.1.0. Set image to that."
        )
    ], "building it does not help"


def test_similar_name_is_pulled() -> None:
    engine = FakeEngine(images=())
    assert problems(engine, image="example/packs-dev:1.0.0") == []
    assert engine.changes == [("pull", "example/packs-dev:1.0.0")]


@pytest.mark.parametrize("images", [(), None])
def test_preview_logs_digest(images: Any, notes: list[str]) -> None:
    engine = FakeEngine(images=images)
    engine.held_digest = CURRENT
    assert problems(engine, pull=False) == []
    assert notes == [PIN], "whether or not the host has the image"


def test_preview_asks_no_registry_for_loaded_image(
    notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, asked = FakeEngine(), []
    monkeypatch.setattr(engine, "registry_digest", lambda *given: asked.extend(given))
    assert problems(engine, pull=False) == []
    assert (notes, asked) == ([], []), "the host may have no route"


def test_preview_logs_moved_tag(notes: list[str]) -> None:
    engine = FakeEngine()
    engine.held_digest = OLD
    problems(engine, pull=False)
    assert notes == [
        (
            f"image: {IMAGE} is {CURRENT} in its registry, but the Docker host has {OLD} and keeps "
            f"using it. Pin the image that you want, for example {IMAGE}@{CURRENT}."
        )
    ]


def test_registry_without_answer(notes: list[str]) -> None:
    engine = FakeEngine(images=())
    engine.published_digest = UNAUTHORIZED
    assert problems(engine, pull=False, **CREDENTIALS) == [], "no error in a preview"
    assert notes == [
        (
            f"image: {IMAGE} is not on the Docker host, and registry.example.com did not return "
            "its digest: unauthorized: … is wrong. The update will pull it."
        )
    ]
    engine.images, engine.held_digest = None, CURRENT
    problems(engine, pull=False)
    assert notes[1:] == [PIN], "the host knows its digest"
    engine.held_digest = ""
    problems(engine, pull=False)
    assert notes[2:] == [], "an image that was built or loaded has no digest"


def test_preview_of_pinned_image(notes: list[str]) -> None:
    engine, pinned = FakeEngine(images=()), f"{IMAGE}@{CURRENT}"
    engine.published_digest = UNAUTHORIZED
    assert problems(engine, pull=False, image=pinned) == []
    (note,) = notes
    assert f"{pinned} is not on the Docker host, and registry.example.com did not return" in note
    notes.clear()
    engine.published_digest = CURRENT
    problems(engine, pull=False, image=pinned)
    assert notes == []


@pytest.mark.parametrize("image", [f"{IMAGE}@{CURRENT}", "pack-registry-dev:1.1.0"])
def test_fixed_image_needs_no_request(image: str, notes: list[str]) -> None:
    engine = FakeEngine()
    engine.published_digest = AssertionError("a request was sent")
    assert problems(engine, pull=False, image=image) == []
    assert notes == []


def test_update_logs_digest(notes: list[str]) -> None:
    engine = FakeEngine()
    engine.published_digest, engine.held_digest = AssertionError("a request was sent"), CURRENT
    assert problems(engine) == []
    assert notes == [PIN]


@pytest.mark.parametrize(
    ("held", "how", "is_loaded"),
    [
        ("sha256:1", {}, False),
        ("sha256:2", {}, True),
        ("", {}, True),
        ("sha256:1", {"layout": True}, False),
        ("sha256:9", {"layout": True, "containerd": IMAGE}, False),
        ("sha256:9", {"layout": True, "containerd": "elsewhere:1"}, True),
    ],
)
def test_archive_is_loaded(held: str, how: dict[str, Any], is_loaded: bool, tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.held_id = held
    path = write_archive(tmp_path / "image.tar", "another:1", IMAGE, **how)
    assert problems(engine, pull=False, imageArchive=path) == []
    assert engine.changes == [], "a preview changes nothing"
    assert problems(engine, imageArchive=path) == []
    assert engine.changes == ([("load", "image.tar")] if is_loaded else []), (
        "a new archive with the same tag is another image"
    )


@pytest.mark.parametrize(
    "image", ["docker.io/library/registry:3.0.0", "registry:3.0.0", "docker.io/registry:3.0.0"]
)
def test_archive_of_docker_hub_image(image: str, tmp_path: Path) -> None:
    engine, path = FakeEngine(images=()), write_archive(tmp_path / "image.tar", "registry:3.0.0")
    assert problems(engine, image=image, imageArchive=path) == []
    assert engine.changes == [("load", "image.tar")], "Docker writes the short name"


@pytest.mark.parametrize("images", [(), None])
def test_invalid_archive(images: Any, tmp_path: Path) -> None:
    engine, path = FakeEngine(images=images), tmp_path / "image.tar"
    fix = f"Create it with `docker save --output {path} {IMAGE}`."
    assert problems(engine, imageArchive=str(path)) == [
        f"imageArchive: {path} can't be read: No such file or directory. {fix}"
    ]
    not_saved = (
        f"imageArchive: {path} can't be read: not an archive that `docker save` wrote. {fix}"
    )
    for content in (b"", b"no archive", b"\x1f\x8b\x08\x00cut off"):
        path.write_bytes(content)
        assert problems(engine, imageArchive=str(path)) == [not_saved]
    for member in ("manifest.json", "another.json"):
        write_tar(path, {member: b""})
        assert problems(engine, imageArchive=str(path)) == [not_saved]
    advice = "Set image to an image in the archive, or set another archive."
    assert problems(engine, imageArchive=write_archive(path, "another:1")) == [
        f"imageArchive: {path} does not contain {IMAGE}. It contains another:1. {advice}"
    ]
    assert problems(engine, imageArchive=write_archive(path)) == [
        f"imageArchive: {path} does not contain {IMAGE}. It contains no image with a name. {advice}"
    ]
    assert engine.changes == []


def test_rejected_archive(tmp_path: Path) -> None:
    engine, path = FakeEngine(images=()), tmp_path / "image.tar"
    engine.load_error = docker.errors.APIError("500 Server Error", explanation="invalid\n checksum")
    assert problems(engine, imageArchive=write_archive(path, IMAGE)) == [
        (
            f"imageArchive: Docker rejected {path}: invalid checksum. Create the archive again "
            "with `docker save`."
        )
    ]
