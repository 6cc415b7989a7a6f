"""A Docker API, outputs and a runner for the tests of commands."""

from __future__ import annotations

from typing import Any
from unittest import mock

import docker
from click.testing import CliRunner, Result

from cli import purge
from cli.__main__ import cli

OUTPUTS: dict[str, Any] = {
    "endpoint": "https://[fd00::5]:8443",
    "adminPassword": "[secret]",
    "caCertificate": "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n",
    "users": {"admin": "x"},
    "certificateFingerprint": "",
    "dataVolume": "spectro-registry-data",
}


CONTAINER = "docker:index/container:Container"


NO_STACK = (255, "", "error: no stack named 'dev' found")


class FakeApi:
    """The Docker API of a host with the containers of a test. It records changes as calls."""

    def __init__(self, calls: list[str]) -> None:
        self.calls = calls
        self.existing: list[dict[str, Any]] = []

    def add(self, name: str, stack: str = "dev", state: str = "running", volume: str = "") -> None:
        labels = {"pack-registry.project": "pack-registry", "pack-registry.stack": stack}
        mount = {"Source": volume} if volume.startswith("/") else {"Name": volume}
        self.existing.append(
            {
                "Id": f"id of {name}",
                "Names": [f"/{name}"],
                "State": state,
                "Labels": labels,
                "Mounts": [mount],
            }
        )

    def containers(
        self,
        all: bool,  # noqa: A002
        filters: dict[str, list[str]] | None = None,
    ) -> list[dict[str, Any]]:
        assert all, "containers that do not run count, too"
        wanted = dict(label.split("=") for label in (filters or {}).get("label", []))
        return [
            container
            for container in self.existing
            if wanted.items() <= container["Labels"].items()
        ]

    def inspect_container(self, name: str) -> dict[str, Any]:
        for container in self.existing:
            if f"/{name}" in container["Names"]:
                return {
                    "Id": container["Id"],
                    "Name": f"/{name}",
                    "State": {"Status": container["State"], "ExitCode": 0},
                    "Config": {"Labels": container["Labels"]},
                    "HostConfig": {"PortBindings": {}},
                    "Image": "sha256:1",
                }
        raise docker.errors.NotFound(name)

    def volumes(self, filters: dict[str, list[str]]) -> dict[str, Any]:
        return {"Volumes": None}

    def stop(self, identifier: str) -> None:
        self.calls.append(f"stop {identifier}")

    def remove_container(self, identifier: str, **_: Any) -> None:
        self.calls.append(f"remove container {identifier}")
        self.existing = [container for container in self.existing if container["Id"] != identifier]


def run(*arguments: str, answer: str | None = None) -> Result:
    """Run a command.

    :param answer: what a person types; nothing, or None, without a terminal.
    """
    with mock.patch.object(purge, "has_terminal", return_value=bool(answer)):
        return CliRunner().invoke(cli, list(arguments), input=answer)
