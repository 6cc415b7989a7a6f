"""Smoke test of a new image, before an update changes the running server.

The new image is started next to the old one with the new settings, users and certificate, a
read-only view of the packs, and a port that Docker chooses. It is verified like the server at the
end of an update, and removed. If it fails, the update fails, and the old server keeps running with
its passwords and certificate.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi

from common.errors import UserError
from common.labels import Owner
from components.docker import names
from components.docker.addresses import reachable_address
from components.docker.candidate import CandidateInputs, candidate_address, start_candidate
from components.docker.context import DockerContext
from components.docker.engine import DockerEngine
from components.docker.errors import describe_error, engine_errors
from components.docker.orphans import remove_orphan
from components.docker.plan import DockerPlan
from components.docker.server_check import log_tail, run_checks, tls_trust
from components.servers.process import ServerInputs
from components.storage.location import FILESYSTEM_KINDS
from components.verification.diagnosis import VerificationError, suggest_fix
from components.verification.probe import Endpoint, Probe, TlsTrust

UNCHANGED = "The running server was not changed. Set image back, or fix the new image. "


def tested_image(
    context: DockerContext,
    plan: DockerPlan,
    image_id: pulumi.Output[str],
    inputs: ServerInputs,
    mount_sources: list[pulumi.Input[str]],
) -> pulumi.Output[str]:
    """Return the image ID, after its smoke test if one is required.

    Without a smoke test, the ID depends on nothing else. In a preview, the image may not be on the
    host yet.

    :param mount_sources: the source of the packs if they are mounted, then the other sources.
    """
    has_data_mount = plan.location.kind in FILESYSTEM_KINDS

    async def is_required(resolved: str) -> bool:
        return context.checks_now and await asyncio.to_thread(
            needs_smoke_test, context.engine, plan, resolved
        )

    async def test(resolved: list[Any]) -> str:
        image, files, passwords, trust, sources = resolved
        candidate = CandidateInputs(image, files, sources[0] if has_data_mount else "")
        await asyncio.to_thread(smoke_test_image, context, plan, candidate, passwords, trust)
        return str(image)

    all_files = {name: file for group in inputs.files.values() for name, file in group.items()}
    # Wait for the volumes. Otherwise Docker creates them with default options.
    needed = (all_files, inputs.passwords, inputs.trust, mount_sources)

    def test_if_required(resolved: list[Any]) -> pulumi.Input[str]:
        image, required = resolved
        return pulumi.Output.all(image, *needed).apply(test) if required else str(image)

    required: pulumi.Output[bool] = image_id.apply(is_required)
    return pulumi.Output.unsecret(pulumi.Output.all(image_id, required).apply(test_if_required))


def needs_smoke_test(engine: DockerEngine, plan: DockerPlan, image_id: str) -> bool:
    """Return whether an image replaces another one that runs.

    :raises UserError: if the engine returns an error.
    """
    with engine_errors(engine, "the inspection of the running server"):
        running = engine.container(plan.container_name)
    # An update that was interrupted while it changed the credentials leaves the server paused.
    return (
        plan.verify
        and running is not None
        and running.status in ("running", "paused")
        and running.image != image_id
    )


def smoke_test_image(
    context: DockerContext,
    plan: DockerPlan,
    candidate: CandidateInputs,
    passwords: Mapping[str, str],
    trust: TlsTrust,
) -> None:
    """Run a new image and verify it, then remove its container.

    :param passwords: password by username, for users with a known password.
    :raises UserError: if the image can't be started, or the engine returns an error.
    :raises VerificationError: if the image fails its verification.
    """
    engine, owner = context.engine, context.owner
    with engine_errors(engine, "the smoke test of the new image"):
        server = engine.container(plan.container_name)
        if server and server.status == "paused":
            # If the image fails, nothing else resumes the server.
            engine.unpause(server.id)
        # A killed update may have left a candidate. The preflight checked its owner.
        remove_orphan(engine, names.candidate(plan.container_name), owner)
        try:
            _verify(engine, plan, _start(engine, plan, owner, candidate), passwords, trust)
        finally:
            remove_orphan(engine, names.candidate(plan.container_name), owner)


def _start(engine: DockerEngine, plan: DockerPlan, owner: Owner, candidate: CandidateInputs) -> str:
    """Start the container of a smoke test, and return its ID.

    :raises UserError: if Docker does not start it.
    """
    try:
        return start_candidate(engine, plan, owner, candidate)
    except Exception as error:  # docker-py, sockets and ssh have no common error class
        raise UserError(
            f"The new image {plan.image.reference} can't be started next to the running server: "
            f"{describe_error(error)}. The running server was not changed."
        ) from None


def _verify(
    engine: DockerEngine,
    plan: DockerPlan,
    identifier: str,
    passwords: Mapping[str, str],
    trust: TlsTrust,
) -> None:
    address = reachable_address(engine, candidate_address(engine, plan))
    port = engine.published_port(identifier)
    endpoint = Endpoint(plan.hostname, address, port, tls_trust(plan, trust))
    found = engine.container(identifier)
    probe = Probe(endpoint, plan.process.api)
    failures = run_checks(engine, found, probe, passwords) if found else []
    if failures:
        log = log_tail(engine, found)
        fix = UNCHANGED + suggest_fix(failures, log, probe.api, plan.location)
        raise VerificationError(f"The new image {plan.image.reference}", failures, fix, log)
