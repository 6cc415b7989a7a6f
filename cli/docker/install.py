"""Ensures that a Docker engine responds: installs and starts one if this machine allows it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import requests

from cli.console import CommandError, progress
from common.wait import wait_until
from components.docker.connection import docker
from components.docker.docker_variables import environment_problems, remove_unused
from components.docker.engine import LOCAL_SOCKET, DockerEngine
from components.docker.errors import describe_error

START_SECONDS = 60
SELECT_CONTEXT = (
    "export DOCKER_HOST=$(docker context inspect --format '{{.Endpoints.docker.Host}}')"
)
"""Selects the engine of the docker command's context. Other programs ignore contexts."""
_PACKAGES = ("docker.io", "iptables")
"""The distribution's Docker. Without iptables it can't publish ports."""
_APT = ["apt-get", "-o", "DPkg::Lock::Timeout=120"]


def ensure_docker(host: DockerEngine) -> None:
    """Ensure that a Docker engine responds. Install and start one if this machine allows it.

    :raises CommandError: if none responds and none can be installed or started, or if the
        environment would lead the Docker provider to another engine.
    """
    remove_unused(host, os.environ)
    if problems := list(environment_problems(host)):
        raise CommandError(" ".join([*problems, "No changes were made."]))
    reason = connection_error(host)
    if reason is None:
        return
    unreachable = f"Docker can't be reached at {host.url}: {reason}."
    if not host.is_local:
        raise CommandError(
            f"{unreachable} Check dockerHost or DOCKER_HOST, and run `docker -H {host.url} info`."
        )
    if "Permission denied" in reason:
        raise CommandError(
            "You may not use Docker. Add yourself to the docker group with "
            "`sudo usermod -aG docker $USER`, then log in again."
        )
    if host.url != LOCAL_SOCKET:
        raise CommandError(
            f"{unreachable} Start it with `sudo systemctl start docker`, "
            "or set dockerHost or DOCKER_HOST."
        )
    if not isinstance(_socket_error(LOCAL_SOCKET), (FileNotFoundError, ConnectionRefusedError)):
        raise CommandError(
            f"{unreachable} An engine listens there, so none is started. "
            "Check it with `docker info`."
        )
    if not shutil.which("dockerd"):
        if shutil.which("docker") and not _can_install():
            raise CommandError(
                f"{unreachable} The docker command is installed. Start Docker. If it listens on "
                "another socket, like Colima, Rancher Desktop and rootless Docker, run "
                f"`{SELECT_CONTEXT}`, then run this command again."
            )
        _install()
    _start(host)


def connection_error(host: DockerEngine) -> str | None:
    """Return why the engine does not respond; none if it does."""
    try:
        host.client.ping()
    except Exception as error:  # docker, sockets and ssh raise unrelated types
        host.__dict__.pop("client", None)
        return " ".join(str(error).split())
    return None


def _socket_error(url: str) -> OSError | None:
    """Try to connect to a unix:// URL. A socket that accepts connections belongs to an engine."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect(url.removeprefix("unix://"))
        except OSError as error:
            return error
    return None


@contextlib.contextmanager
def engine_errors_reported(problem: str, retry: str) -> Iterator[None]:
    """Convert errors and timeouts of an engine that has responded before.

    :param problem: what fails then, as a clause.
    :param retry: the command to run after the fix.
    :raises CommandError: if the engine fails.
    """
    try:
        yield
    except (docker.errors.DockerException, requests.RequestException) as error:
        raise CommandError(
            f"{problem}: Docker error ({describe_error(error)}). Fix it, then run `{retry}`."
        ) from None


def _can_install() -> bool:
    """Whether this process may install the distribution's package."""
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def _install() -> None:
    """Install the distribution's package, as root on a machine with apt."""
    if not shutil.which("apt-get"):
        raise CommandError(
            "Docker is not installed. Install Docker Engine 20.10 or newer "
            "(https://docs.docker.com/engine/install/), then run this command again."
        )
    if os.geteuid() != 0:
        raise CommandError(
            "Docker is not installed. Install it with "
            f"`sudo apt-get install {' '.join(_PACKAGES)}`, then run this command again."
        )
    with progress(f"Installing Docker from the packages {' and '.join(_PACKAGES)}"):
        for command in (
            [*_APT, "update", "-q"],
            [*_APT, "install", "-q", "-y", "--no-install-recommends", *_PACKAGES],
        ):
            done = subprocess.run(
                command,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
            if done.returncode:
                last = (done.stderr or done.stdout).strip().splitlines()[-1:]
                raise CommandError(
                    f"Docker could not be installed ({' '.join(last)}). "
                    f"Install it with `{' '.join(command)}`, then run this command again."
                )


def _start(host: DockerEngine) -> None:
    """Start the engine: with systemd if it runs, otherwise as a daemon."""
    if os.geteuid() != 0:
        raise CommandError(
            f"Docker does not respond at {host.url}. Start it with `sudo systemctl start docker`, "
            "then run this command again."
        )
    with progress("Starting Docker"):
        if Path("/run/systemd/system").is_dir():
            subprocess.run(["systemctl", "start", "docker"], capture_output=True, check=False)
        else:
            log = Path("/var/log/dockerd.log").open("ab")  # noqa: SIM115 - the daemon uses it
            subprocess.Popen(
                ["dockerd"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        errors: list[str] = []

        def responds() -> bool:
            errors.append(connection_error(host) or "")
            return not errors[-1]

        if not wait_until(responds, START_SECONDS, interval=0.3):
            raise CommandError(
                f"Docker did not start within {START_SECONDS} s ({errors[-1]}). "
                "Read /var/log/dockerd.log or `journalctl -u docker`."
            )
