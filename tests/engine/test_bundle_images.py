"""Images that leave a Docker host in a bundle, and come back with the same ID."""

from __future__ import annotations

import shlex
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from cli.bundles.contents import Contents
from cli.bundles.images import BundledImage, find_image, load_image
from cli.bundles.parts import PartWriter
from cli.bundles.pinned import unpinned_name
from cli.bundles.writer import BundleWriter
from cli.console import CommandError
from components.docker.engine import DockerEngine
from tests.support.bundles import Silent
from tests.support.docker import DEVELOPMENT_IMAGE, build_image, unique_name
from tests.support.image_registry import USER, image_registry


@pytest.fixture
def pinned() -> Iterator[str]:
    """An image of a private registry, pulled by its digest."""
    with image_registry() as registry:
        reference, digest = registry.push(
            f"{unique_name('server')}:1.0", f"LABEL a={unique_name('a')}"
        )
        name = f"{reference}@{digest}"
        login = {"username": USER, "password": registry.password}
        client = docker.from_env()
        client.images.pull(name, auth_config=login)
        identifier = str(client.images.get(name).id)
        yield name
        client.images.remove(identifier, force=True)


def packed(reference: str, directory: Path) -> Path:
    """Put an image into a bundle, and unpack it."""
    writer = BundleWriter(PartWriter(directory, "site", 10**9), Silent())
    engine = DockerEngine()
    Contents._write_image(writer, engine, find_image(engine, reference))
    writer.close()
    with tarfile.open(directory / "site.part001") as tar:
        tar.extractall(directory, filter="data")
    return directory / ".bundle/image"


def test_pinned_image(pinned: str, tmp_path: Path) -> None:
    engine = DockerEngine()
    identifier, directory = engine.image_id(pinned), packed(pinned, tmp_path)
    engine.client.images.remove(identifier, force=True)
    image = BundledImage(unpinned_name(pinned), find_architecture())
    load_image(engine, directory, image)
    assert engine.image_id(image.name) == identifier
    assert engine.image_id(pinned) == "", "Docker keeps no digest of an archive"


def find_architecture() -> str:
    return find_image(DockerEngine(), DEVELOPMENT_IMAGE).architecture


def test_other_image_of_the_name(pinned: str, tmp_path: Path) -> None:
    engine = DockerEngine()
    directory, name = packed(pinned, tmp_path), unpinned_name(pinned)
    build_image(name, "FROM scratch\nLABEL other=1\n")
    other = engine.image_id(name)
    with pytest.raises(CommandError) as caught:
        load_image(engine, directory, BundledImage(name, find_architecture()))
    assert f"has another image of the name {name} ({other})" in caught.value.message
    (command,) = [part for part in caught.value.message.split("`") if part.startswith("docker ")]
    assert engine.image_id(name) == other, "it is not replaced"
    subprocess.run(shlex.split(command), check=True, capture_output=True)
    load_image(engine, directory, BundledImage(name, find_architecture()))
    assert engine.image_id(name) == engine.image_id(pinned)
