"""The server's image: on the host already, fetched from its registry, or loaded from an archive.

Left out on purpose: whether it works (``components/gate.py``, ``components/verification.py``).
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pulumi

from components import syntax
from components.docker_host import DockerHost
from components.model import Settings

DEVELOPMENT_IMAGE = "pack-registry-dev"


def image_problems(host: DockerHost, settings: Settings, *, pull: bool) -> Iterator[str]:
    """See that the image is on the host, or can be had.

    :param pull: whether a missing image is fetched or loaded now (an update) or only later (a preview).
    """
    image = settings.server_image
    if host.has_image(image):
        _note_digest(host, image)
    elif settings.image_archive:
        yield from _archived(host, image, Path(settings.image_archive), load=pull)
    elif image.partition(":")[0] == DEVELOPMENT_IMAGE:
        yield f"image: {image} is not on the Docker host and is not published anywhere; build it with `make dev-image`"
    elif pull:
        yield from _fetched(host, settings)


def _fetched(host: DockerHost, settings: Settings) -> Iterator[str]:
    image = settings.server_image
    registry = image.partition("/")[0] if syntax.names_registry(image) else "docker.io"
    pulumi.log.info(f"Fetching the image {image}; this can take some minutes.", ephemeral=True)
    try:
        host.pull(image, settings.image_username, settings.image_password)
    except Exception as error:  # the library's, the socket's and ssh's errors have no common base
        reason = " ".join(str(getattr(error, "explanation", None) or error).split())
        if settings.image_password:
            reason = reason.replace(settings.image_password, "…")
        yield (
            f"image: {image} is not on the Docker host and can't be fetched ({reason}); check the reference and the host's route to {registry}, "
            f"set imageUsername and imagePassword where it is private, or load the image with `docker load` (imageArchive)"
        )
    else:
        _note_digest(host, image)


def _archived(host: DockerHost, image: str, archive: Path, *, load: bool) -> Iterator[str]:
    """Load the image from an archive, once it is seen that the archive has it."""
    try:
        names = _names(archive)
    except (OSError, tarfile.TarError, KeyError, ValueError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is no archive as `docker save` writes it"
        yield f"imageArchive: {archive} can't be read ({reason}); write it with `docker save --output {archive} {image}`"
        return
    if image not in names:
        held = ", ".join(names) or "no image with a name"
        yield f"imageArchive: {archive} does not hold {image} but {held}; set image to what it holds, or give another archive"
    elif load:
        pulumi.log.info(f"Loading the image {image} from {archive}.", ephemeral=True)
        try:
            host.load(archive)
        except Exception as error:  # as above
            yield f"imageArchive: Docker does not take {archive} ({' '.join(str(error).split())}); write it anew with `docker save`"


def _names(archive: Path) -> list[str]:
    """The names of an archive's images (the file manifest.json of `docker save`).

    :raises KeyError: where it is another kind of archive.
    """
    with tarfile.open(archive) as tar:
        manifest = tar.extractfile("manifest.json")
        entries = json.loads(manifest.read()) if manifest else []
    return [str(name) for entry in entries for name in entry.get("RepoTags") or []]


def _note_digest(host: DockerHost, image: str) -> None:
    """Say what the image is called by its digest, which never becomes another image."""
    if "@sha256:" not in image and (digest := host.digest(image)):
        name, _, tag = image.rpartition(":")
        pulumi.log.info(f"The image {image} is {digest}; set image to {name}:{tag}@{digest.partition('@')[2]} to keep it that one.")
