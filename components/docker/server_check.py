"""A container whose server is asked what clients would ask, and what is told of one that fails.

Left out on purpose: the questions themselves (``components/verification.py``).
"""

from __future__ import annotations

from collections.abc import Mapping

from components.docker.engine import ContainerState, DockerEngine
from components.verification.probe import Failure, Probe

START_SECONDS = 60.0
"""How long a server may take to answer."""


def run_checks(
    host: DockerEngine, found: ContainerState, probe: Probe, passwords: Mapping[str, str]
) -> list[Failure]:
    """What is wrong with a running server; nothing where it answers as it must."""

    def is_alive() -> bool:
        now = host.container(found.id)
        return now is not None and now.status == "running"

    unhealthy = probe.wait_for_health(START_SECONDS, is_alive)
    return [unhealthy] if unhealthy else probe.check_catalog(passwords)


def log_tail(host: DockerEngine, found: ContainerState | None) -> list[str]:
    """The end of a container's log, as far as it can be had."""
    if found is None:
        return []
    try:
        return host.last_log_lines(found.id)
    except Exception:  # the log is only an addition to the failure that is being told
        return []
