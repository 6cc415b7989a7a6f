"""Docker and the development image, found or brought about."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import requests

from cli.console import CommandError, say, step
from cli.paths import ROOT
from components.docker.connection import docker
from components.docker.engine import LOCAL_SOCKET, DockerEngine
from components.docker.errors import describe_error
from components.settings import DEVELOPMENT_IMAGE

START_SECONDS = 60
STANDARD_ERROR = 2
FOUND_BY_COMMAND = (
    "export DOCKER_HOST=$(docker context inspect --format '{{.Endpoints.docker.Host}}')"
)
"""Where Docker's own command finds its engine; nothing else goes by its contexts."""
_PACKAGES = ("docker.io", "iptables")
"""The distribution's Docker; without iptables it publishes no port."""
_APT = ["apt-get", "-o", "DPkg::Lock::Timeout=120"]


def ensure_docker(host: DockerEngine) -> None:
    """See that a Docker engine answers; install and start one where this machine allows it.

    :raises CommandError: where there is no Docker and it can't be installed from here.
    """
    reason = refusal(host)
    if reason is None:
        return
    if not host.is_local:
        raise CommandError(
            f"Docker can't be reached at {host.url} ({reason}); check dockerHost or DOCKER_HOST, and `docker -H {host.url} info`."
        )
    if "Permission denied" in reason:
        raise CommandError(
            "Docker refuses this user; add it to Docker's group with `sudo usermod -aG docker $USER`, then log in again."
        )
    if host.url != LOCAL_SOCKET:
        raise CommandError(
            f"Docker can't be reached at {host.url} ({reason}); start it with `sudo systemctl start docker`, or set dockerHost or DOCKER_HOST."
        )
    if not shutil.which("dockerd"):
        if shutil.which("docker") and not _is_installable():
            raise CommandError(
                f"Docker's command is installed, but Docker can't be reached at {host.url} ({reason}); start it, or where it listens elsewhere, as "
                f"Colima, Rancher Desktop and a rootless Docker do, run `{FOUND_BY_COMMAND}`, then run this again."
            )
        _install()
    _start(host)


def refusal(host: DockerEngine) -> str | None:
    """Why the engine does not answer; nothing where it does."""
    try:
        host.client.ping()
    except Exception as error:  # the library's, the socket's and ssh's errors have no common base
        host.__dict__.pop("client", None)
        return " ".join(str(error).split())
    return None


def _is_installable() -> bool:
    """Whether this machine lets the distribution's package be installed from here."""
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def _install() -> None:
    """The distribution's own package, where this is root on a machine with apt."""
    if not shutil.which("apt-get"):
        raise CommandError(
            "Docker is not installed; install Docker Engine 20.10 or newer (https://docs.docker.com/engine/install/), then run this again."
        )
    if os.geteuid() != 0:
        raise CommandError(
            f"Docker is not installed; install it with `sudo apt-get install {' '.join(_PACKAGES)}`, then run this again."
        )
    with step(f"Installing Docker, the distribution's packages {' and '.join(_PACKAGES)}"):
        for command in (
            [*_APT, "update", "-q"],
            [*_APT, "install", "-q", "-y", "--no-install-recommends", *_PACKAGES],
        ):
            done = subprocess.run(
                command,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                last = (done.stderr or done.stdout).strip().splitlines()[-1:]
                raise CommandError(
                    f"Docker could not be installed ({' '.join(last)}); install it yourself with `{' '.join(command)}`, then run this again."
                )


def _start(host: DockerEngine) -> None:
    """Start the engine: by the service manager where there is one, else as a daemon of its own."""
    if os.geteuid() != 0:
        raise CommandError(
            f"Docker does not answer at {host.url}; start it with `sudo systemctl start docker`, then run this again."
        )
    with step("Starting Docker"):
        if Path("/run/systemd/system").is_dir():
            subprocess.run(["systemctl", "start", "docker"], capture_output=True, check=False)
        else:
            log = Path("/var/log/dockerd.log").open("ab")  # noqa: SIM115 - the daemon keeps it
            subprocess.Popen(
                ["dockerd"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + START_SECONDS
        while (reason := refusal(host)) is not None:
            if time.monotonic() > end:
                raise CommandError(
                    f"Docker did not start within {START_SECONDS} s ({reason}); read /var/log/dockerd.log or `journalctl -u docker`."
                )
            time.sleep(0.3)


@contextlib.contextmanager
def engine_errors_reported(what: str, again: str) -> Iterator[None]:
    """Tell in a sentence what an engine refuses meanwhile, or does not do in time, though it answered before.

    :param what: what then was not done, in words.
    :param again: the command that does it once that is mended.
    :raises CommandError: where it fails.
    """
    try:
        yield
    except (docker.errors.DockerException, requests.RequestException) as error:
        raise CommandError(
            f"{what} ({describe_error(error)}); mend it and run `{again}`."
        ) from None


def ensure_development_image(image: str, host: DockerEngine) -> None:
    """Build the development image where a stack uses it and it is missing or older than its sources.

    :raises CommandError: where it can't be built.
    """
    if image.partition(":")[0] != DEVELOPMENT_IMAGE:
        return
    say("Looking after the development image")
    # Docker's command would go by its context where it is not told the host. What it says goes to standard error with all that commands say.
    environment = {**os.environ, "DOCKER_HOST": host.url, **host.variables}
    if subprocess.run(
        [str(ROOT / "dev_image" / "build.sh")], env=environment, stdout=STANDARD_ERROR, check=False
    ).returncode:
        raise CommandError(
            "The development image could not be built, for the reason above; mend it and run `make dev-image`."
        )
