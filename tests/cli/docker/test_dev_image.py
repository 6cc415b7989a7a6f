"""The development image, built for a stack that uses it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from cli.docker.dev_image import ensure_development_image
from cli.paths import ROOT
from components.docker.engine import DockerEngine
from tests.support.programs import error_of


def test_build(machine: SimpleNamespace) -> None:
    ensure_development_image("pack-registry-dev:1.1.0", DockerEngine())
    assert [Path(command).parts[-2:] for command in machine.ran] == [("dev_image", "build.sh")]


def test_configured_host(machine: SimpleNamespace) -> None:
    ensure_development_image(
        "pack-registry-dev:1.1.0", DockerEngine("tcp://10.0.0.5:2376", "/etc/docker-certs")
    )
    expected = {
        "DOCKER_HOST": "tcp://10.0.0.5:2376",
        "DOCKER_CERT_PATH": "/etc/docker-certs",
        "DOCKER_TLS_VERIFY": "1",
    }
    assert machine.environment.items() >= expected.items()


@pytest.mark.parametrize(
    ("named", "url"),
    [
        ("", "unix:///var/run/docker.sock"),
        ("unix:///run/user/1/docker.sock", "unix:///run/user/1/docker.sock"),
    ],
)
def test_default_host(
    machine: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, named: str, url: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", named)
    ensure_development_image("pack-registry-dev:1.1.0", DockerEngine())
    assert machine.environment["DOCKER_HOST"] == url


@pytest.mark.parametrize(
    "image",
    [
        "",
        "us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0",
        "example.com/pack-registry-dev:1",
        "pack-registry-dev2:1",
    ],
)
def test_other_images(machine: SimpleNamespace, image: str) -> None:
    ensure_development_image(image, DockerEngine())
    assert machine.ran == []


def test_build_fails(machine: SimpleNamespace) -> None:
    machine.answers = {str(ROOT / "dev_image" / "build.sh"): (1, "")}
    message = error_of(ensure_development_image, "pack-registry-dev:1.1.0", DockerEngine())
    assert message == (
        "The development image could not be built. Fix the error above and run `make dev-image`."
    )
