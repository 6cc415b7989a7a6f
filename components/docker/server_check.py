"""Requests to a running container's server, and the end of its log."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi

from components.docker.addresses import reachable_address
from components.docker.container_state import ContainerState
from components.docker.context import DockerContext
from components.docker.engine import DockerEngine
from components.docker.plan import DockerPlan
from components.settings import TlsMode
from components.verification.probe import (
    Endpoint,
    Failure,
    Probe,
    TlsTrust,
    wait_for_certificate,
)

START_SECONDS = 60.0
"""Time for a server to answer after its start."""


def server_endpoint(engine: DockerEngine, plan: DockerPlan, trust: TlsTrust) -> Endpoint:
    """Return the server's own address, bypassing any proxy."""
    address = reachable_address(engine, plan.addresses[0])
    return Endpoint(plan.hostname, address, plan.port, tls_trust(plan, trust))


def tls_trust(plan: DockerPlan, trust: TlsTrust) -> TlsTrust | None:
    """Return how clients verify the server; None for plain HTTP."""
    return None if plan.tls_mode is TlsMode.OFF else trust


def run_checks(
    engine: DockerEngine, found: ContainerState, probe: Probe, passwords: Mapping[str, str]
) -> list[Failure]:
    """Check a server's health and catalog, and return the failures.

    :param found: the container that runs the server.
    :param passwords: password by username, for users with a known password.
    """
    unhealthy = probe.wait_for_health(START_SECONDS, lambda: is_running(engine, found.id))
    return [unhealthy] if unhealthy else probe.check_catalog(passwords)


def is_running(engine: DockerEngine, identifier: str) -> bool:
    """Return whether a container runs."""
    found = engine.container(identifier)
    return found is not None and found.status == "running"


def log_tail(engine: DockerEngine, found: ContainerState | None) -> list[str]:
    """Return the end of a container's log; empty if it can't be read."""
    if found is None:
        return []
    try:
        return engine.last_log_lines(found.id)
    except Exception:  # the log must not hide the failure that is reported
        return []


def presented_certificate(
    context: DockerContext, plan: DockerPlan, trust: pulumi.Output[TlsTrust], ready: list[Any]
) -> pulumi.Output[str]:
    """Return the certificate that the running server presents, in PEM; empty if there is none.

    :param ready: outputs that are known when the server runs.
    """

    async def read(values: list[Any]) -> str:
        if not context.features.checks:
            return ""
        endpoint = server_endpoint(context.engine, plan, values[0])
        seconds = 0.0 if pulumi.runtime.is_dry_run() else START_SECONDS
        return await asyncio.to_thread(wait_for_certificate, endpoint, seconds)

    # The server certificate is public, although the client key is secret.
    return pulumi.Output.unsecret(pulumi.Output.all(trust, *ready).apply(read))
