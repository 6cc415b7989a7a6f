"""Preflight check of the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docker.errors
import pytest

from components.docker.engine import LOCAL_SOCKET, DockerEngine
from tests.components.docker.preflight.problems import problems
from tests.support.certificates import write_client_certificates
from tests.support.docker import free_port
from tests.support.fakes import FakeEngine


def test_unreachable_local_engine() -> None:
    (problem,) = problems(DockerEngine("unix:///nonexistent.sock"))
    assert problem.startswith("Docker can't be reached at unix:///nonexistent.sock: ")
    assert "No such file or directory" in problem, "the reason"
    assert problem.endswith(
        ". Start it with `sudo systemctl start docker`, or set dockerHost or DOCKER_HOST."
    )


def test_unreachable_remote_engine(tmp_path: Path) -> None:
    url = f"tcp://127.0.0.1:{free_port()}"
    write_client_certificates(tmp_path)
    (problem,) = problems(DockerEngine(url, str(tmp_path)))
    assert problem.startswith(f"Docker can't be reached at {url}: ")
    assert "Connection refused" in problem, "the reason"
    assert problem.endswith(
        f". Check dockerHost or DOCKER_HOST, and run `docker -H {url} info`."
    ), "starting Docker on this machine does not help"


def test_user_without_permission() -> None:
    class Forbidden(FakeEngine):
        def info(self) -> dict[str, Any]:
            raise docker.errors.DockerException(
                "Error while fetching server API version: "
                "('Connection aborted.', PermissionError(13, 'Permission denied'))"
            )

    assert problems(Forbidden()) == [
        (
            f"This user has no permission to use Docker at {LOCAL_SOCKET}. Add the user to its "
            "group with `sudo usermod -aG docker $USER`, and log in again."
        )
    ]


@pytest.mark.parametrize(
    ("info", "settings", "expected"),
    [
        (
            {"ApiVersion": "1.40", "ServerVersion": "19.03.15"},
            {},
            "Docker 19.03.15 is too old. Install Docker Engine 20.10 or newer.",
        ),
        (
            {"OSType": "windows"},
            {},
            "Docker runs windows containers. The registry needs Linux containers.",
        ),
        (
            {"MemTotal": 1_799_999_999},
            {},
            "The host has 2 CPU and 1.8 GB of memory. The registry needs at least 1 CPU and 2 GB.",
        ),
        (
            {"MemTotal": 510_000_000, "NCPU": 1},
            {},
            "The host has 1 CPU and 0.5 GB of memory. The registry needs at least 1 CPU and 2 GB.",
        ),
        (
            {},
            {"limits": {"cpus": 2.5}},
            "limits.cpus: 2.5 is more than the host has. Must be from 0.1 to 2.",
        ),
    ],
    ids=["version", "windows", "memory", "small", "cpus"],
)
def test_insufficient_host(info: dict[str, Any], settings: dict[str, Any], expected: str) -> None:
    assert problems(FakeEngine(**info), **settings) == [expected]


@pytest.mark.parametrize(
    ("info", "settings"),
    [
        ({"ApiVersion": "1.41"}, {}),
        ({"ApiVersion": "1.100"}, {}),
        ({"NCPU": 1, "MemTotal": 1_900_000_000}, {}),
        ({}, {"limits": {"cpus": 2}}),
    ],
)
def test_sufficient_host(info: dict[str, Any], settings: dict[str, Any]) -> None:
    assert problems(FakeEngine(**info), **settings) == [], (
        "a machine of 2 GB reports less, and 1.100 is newer than 1.41"
    )
