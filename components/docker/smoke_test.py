"""Smoke test of a changed server, before an update replaces or changes the running one.

The server is started next to the running one with the new image, settings, users and certificate, a
read-only view of the packs, and a port that Docker chooses. It is verified like the server at the
end of an update, and removed. If it fails, the update fails, and the running server keeps its
passwords and certificate.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi

from common.errors import UserError
from components.docker import names
from components.docker.addresses import reachable_address
from components.docker.candidate import (
    CandidateInputs,
    candidate_address,
    has_certificate,
    start_candidate,
)
from components.docker.container_state import ContainerState
from components.docker.context import DockerContext
from components.docker.engine import DockerEngine
from components.docker.errors import describe_error, engine_errors
from components.docker.orphans import remove_orphan
from components.docker.packs_in_bucket import unreadable_packs
from components.docker.plan import DockerPlan
from components.docker.server_check import (
    START_SECONDS,
    answers,
    is_running,
    log_tail,
    run_checks,
    tls_trust,
    watch,
)
from components.docker.server_version import ANSWERING_STATES, ServerVersion
from components.servers.inputs import ServerInputs
from components.storage.location import FILESYSTEM_KINDS
from components.verification.diagnosis import VerificationError, suggest_fix
from components.verification.probe import Failure, Probe, wait_for_tls
from components.verification.tls_client import Endpoint, TlsTrust


def tested_image(
    context: DockerContext,
    plan: DockerPlan,
    version: pulumi.Output[ServerVersion],
    inputs: ServerInputs,
    user: pulumi.Input[str],
    mount_sources: list[pulumi.Input[str]],
) -> pulumi.Output[str]:
    """Return the image ID, after the smoke test if one is required.

    Everything that changes the running server waits for it. In a preview, the image may not be on
    the host yet.

    :param version: the server that the update runs.
    :param user: user and group of the server; empty for its image's.
    :param mount_sources: the source of the packs if they are mounted, then the other sources.
    """
    has_data_mount = plan.location.kind in FILESYSTEM_KINDS

    async def find_subject(declared: ServerVersion) -> str:
        if not context.checks_now:
            return ""
        return await asyncio.to_thread(smoke_test_subject, context, plan, declared)

    async def test(resolved: list[Any]) -> str:
        declared, subject, files, passwords, trust, server_user, sources = resolved
        data_source = sources[0] if has_data_mount else ""
        candidate = CandidateInputs(
            subject, declared.image_id, files, data_source, server_user, tries_addresses=True
        )
        await asyncio.to_thread(run_smoke_test, context, plan, candidate, passwords, trust)
        return str(declared.image_id)

    groups = inputs.files.test_groups.values()
    all_files = {name: file for group in groups for name, file in group.items()}
    # Wait for the volumes. Otherwise Docker creates them with default options.
    needed = (all_files, inputs.passwords, inputs.trust, user, mount_sources)

    def test_if_required(resolved: list[Any]) -> pulumi.Input[str]:
        declared, subject = resolved
        if not subject:
            return str(declared.image_id)
        return pulumi.Output.all(declared, subject, *needed).apply(test)

    subject: pulumi.Output[str] = version.apply(find_subject)
    return pulumi.Output.unsecret(pulumi.Output.all(version, subject).apply(test_if_required))


def smoke_test_subject(context: DockerContext, plan: DockerPlan, declared: ServerVersion) -> str:
    """Return what an update changes in a server that runs, as the start of a sentence.

    :returns: an empty string if no smoke test is required.
    :raises UserError: if the engine returns an error.
    """
    with engine_errors(context.engine, "the inspection of the running server"):
        server = context.engine.container(plan.container_name)
    # An update that was interrupted while it changed the credentials leaves the server paused.
    if not plan.verify or server is None or server.status not in ANSWERING_STATES:
        return ""
    running = ServerVersion.of(server)
    if running == declared or _keeps_crashing(context.engine, server):
        return ""
    if running.image_id != declared.image_id:
        return f"The new image {plan.image.reference}"
    if running.fingerprint != declared.fingerprint:
        return "The server with the new certificate"
    return "The server with the new settings"


def _keeps_crashing(engine: DockerEngine, server: ContainerState) -> bool:
    """Return whether a server that Docker keeps starting again does not answer.

    Between its crashes, Docker shows it as running for a moment.
    """
    with engine_errors(engine, "the inspection of the running server"):
        return server.status == "running" and server.restarts > 0 and not answers(engine, server)


def run_smoke_test(
    context: DockerContext,
    plan: DockerPlan,
    candidate: CandidateInputs,
    passwords: Mapping[str, str],
    trust: TlsTrust,
) -> None:
    """Run a changed server and verify it, then remove its container.

    :param passwords: password by username, for users with a known password.
    :raises UserError: if the server can't be started, or the engine returns an error.
    :raises VerificationError: if it fails its verification.
    """
    engine, owner = context.engine, context.owner
    with engine_errors(engine, "the smoke test of the changed server"):
        running = engine.container(plan.container_name)
        if running and running.status == "paused":
            # If the smoke test fails, nothing else resumes the server.
            engine.unpause(running.id)
        # A killed update may have left a candidate. The preflight checked its owner.
        remove_orphan(engine, names.candidate(plan.container_name), owner)
        try:
            identifier = _start(context, plan, candidate, running)
            probe = _probe(engine, plan, identifier, trust)
            failures, log = _verify(engine, plan, identifier, probe, passwords)
            problem = (
                "" if failures else unreadable_packs(engine, plan, running, probe, passwords, trust)
            )
        finally:
            remove_orphan(engine, names.candidate(plan.container_name), owner)
        if failures:
            fix = suggest_fix(failures, log, plan.process.api, plan.location)
            state = _state_of(engine, running)
            raise VerificationError(
                candidate.subject, failures, f"{state} {_undo(candidate.subject)} {fix}", log
            )
        if problem:
            raise UserError(f"{problem} {_state_of(engine, running)}")


def _start(
    context: DockerContext,
    plan: DockerPlan,
    candidate: CandidateInputs,
    running: ContainerState | None,
) -> str:
    """Start the container of a smoke test, and return its ID.

    :raises UserError: if Docker does not start it.
    """
    try:
        return start_candidate(context.engine, plan, context.owner, candidate)
    except Exception as error:  # docker-py, sockets and ssh have no common error class
        raise UserError(
            f"{candidate.subject} can't be started next to the running server: "
            f"{describe_error(error)}. {_state_of(context.engine, running)}"
        ) from None


def _probe(engine: DockerEngine, plan: DockerPlan, identifier: str, trust: TlsTrust) -> Probe:
    """Return requests to the server of a test container."""
    address = reachable_address(engine, candidate_address(engine, plan))
    port = engine.published_port(identifier, plan.process.port)
    return Probe(Endpoint(plan.hostname, address, port, tls_trust(plan, trust)), plan.process.api)


def _verify(
    engine: DockerEngine,
    plan: DockerPlan,
    identifier: str,
    probe: Probe,
    passwords: Mapping[str, str],
) -> tuple[list[Failure], list[str]]:
    """Return the failures of a server, and then the end of its log."""
    found = engine.container(identifier)
    if found is None:
        return [], []
    if plan.acme_volume and not has_certificate(engine, plan, identifier):
        # A request for the hostname would make the server request a certificate, in vain: the ACME
        # server connects to the running one.
        failure = wait_for_tls(
            probe.endpoint, START_SECONDS, lambda: is_running(engine, identifier)
        )
        failures = [failure] if failure else []
    else:
        failures = run_checks(engine, found, probe, passwords)
        failures = failures or probe.check_reading(passwords)
        failures = failures or watch(engine, found, probe, plan.process.settling_seconds)
    return failures, log_tail(engine, found) if failures else []


def _state_of(engine: DockerEngine, server: ContainerState | None) -> str:
    """Return a sentence about the server that ran when the smoke test began."""
    found = engine.container(server.id) if server else None
    if found and found.status in ANSWERING_STATES:
        return "The running server was not changed: it keeps its certificate and its passwords."
    status = found.status if found else "removed"
    return f"The previous server no longer runs (status {status})."


def _undo(subject: str) -> str:
    if "image" in subject:
        return "Set image back, or fix the new image."
    return "Undo the change of the settings, or correct it."
