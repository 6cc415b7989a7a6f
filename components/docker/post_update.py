"""End of every update, with or without changes: verification and process limit.

If the registry fails its verification, the update fails, and so does every following update until
the registry is healthy.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from common.wait import wait_until
from components.docker.addresses import is_unreachable, reachable_address
from components.docker.container_state import ContainerState
from components.docker.engine import DockerEngine
from components.docker.errors import engine_errors
from components.docker.plan import DockerPlan
from components.docker.server_check import log_tail, run_checks, server_endpoint
from components.settings import ADMIN
from components.verification.diagnosis import VerificationError, suggest_fix
from components.verification.dns import dns_note
from components.verification.metrics import metrics_warning
from components.verification.probe import Failure, Probe
from components.verification.tls_client import TlsTrust
from components.verification.upload import check_upload

USERS_SECONDS = 10.0
"""Time for a running server to read changed users, before it is restarted."""

REFRESH = "Run the update with a refresh: `make up`, or `pulumi up --refresh`."


def finish_update(
    engine: DockerEngine, plan: DockerPlan, passwords: Mapping[str, str], trust: TlsTrust
) -> None:
    """Verify the registry, then set its process limit.

    :param passwords: password by username, for users with a known password.
    :param trust: the exported CA certificate, and a client certificate if the server requires one.
    :raises VerificationError: if the container does not run or the registry fails its checks.
    :raises UserError: if the engine returns an error.
    """
    with engine_errors(engine, "the verification of the registry"):
        _finish(engine, plan, passwords, trust)


def _finish(
    engine: DockerEngine, plan: DockerPlan, passwords: Mapping[str, str], trust: TlsTrust
) -> None:
    name = plan.container_name
    inspected = engine.container(name)
    if inspected and inspected.status == "paused":
        # An update was interrupted while it changed the credentials.
        engine.unpause(inspected.id)
        inspected = engine.container(name)
    found = _ensure_running(engine, plan, inspected)
    if plan.verify:
        _verify(engine, plan, found, passwords, trust)
    if found.pids_limit != plan.limits.pids:
        # Docker rejects updates of an exiting container. Verification has already reported its log.
        try:
            engine.limit_processes(found.id, plan.limits.pids)
        except Exception:
            _ensure_running(engine, plan, engine.container(name))
            raise


def _ensure_running(
    engine: DockerEngine, plan: DockerPlan, found: ContainerState | None
) -> ContainerState:
    """Return the container if it runs.

    A restarting container is accepted if verification follows, because that reports more detail.

    :raises VerificationError: if it does not run.
    """
    name = plan.container_name
    accepted = ("running", "restarting") if plan.verify else ("running",)
    if found and found.status in accepted:
        return found
    failures, log = [_not_running(name, found)], log_tail(engine, found)
    fix = REFRESH
    if found and found.status == "restarting":
        fix = suggest_fix(failures, log, plan.process.api, plan.location)
    raise VerificationError(_registry(name), failures, fix, log)


def _verify(
    engine: DockerEngine,
    plan: DockerPlan,
    found: ContainerState,
    passwords: Mapping[str, str],
    trust: TlsTrust,
) -> None:
    endpoint = server_endpoint(engine, plan, trust)
    probe = Probe(endpoint, plan.process.api)
    failures = run_checks(engine, found, probe, passwords)
    if plan.process.reads_users_once and _are_rejected_users(failures):

        def has_users() -> bool:
            failures[:] = run_checks(engine, found, probe, passwords)
            return not _are_rejected_users(failures)

        wait_until(has_users, USERS_SECONDS, interval=0.3)
    if _are_rejected_users(failures):
        pulumi.log.warn(
            "The server rejected new passwords, because it did not re-read the htpasswd file. It "
            "is being restarted, which interrupts its clients for a moment."
        )
        engine.restart_container(found.id)
        failures = run_checks(engine, found, probe, passwords)
    if not failures and ADMIN in passwords:
        failures = check_upload(probe, passwords[ADMIN], plan.endpoint)
    if failures:
        log = log_tail(engine, found)
        fix = suggest_fix(failures, log, probe.api, plan.location)
        raise VerificationError(_registry(plan.container_name), failures, fix, log)
    if note := dns_note(plan.hostname, endpoint.address):
        pulumi.log.info(note)
    if plan.process.metrics_port:
        check_metrics(engine, plan)


def check_metrics(engine: DockerEngine, plan: DockerPlan) -> None:
    """Warn if the server has no metrics. A loopback address is reached on its own host only."""
    bound, port = plan.metrics_address, plan.process.metrics_port
    if is_unreachable(engine, bound):
        pulumi.log.info(
            f"metrics.address {bound} can be reached only on the Docker host {engine.address}, so "
            "the metrics were not verified."
        )
        return
    address = reachable_address(engine, bound)
    host = f"[{address}]" if ":" in address else address
    if warning := metrics_warning(address, port, f"{host}:{port}"):
        pulumi.log.warn(warning)


def _are_rejected_users(failures: list[Failure]) -> bool:
    """Return whether the server rejects passwords, and nothing else fails."""
    return bool(failures) and all(each.status == 401 and each.user for each in failures)


def _registry(container: str) -> str:
    return f"The registry in the container {container}"


def _not_running(name: str, found: ContainerState | None) -> Failure:
    request = f"docker inspect {name}, expecting a running container"
    if found is None:
        return Failure(request, "no such container, because another program removed it")
    return Failure(request, f"status {found.status} (exit code {found.exit_code})")
