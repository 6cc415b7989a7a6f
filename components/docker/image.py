"""The server's image: on the host already, fetched from its registry, or loaded from an archive; and which one it is.

Left out on purpose: whether it works (``components/gate.py``, ``components/verification.py``).
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_docker as docker

from common.types.docker import names_registry
from components.docker.engine import DockerEngine
from components.docker.errors import describe_error
from components.settings import DEVELOPMENT_IMAGE, DEVELOPMENT_TAG, Settings

CONTAINERD_NAME = "io.containerd.image.name"
"""Annotation of an archive's manifest that says whose it is."""

NO_ARCHIVE = (OSError, tarfile.TarError, KeyError, ValueError, TypeError, AttributeError)
"""What reading an archive raises where it is none of `docker save`."""


def server_image(
    name: str, settings: Settings, child: pulumi.ResourceOptions
) -> docker.RemoteImage:
    """Declare the image, which stays on the host when the registry is removed.

    :param name: the component's name, the prefix of its children's.
    :param child: options of the component's children.
    """
    # Another archive is another image by the same name, which the provider would not look for.
    triggers = {"imageArchive": _id_in_archive(settings)} if settings.image_archive else None
    return docker.RemoteImage(
        f"{name}-image",
        name=settings.server_image,
        keep_locally=True,
        triggers=triggers,
        opts=child,
    )


def image_problems(host: DockerEngine, settings: Settings, *, pull: bool) -> Iterator[str]:
    """See that the image is on the host, or can be had, and say which one it is.

    :param pull: whether a missing image is fetched or loaded now (an update) or only later (a preview).
    """
    image = settings.server_image
    if settings.image_archive:
        yield from _archived(host, settings, load=pull)
        return
    held = host.image_id(image)
    if image.partition(":")[0] == DEVELOPMENT_IMAGE:
        if not held:
            built = f"{DEVELOPMENT_IMAGE}:{DEVELOPMENT_TAG}"
            mend = (
                "build it with `make dev-image`"
                if image == built
                else f"`make dev-image` builds {built}: set image to that"
            )
            yield f"image: {image} is not on the Docker host and is not published anywhere; {mend}"
    elif not pull:
        _note_digest_today(host, settings, held=bool(held))
    elif not held:
        yield from _fetched(host, settings)
    else:
        _note_digest(image, host.digest(image))


def _fetched(host: DockerEngine, settings: Settings) -> Iterator[str]:
    image = settings.server_image
    pulumi.log.info(f"Fetching the image {image}; this can take some minutes.", ephemeral=True)
    try:
        host.pull(image, settings.image_username, settings.image_password)
    except Exception as error:  # the library's, the socket's and ssh's errors have no common base
        yield (
            f"image: {image} is not on the Docker host and can't be fetched ({_reason(error, settings)}); check the reference and the host's route "
            f"to {_registry(image)}, set imageUsername and imagePassword where it is private, or load the image with `docker load` (imageArchive)"
        )
    else:
        _note_digest(image, host.digest(image))


def _note_digest_today(host: DockerEngine, settings: Settings, *, held: bool) -> None:
    """Say which digest the image's tag has in its registry, and where the host has another one by that tag, for that is the one that is run."""
    image = settings.server_image
    if "@sha256:" in image and held:
        return
    on_host = host.digest(image) if held else ""
    try:
        today = host.registry_digest(image, settings.image_username, settings.image_password)
    except Exception as error:  # as above
        if on_host:
            _note_digest(image, on_host)
        elif not held:
            reason = _reason(error, settings)
            pulumi.log.info(
                f"image: {image} is not on the Docker host, and {_registry(image)} can't be asked for it ({reason}); an update has to fetch it."
            )
        return
    if on_host and on_host != today:
        pulumi.log.info(
            f"image: {image} is {today} today, but the Docker host has {on_host} by that name and goes on with it; "
            f"pin the one that you want, for example {image}@{today}."
        )
    else:
        _note_digest(image, today)


def _note_digest(image: str, digest: str) -> None:
    """Say what the image is called by its digest, which never becomes another image."""
    if digest and "@sha256:" not in image:
        pulumi.log.info(f"image: {image} is {digest} today; pin it as {image}@{digest}.")


def _registry(image: str) -> str:
    return image.partition("/")[0] if names_registry(image) else "docker.io"


def _reason(error: Exception, settings: Settings) -> str:
    """What Docker says, without the password."""
    reason = describe_error(error)
    return reason.replace(settings.image_password, "…") if settings.image_password else reason


def _archived(host: DockerEngine, settings: Settings, *, load: bool) -> Iterator[str]:
    """Load the image from an archive, once it is seen that the archive has it and the host has not."""
    image, archive = settings.server_image, Path(settings.image_archive)
    try:
        images = _images(archive)
    except NO_ARCHIVE as error:
        reason = (
            error.strerror
            if isinstance(error, OSError) and error.strerror
            else "it is no archive as `docker save` writes it"
        )
        yield f"imageArchive: {archive} can't be read ({reason}); write it with `docker save --output {archive} {image}`"
        return
    ids = _ids(images, image)
    if not ids:
        held = ", ".join(name for each in images for name in each.names) or "no image with a name"
        yield f"imageArchive: {archive} does not hold {image} but {held}; set image to what it holds, or give another archive"
    elif load and host.image_id(image) not in ids:
        pulumi.log.info(f"Loading the image {image} from {archive}.", ephemeral=True)
        try:
            host.load(archive)
        except Exception as error:  # as above
            yield f"imageArchive: Docker does not take {archive} ({_reason(error, settings)}); write it anew with `docker save`"


@dataclass(frozen=True)
class _ArchivedImage:
    """One image of an archive."""

    names: list[str]
    ids: list[str]
    """What Docker may call it by its content (`sha256:...`): by its configuration, or by its manifest where containerd keeps the images."""


def _images(archive: Path) -> list[_ArchivedImage]:
    """The images of an archive of `docker save`.

    :raises Exception: one of ``NO_ARCHIVE``, where it is none.
    """
    with tarfile.open(archive) as tar:
        entries = json.loads(_read(tar, "manifest.json"))
        manifests = (
            json.loads(_read(tar, "index.json"))["manifests"]
            if "index.json" in tar.getnames()
            else []
        )
    found = []
    for entry in entries:
        names = [str(name) for name in entry.get("RepoTags") or []]
        of_manifests = [
            each["digest"]
            for each in manifests
            if _familiar(each.get("annotations", {}).get(CONTAINERD_NAME, "")) in names
        ]
        found.append(_ArchivedImage(names, [f"sha256:{Path(entry['Config']).stem}", *of_manifests]))
    return found


def _familiar(image: str) -> str:
    """A reference as Docker writes it into archives: without what it leaves out of Docker Hub's."""
    return image.removeprefix("docker.io/").removeprefix("library/")


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    return file.read() if file else b""


def _id_in_archive(settings: Settings) -> str:
    """The id of the image in its archive; empty where it is not there, which the preflight says."""
    try:
        images = _images(Path(settings.image_archive))
    except NO_ARCHIVE:
        return ""
    return next(iter(_ids(images, settings.server_image)), "")


def _ids(images: list[_ArchivedImage], image: str) -> list[str]:
    """What Docker may call an image of an archive; nothing where it is not there."""
    return next((each.ids for each in images if _familiar(image) in each.names), [])
