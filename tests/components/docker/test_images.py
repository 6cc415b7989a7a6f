"""Requests to an engine that concern images."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import docker
import docker.errors
import pytest

from components.docker.engine import DockerEngine
from tests.components.docker.docker_api import Api, engine_of


class Images(Api):
    """An image, and the lines of a pull."""

    def __init__(self, *lines: dict[str, Any], digests: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.lines = lines
        self.digests = list(digests)
        self.logins: list[dict[str, str] | None] = []

    def inspect_image(self, reference: str) -> Any:
        return SimpleNamespace(id="sha256:2", attrs={"RepoDigests": self.digests})

    def pull(
        self, reference: str, *, stream: bool, decode: bool, auth_config: dict[str, str] | None
    ) -> Iterator[dict[str, Any]]:
        self.logins.append(auth_config)
        assert (stream, decode) == (True, True), "otherwise errors are not detected"
        return iter(self.lines)

    def inspect_distribution(
        self, reference: str, auth_config: dict[str, str] | None
    ) -> dict[str, Any]:
        self.logins.append(auth_config)
        return {"Descriptor": {"digest": "sha256:4"}}


def test_id_and_digest() -> None:
    found = engine_of(Images(digests=("example.com/packs@sha256:3",)))
    assert found.image_id("example.com/packs:1") == "sha256:2"
    assert found.digest("example.com/packs:1") == "sha256:3"
    assert engine_of(Images()).digest("example.com/packs:1") == "", "it was built or loaded"


def test_pull_credentials() -> None:
    api = Images({"status": "Pulling"}, {"status": "Done"})
    engine_of(api).pull("x:1", "ci", "secret")
    engine_of(api).pull("x:1")
    assert api.logins == [{"username": "ci", "password": "secret"}, None], (
        "None selects the user's Docker login"
    )


def test_pull_error() -> None:
    api = Images({"status": "Pulling"}, {"error": "write /layer: no space left on device"})
    with pytest.raises(docker.errors.APIError, match="no space left on device"):
        engine_of(api).pull("x:1")


def test_registry_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    api, timeouts = Images(), []

    def from_env(*, timeout: int, **_: Any) -> Any:
        timeouts.append(timeout)
        return SimpleNamespace(api=api, close=lambda: None)

    monkeypatch.setattr(docker, "from_env", from_env)
    assert DockerEngine().registry_digest("x:1", "ci", "secret") == "sha256:4"
    assert api.logins == [{"username": "ci", "password": "secret"}]
    assert timeouts == [10], "a preview waits for it"
