"""Requests to a Docker engine that concern files in containers, in the form of tar archives."""

from __future__ import annotations

import base64
import contextlib
import json
import tarfile
from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from components.docker import archive

if TYPE_CHECKING:
    import docker

STAT_HEADER = "X-Docker-Container-Path-Stat"


class ArchiveClient:
    """The part of a Docker engine's client that concerns files in containers."""

    if TYPE_CHECKING:

        @property
        def client(self) -> docker.DockerClient:
            """The connection."""

    def read_archive(self, identifier: str, path: str) -> bytes:
        """Return a file or directory of a container as a tar archive.

        :raises LookupError: if the container or the path does not exist.
        """
        return b"".join(self.archive_parts(identifier, path))

    def has_path(self, identifier: str, path: str) -> bool:
        """Return whether a file or directory exists in a container."""
        return self._path_stat(identifier, path) is not None

    def extract_archive(self, identifier: str, directory: str, tar: bytes) -> None:
        """Extract a tar archive into a directory of a container.

        :raises LookupError: if the container or the directory does not exist.
        """
        from components.docker.connection import docker

        try:
            self.client.api.put_archive(identifier, directory, tar)
        except docker.errors.NotFound:
            raise LookupError(identifier) from None

    def are_hard_linked(self, identifier: str, directory: str, names: set[str]) -> bool:
        """Return whether two files in a directory of a container are hard links to each other.

        :raises LookupError: if the container does not exist.
        """
        return archive.has_hard_link(self.read_archive(identifier, directory), names)

    def hard_link(
        self, identifier: str, directory: str, name: str, target: str, owner: int = archive.ROOT
    ) -> None:
        """Make a name in a directory of a container a hard link, replacing a file of that name.

        :param owner: user and group that the file belongs to from then on.
        :raises LookupError: if the container does not exist.
        """
        self.extract_archive(identifier, directory, archive.make_hard_link(name, target, owner))

    def stat(self, identifier: str, path: str) -> tarfile.TarInfo | None:
        """Return owner and mode of a file or directory of a container; None if it does not exist.

        Its content is not read.
        """
        from components.docker.connection import docker

        try:
            chunks, _ = self.client.api.get_archive(identifier, path)
        except docker.errors.NotFound:
            return None
        with contextlib.closing(chunks):
            return archive.first_member(next(chunks))

    def change_owner(self, identifier: str, directory: str, owner: int) -> None:
        """Give all files in a directory of a container to a user and its group.

        :raises LookupError: if the container does not exist.
        """
        others = archive.owned_by_others(self.read_archive(identifier, directory), owner)
        if others:
            change = archive.make_owner_change(others, owner)
            self.extract_archive(identifier, directory, change)

    def file_size(self, identifier: str, path: str) -> int | None:
        """Return the size of a file in a container; None if it does not exist."""
        found = self._path_stat(identifier, path)
        return None if found is None else int(found["size"])

    def _path_stat(self, identifier: str, path: str) -> dict[str, Any] | None:
        """Return what the engine says of a path in a container; None if it does not exist.

        The engine opens no archive. It does not say who owns the file.
        """
        api: Any = self.client.api
        url = api._url("/containers/{0}/archive", identifier)
        response = api.head(url, params={"path": path}, timeout=api.timeout)
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        api._raise_for_status(response)
        return dict(json.loads(base64.b64decode(response.headers[STAT_HEADER])))

    def archive_parts(self, identifier: str, path: str) -> Iterator[bytes]:
        """Return a file or directory of a container as the parts of a tar archive.

        :raises LookupError: if the container or the path does not exist.
        """
        from components.docker.connection import docker

        try:
            parts, _ = self.client.api.get_archive(identifier, path)
        except docker.errors.NotFound:
            raise LookupError(path) from None
        return iter(parts)
