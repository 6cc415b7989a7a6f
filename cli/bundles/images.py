"""Images: from a Docker host into a bundle, and from an unpacked bundle onto a Docker host."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

from cli.bundles.unpack import DESCRIPTION
from cli.console import CommandError, info, progress
from components.docker.archive_stream import ArchiveStream
from components.docker.engine import DockerEngine
from components.docker.image_archive import ids_of, read_images

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "ppc64le": "ppc64le"}
"""The architectures of `docker info` that images name otherwise."""
TRANSFER_SECONDS = 3600
"""Time limit for a step of a transfer: Docker packs or unpacks a large layer before it answers."""
_CHUNK = 2**20


@dataclass(frozen=True)
class BundledImage:
    """An image in a bundle."""

    name: str
    architecture: str


def find_image(engine: DockerEngine, reference: str) -> BundledImage:
    """Return an image on the Docker host.

    :raises CommandError: if it is not there.
    """
    if not engine.image_id(reference):
        raise CommandError(
            f"The image {reference} is not on the Docker host {engine.url}, so it can't be in the "
            f"bundle. Fetch it with `docker -H {engine.url} pull {reference}`, then run this "
            "command again."
        )
    api: Any = engine.client.api
    found = api.inspect_image(reference)
    return BundledImage(reference, str(found["Architecture"]))


def read_bundled_image(directory: Path) -> BundledImage:
    """Return the image of an unpacked bundle, from its description.

    :raises CommandError: if there is none.
    """
    try:
        description = json.loads((directory / DESCRIPTION).read_text(encoding="utf-8"))
        return BundledImage(**description["image"])
    except (OSError, ValueError, KeyError, TypeError):
        raise CommandError(f"{directory} does not contain the image of a bundle.") from None


@contextlib.contextmanager
def saved_image(engine: DockerEngine, reference: str) -> Iterator[tarfile.TarFile]:
    """Open an image as `docker save` packs it, and read it while it arrives."""
    with contextlib.closing(engine.connect(timeout=TRANSFER_SECONDS)) as client:
        chunks = client.api.get_image(reference, chunk_size=_CHUNK)
        stream: Any = ArchiveStream(chunks)
        with tarfile.open(fileobj=stream, mode="r|", bufsize=_CHUNK) as saved:
            yield saved


def load_image(engine: DockerEngine, directory: Path, image: BundledImage) -> None:
    """Load the image of an unpacked bundle, unless the Docker host has it.

    :param directory: what ``saved_members`` yielded, as files.
    :raises CommandError: if the Docker host has another image of this name, or another
        architecture.
    """
    architecture = str(engine.info()["Architecture"])
    if ARCHITECTURES.get(architecture, architecture) != image.architecture:
        raise CommandError(
            f"The image {image.name} is for {image.architecture}, and the Docker host is "
            f"{architecture}. Make the bundle with the Docker host of a stack that is "
            f"{architecture}, too."
        )
    ids = ids_of(image.name, read_images(directory))
    found = engine.image_id(image.name)
    if found and found in ids:
        info(f"The Docker host has the image {image.name}")
        return
    if found:
        raise CommandError(
            f"The Docker host has another image of the name {image.name} ({found}). It was not "
            f"replaced. Remove the name with `docker -H {engine.url} image rm {image.name}`, then "
            "run this command again."
        )
    with progress(f"Loading the image {image.name}"):
        _send(engine, directory, image.name)
    if (found := engine.image_id(image.name)) not in ids:
        raise CommandError(
            f"Docker loaded the image {image.name} with the ID {found or 'unknown'}, and the "
            f"bundle has {', '.join(ids) or 'none'}. Make the bundle again."
        )


def _send(engine: DockerEngine, directory: Path, name: str) -> None:
    command = ["tar", "--create", "--directory", str(directory), *sorted(os.listdir(directory))]  # noqa: PTH208
    with (
        contextlib.closing(engine.connect(timeout=TRANSFER_SECONDS)) as client,
        subprocess.Popen(command, stdout=subprocess.PIPE) as tar,
    ):
        api: Any = client.api
        read = cast("BinaryIO", tar.stdout).read
        for line in api.load_image(iter(partial(read, _CHUNK), b"")):
            if error := line.get("error"):
                raise CommandError(f"Docker rejected the image {name}: {error}.")
