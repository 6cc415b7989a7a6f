"""The server's image as a resource, and its source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pulumi_docker as docker

from components.docker.context import DockerContext
from components.docker.image_archive import UNREADABLE, ids_of, read_images


@dataclass(frozen=True)
class ImageSource:
    """Source of an image."""

    reference: str
    archive: str
    """Path of an archive on this machine, written by `docker save`; empty for a registry."""
    username: str
    password: str
    """Credentials for a private registry; empty for the user's Docker login."""


def declare_image(context: DockerContext, source: ImageSource) -> docker.RemoteImage:
    """Declare the image. It stays on the host when the registry is removed."""
    # The provider compares images by name. The trigger detects another image of the same name.
    triggers = {"imageArchive": _id_in_archive(source)} if source.archive else None
    return docker.RemoteImage(
        f"{context.name}-image",
        name=source.reference,
        keep_locally=True,
        triggers=triggers,
        opts=context.docker_opts,
    )


def _id_in_archive(source: ImageSource) -> str:
    """Return the image's ID in its archive; empty if it is not there (the preflight reports it)."""
    try:
        images = read_images(Path(source.archive))
    except UNREADABLE:
        return ""
    return next(iter(ids_of(source.reference, images)), "")
