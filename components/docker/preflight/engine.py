"""Preflight check of the engine: connection, version and size of its host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.docker.engine import DockerEngine

MIN_API_VERSION = (1, 41)
"""Docker Engine 20.10, the oldest version that the program is tested with."""

MIN_CPUS = 1
MIN_MEMORY = 1_800_000_000
"""Bytes. Palette's guide requires 2 GB. A machine of that size reports less, because its kernel
reserves a part."""


def unreachable_problem(engine: DockerEngine, error: Exception) -> str:
    """Describe why an engine can't be reached."""
    reason = " ".join(str(error).split())
    if "Permission denied" in reason or "PermissionError" in reason:
        return (
            f"This user has no permission to use Docker at {engine.url}. Add the user to its group "
            "with `sudo usermod -aG docker $USER`, and log in again."
        )
    problem = f"Docker can't be reached at {engine.url}: {reason}."
    if engine.is_local:
        fix = "Start it with `sudo systemctl start docker`, or set dockerHost or DOCKER_HOST."
    else:
        fix = f"Check dockerHost or DOCKER_HOST, and run `docker -H {engine.url} info`."
    return f"{problem} {fix}"


def engine_problems(info: Mapping[str, Any], cpus: float) -> Iterator[str]:
    """Check version, operating system and size of a host.

    :param info: the output of `docker info`, with ``ApiVersion``.
    :param cpus: the CPU limit of the container.
    """
    version = tuple(int(part) for part in str(info["ApiVersion"]).split("."))
    if version < MIN_API_VERSION:
        yield (
            f"Docker {info.get('ServerVersion')} is too old. Install Docker Engine 20.10 or newer."
        )
    if info.get("OSType", "linux") != "linux":
        yield f"Docker runs {info['OSType']} containers. The registry needs Linux containers."
    if info["NCPU"] < MIN_CPUS or info["MemTotal"] < MIN_MEMORY:
        yield (
            f"The host has {info['NCPU']} CPU and {info['MemTotal'] / 1e9:.1f} GB of memory. "
            "The registry needs at least 1 CPU and 2 GB."
        )
    if cpus > info["NCPU"]:
        yield (
            f"limits.cpus: {cpus:g} is more than the host has. Must be from 0.1 to {info['NCPU']}."
        )
