"""Requests to a running container's server, and the end of its log."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import pulumi

from common.labels import TLS_LABEL
from components.docker.addresses import reachable_address
from components.docker.container_state import ContainerState
from components.docker.context import DockerContext
from components.docker.engine import DockerEngine
from components.docker.plan import DockerPlan
from components.settings import TlsMode
from components.verification.probe import Failure, Probe, RegistryApi, wait_for_tls
from components.verification.tls_client import Endpoint, TlsTrust, wait_for_certificate
from components.verification.upload import check_roles

READ_LINES, SHOWN_LINES = 200, 15
_STACK_TRACE = re.compile(r"goroutine \d+ .*\[")

START_SECONDS = 60.0
"""Time for a server to answer after its start."""

ANSWER_SECONDS = 2.0
NO_API = RegistryApi("", 0, "", (), "", "")


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
    if unhealthy:
        return [unhealthy]
    return probe.check_catalog(passwords) or check_roles(probe, passwords)


def watch(
    engine: DockerEngine, found: ContainerState, probe: Probe, seconds: float
) -> list[Failure]:
    """Check that a responding server stays healthy, and return the failures.

    :param seconds: time after which the server's own checks of its health have taken effect.
    """
    failures = probe.watch_health(seconds)
    if not failures and not is_running(engine, found.id):
        failures.append(Failure(f"docker inspect {found.name}", "the server ended"))
    return failures


def is_running(engine: DockerEngine, identifier: str) -> bool:
    """Return whether a container runs."""
    found = engine.container(identifier)
    return found is not None and found.status == "running"


def answers(engine: DockerEngine, found: ContainerState) -> bool:
    """Return whether a server answers at its port, in whatever way."""
    if found.status != "running" or not found.served:
        return False
    address, port = min(found.served)
    reached, is_alive = reachable_address(engine, address), lambda: is_running(engine, found.id)
    if found.labels.get(TLS_LABEL) != TlsMode.OFF:
        endpoint = Endpoint("", reached, port, TlsTrust())
        return wait_for_tls(endpoint, ANSWER_SECONDS, is_alive) is None
    failure = Probe(Endpoint(reached, reached, port, None), NO_API).expect("/", 200)
    return failure is None or failure.status is not None


def log_tail(engine: DockerEngine, found: ContainerState | None) -> list[str]:
    """Return the end of a container's log; empty if it can't be read.

    If a server written in Go panics, its stack trace follows the reason. The trace is left out.
    """
    if found is None:
        return []
    try:
        lines = engine.last_log_lines(found.id, READ_LINES)
    except Exception:  # the log must not hide the failure that is reported
        return []
    traces = (index for index, line in enumerate(lines) if _STACK_TRACE.match(line))
    return [line for line in lines[: next(traces, None)] if line.strip()][-SHOWN_LINES:]


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
