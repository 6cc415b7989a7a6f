"""Requests to a Docker engine that concern images."""

from __future__ import annotations

import contextlib
import io
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import docker

EMPTY_REPOSITORY, EMPTY_TAG = "pack-registry-empty", "1"
"""An image without files, for containers that never start. No registry has it."""
REGISTRY_SECONDS = 10
"""Time for a registry to return a digest."""


class ImageClient:
    """The part of a Docker engine's client that concerns images."""

    if TYPE_CHECKING:

        @property
        def client(self) -> docker.DockerClient:
            """The connection."""

        def connect(self, *, timeout: int) -> docker.DockerClient:
            """Open another connection."""

    def empty_image(self) -> str:
        """Return an image without files. It is created if the host does not have it."""
        reference = f"{EMPTY_REPOSITORY}:{EMPTY_TAG}"
        if not self.image_id(reference):
            content = io.BytesIO()
            tarfile.open(fileobj=content, mode="w").close()
            self.client.api.import_image_from_data(
                content.getvalue(), repository=EMPTY_REPOSITORY, tag=EMPTY_TAG
            )
        return reference

    def image_id(self, reference: str) -> str:
        """Return the ID of an image; empty if it is not on the host."""
        image = self._image(reference)
        return str(image.id) if image else ""

    def digest(self, reference: str) -> str:
        """Return the digest (`sha256:...`) of an image on the host.

        :returns: an empty string if it is not there, or was not pulled from a registry.
        """
        image = self._image(reference)
        digests = image.attrs["RepoDigests"] if image else None
        return str((digests or [""])[0]).partition("@")[2]

    def start_command(self, reference: str) -> list[str]:
        """Return the entrypoint and command of an image on the host; empty if it is not there."""
        image = self._image(reference)
        config = (image.attrs.get("Config") if image else None) or {}
        return [*(config.get("Entrypoint") or []), *(config.get("Cmd") or [])]

    def _image(self, reference: str) -> Any:
        from components.docker.connection import docker

        try:
            return self.client.images.get(reference)
        except docker.errors.ImageNotFound:
            return None

    def registry_digest(self, reference: str, username: str = "", password: str = "") -> str:
        """Return the digest (`sha256:...`) that a reference has in its registry now.

        The engine sends the request. Without credentials, it uses the user's Docker login.
        """
        with contextlib.closing(self.connect(timeout=REGISTRY_SECONDS)) as client:
            api: Any = client.api
            found = api.inspect_distribution(reference, auth_config=_login(username, password))
            return str(found["Descriptor"]["digest"])

    def pull(self, reference: str, username: str = "", password: str = "") -> None:
        """Pull an image. Without credentials, the engine uses the user's Docker login."""
        from components.docker.connection import docker

        for line in self.client.api.pull(
            reference, stream=True, decode=True, auth_config=_login(username, password)
        ):
            if error := line.get("error"):  # the HTTP status is sent before the first line
                raise docker.errors.APIError(error, explanation=error)

    def load(self, image_archive: Path) -> None:
        """Load the images of an archive onto the host."""
        with image_archive.open("rb") as file:
            self.client.images.load(file)


def _login(username: str, password: str) -> dict[str, str] | None:
    return {"username": username, "password": password} if username else None
