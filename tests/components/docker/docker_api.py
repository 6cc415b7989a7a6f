"""A fake of docker-py's low-level client, behind a real ``DockerEngine``."""

from __future__ import annotations

from collections.abc import Generator
from types import SimpleNamespace
from typing import Any

import docker.errors
import requests

from components.docker.engine import LOCAL_SOCKET, DockerEngine

INSPECTED: dict[str, Any] = {
    "Image": "sha256:1",
    "Id": "abc",
    "Created": "2026-11-26T20:00:03.400527067Z",
    "Name": "/spectro-registry",
    "State": {"Status": "running", "ExitCode": 0},
    "Config": {"Labels": {"pack-registry.stack": "test"}},
    "HostConfig": {
        "PidsLimit": 256,
        "PortBindings": {"5000/tcp": [{"HostIp": "0.0.0.0", "HostPort": "443"}]},
    },
}


def response(status: int, body: str) -> requests.Response:
    """A response of Docker's API."""
    made = requests.Response()
    made.status_code = status
    made.url = "http+docker://localhost/v1.51/containers/abc/update"
    made._content = body.encode()
    return made


class Api:
    """A container, image or volume that exists if ``inspected`` is set."""

    api_version = "1.51"
    base_url = "http+docker://localhost"
    timeout = 60
    _raise_for_status = docker.APIClient._raise_for_status  # type: ignore[attr-defined]  # untyped

    def __init__(self, inspected: dict[str, Any] | None = None) -> None:
        self.inspected = inspected
        self.posted: list[tuple[str, Any]] = []
        self.headed: list[tuple[str, str]] = []
        self.answer = response(200, "{}")
        self.archive = b""
        self.extracted: list[tuple[str, str, bytes]] = []

    def inspect_container(self, name: str) -> dict[str, Any]:
        if self.inspected is None:
            raise docker.errors.NotFound("no such container")
        return self.inspected

    def inspect_image(self, reference: str) -> dict[str, Any]:
        if self.inspected is None:
            raise docker.errors.ImageNotFound("no such image")
        return self.inspected

    def remove_volume(self, name: str) -> None:
        if self.inspected is None:
            raise docker.errors.NotFound("no such volume")

    def post(self, url: str, json: Any) -> Any:
        self.posted.append((url, json))
        return self.answer

    def _url(self, path: str, *values: str) -> str:
        return path.format(*values)

    def head(self, url: str, params: dict[str, str], timeout: int) -> Any:
        self.headed.append((url, params["path"]))
        return self.answer

    def get_archive(
        self, identifier: str, directory: str
    ) -> tuple[Generator[bytes], dict[str, Any]]:
        if self.inspected is None:
            raise docker.errors.NotFound("no such container")
        return (part for part in (self.archive[:1000], self.archive[1000:])), {}

    def put_archive(self, identifier: str, directory: str, archive: bytes) -> None:
        if self.inspected is None:
            raise docker.errors.NotFound("no such container")
        self.extracted.append((identifier, directory, archive))

    def logs(self, identifier: str, tail: int) -> bytes:
        return b"one\ntwo \xff\n"


def engine_of(api: Api) -> DockerEngine:
    """An engine that is connected to the fake."""
    made = DockerEngine(LOCAL_SOCKET)
    made.__dict__["client"] = SimpleNamespace(
        api=api, images=SimpleNamespace(get=api.inspect_image)
    )
    return made
