"""Docker in tests: requirements, unique names and ports, inspection, and removal."""

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
    """Say why tests that need Docker can't run; None if they can."""
    try:
        docker.from_env().images.get(DEVELOPMENT_IMAGE)
    except docker.errors.ImageNotFound:
        return f"the image {DEVELOPMENT_IMAGE} is missing (`make dev-image` builds it)"
    except Exception as error:  # the library's and the socket's errors have no common base
        return f"Docker does not answer ({' '.join(str(error).split())})"
    return None


def skip_or_fail(reason: str | None, variable: str) -> None:
    """Skip the test if there is a reason; fail instead if the variable requires the tool."""
    if reason is None:
        return
    if os.environ.get(variable) == "1":
        pytest.fail(f"{variable}=1 is set, but {reason}", pytrace=False)
    pytest.skip(reason)


def unique_name(kind: str) -> str:
    """Return a name that no other test uses."""
    return f"{kind}-{uuid.uuid4().hex[:8]}"


PORTS = range(20000, 30000)
"""Below the ephemeral ports (from 32768 on Linux, from 49152 in RFC 6335), which outgoing
connections use."""


def free_port() -> int:
    """Return a port of this machine that is free, and that no other test gets.

    All processes take the next number from a shared file.
    """
    while True:
        port = _next_port(Path(tempfile.gettempdir()) / f"pack-registry-test-ports-{os.getuid()}")
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("", port))
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
    """Return the address at which containers reach this machine."""
    bridge = docker.from_env().api.inspect_network("bridge")["Options"][
        "com.docker.network.bridge.name"
    ]
    return next(
        address.address
        for address in psutil.net_if_addrs()[bridge]
        if address.family is socket.AF_INET
    )


def inspect(container: str) -> dict[str, Any]:
    """Return the `docker inspect` of a container."""
    return dict(docker.from_env().api.inspect_container(container))


def container_names(stack: str) -> set[str]:
    """Return the names of all containers of a stack, running or not."""
    found = docker.from_env().api.containers(all=True, filters={"label": f"{PREFIX}.stack={stack}"})
    return {name.lstrip("/") for container in found for name in container["Names"]}


def volume_names(stack: str) -> set[str]:
    """Return the names of all volumes of a stack."""
    return {
        volume.name
        for volume in docker.from_env().volumes.list(filters={"label": f"{PREFIX}.stack={stack}"})
    }


def remove_all_of(stack: str) -> None:
    """Remove all containers and volumes of a stack.

    After a killed command, Docker may still be creating one.
    """
    host = DockerEngine()
    for name in container_names(stack):
        host.remove_container(name)
    for name in volume_names(stack):
        host.client.api.remove_volume(name, force=True)


def build_image(tag: str, dockerfile: str) -> None:
    """Build an image from a Dockerfile with Docker's classic builder.

    It does not use the cache, because another test may remove cached images at the same time.
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
    """Build an image with further Dockerfile lines on top of the development image.

    Yields its reference and removes it by ID. Removal by name would only untag an image in use.
    """
    name = f"{unique_name('pack-registry-derived')}:1"
    build_image(name, f"FROM {DEVELOPMENT_IMAGE}\n{lines}\n")
    images = docker.from_env().images
    identifier = str(images.get(name).id)
    try:
        yield name
    finally:
        images.remove(identifier, force=True)
