"""Docker in tests: what is there, names that nobody else has, and no trace left."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import psutil
import pytest

from cli.paths import ROOT
from common.labels import PREFIX
from components.docker.engine import DockerEngine

DEVELOPMENT_IMAGE = f"pack-registry-dev:{(ROOT / 'dev_image' / 'VERSION').read_text().strip()}"


@functools.cache
def docker_is_missing() -> str | None:
    """Why tests that need Docker can't run; nothing where they can."""
    try:
        docker.from_env().images.get(DEVELOPMENT_IMAGE)
    except docker.errors.ImageNotFound:
        return f"the image {DEVELOPMENT_IMAGE} is missing (`make dev-image` builds it)"
    except Exception as error:  # the library's and the socket's errors have no common base
        return f"Docker does not answer ({' '.join(str(error).split())})"
    return None


def skip_or_fail(reason: str | None, variable: str) -> None:
    """Skip the test for a reason, or fail where the variable says that the tool must be there."""
    if reason is None:
        return
    if os.environ.get(variable) == "1":
        pytest.fail(f"{variable}=1 is set, but {reason}", pytrace=False)
    pytest.skip(reason)


def unique_name(kind: str) -> str:
    """A name that no other test has."""
    return f"{kind}-{uuid.uuid4().hex[:8]}"


PORTS = range(20000, 30000)
"""Below the ports that systems give to outgoing connections (from 32768 on Linux, from 49152 by RFC 6335), which would take them in between."""


def free_port() -> int:
    """A port of this machine that nobody listens on, and that no other test is given: all processes take the next one of a common file."""
    while True:
        port = _next_port(Path(tempfile.gettempdir()) / f"pack-registry-test-ports-{os.getuid()}")
        with contextlib.suppress(OSError), socket.socket() as trial:
            trial.bind(("", port))
            return port


def _next_port(file: Path) -> int:
    with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+") as taken:
        fcntl.flock(taken, fcntl.LOCK_EX)  # until it is closed
        last = taken.read()
        port = int(last) + 1 if last and int(last) + 1 in PORTS else PORTS.start
        taken.seek(0)
        taken.write(str(port))  # all of them have five digits
    return port


def bridge_gateway() -> str:
    """The address of this machine under which containers reach it."""
    bridge = docker.from_env().api.inspect_network("bridge")["Options"][
        "com.docker.network.bridge.name"
    ]
    return next(
        address.address
        for address in psutil.net_if_addrs()[bridge]
        if address.family is socket.AF_INET
    )


def inspect(container: str) -> dict[str, Any]:
    """`docker inspect` of a container."""
    return dict(docker.from_env().api.inspect_container(container))


def container_names(stack: str) -> set[str]:
    """Names of all containers that a stack made, running or not."""
    found = docker.from_env().api.containers(all=True, filters={"label": f"{PREFIX}.stack={stack}"})
    return {name.lstrip("/") for container in found for name in container["Names"]}


def volume_names(stack: str) -> set[str]:
    """Names of all volumes that a stack made."""
    return {
        volume.name
        for volume in docker.from_env().volumes.list(filters={"label": f"{PREFIX}.stack={stack}"})
    }


def remove_all_of(stack: str) -> None:
    """Remove every container and volume that a stack made; a command that was killed may have left Docker at it."""
    host = DockerEngine()
    for name in container_names(stack):
        host.remove_container(name)
    for name in volume_names(stack):
        host.client.api.remove_volume(name, force=True)


def build_image(tag: str, dockerfile: str) -> None:
    """Build an image from the development image with Docker's classic builder.

    Its cache is left aside: another test may have made what is in it, and remove it meanwhile.
    """
    subprocess.run(
        ["docker", "build", "-q", "--no-cache", "-t", tag, "-"],
        input=dockerfile.encode(),
        env={**os.environ, "DOCKER_BUILDKIT": "0"},
        check=True,
        capture_output=True,
    )


@contextlib.contextmanager
def derived_image(lines: str) -> Iterator[str]:
    """Make an image of the development image's meanwhile, with other lines below it; its reference.

    It is removed by its identifier: by its name, an image that a container has would only lose the name.
    """
    name = f"{unique_name('pack-registry-derived')}:1"
    build_image(name, f"FROM {DEVELOPMENT_IMAGE}\n{lines}\n")
    images = docker.from_env().images
    identifier = str(images.get(name).id)
    try:
        yield name
    finally:
        images.remove(identifier, force=True)
