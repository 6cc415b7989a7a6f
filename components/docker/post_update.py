"""The end of every update, changed or not.

The running container is brought in line with what the Docker provider can't set, and the registry is proven. An update whose registry does
not pass fails, and so does the next one until it is well.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.docker.addresses import reachable_address
from components.docker.engine import ContainerState, DockerEngine
from components.docker.errors import engine_errors
from components.docker.server_check import log_tail, run_checks
from components.servers.distribution.routes import REGISTRY_APIS
from components.settings import Settings
from components.verification.diagnosis import VerificationError, suggest_fix
from components.verification.dns import dns_note
from components.verification.probe import Endpoint, Failure, Probe, TlsTrust


def finish_update(
    host: DockerEngine, settings: Settings, passwords: Mapping[str, str], trust: TlsTrust
) -> None:
    """Prove the registry, then set the limit of processes.

    :param passwords: password by user name, of all users whose password is known.
    :param trust: the exported CA certificate, and the client's own where the server asks for one.
    :raises VerificationError: where the container or the registry is not as it must be.
    :raises UserError: where the Docker host fails meanwhile.
    """
    with engine_errors(host, "the registry was verified on it"):
        _settle(host, settings, passwords, trust)


def _settle(
    host: DockerEngine, settings: Settings, passwords: Mapping[str, str], trust: TlsTrust
) -> None:
    name = settings.container_name
    looked_at = host.container(name)
    if (
        looked_at and looked_at.status == "paused"
    ):  # an update was interrupted while it changed the credentials
        host.unpause(looked_at.id)
        looked_at = host.container(name)
    found = _running(host, settings, looked_at)
    if settings.verify:
        _verify(host, settings, found, passwords, trust)
    if (
        found.pids_limit != settings.limits.pids
    ):  # only now: Docker can't limit a container that is just ending, and its log says why it does
        try:
            host.limit_processes(found.id, settings.limits.pids)
        except Exception:
            _running(host, settings, host.container(name))
            raise


def _running(
    host: DockerEngine, settings: Settings, found: ContainerState | None
) -> ContainerState:
    """The server's container, seen to run; where it is to be verified it may restart, for the proof tells more of such a one.

    :raises VerificationError: where it does not.
    """
    name = settings.container_name
    accepted = ("running", "restarting") if settings.verify else ("running",)
    if found and found.status in accepted:
        return found
    failures, log = [_not_running(name, found)], log_tail(host, found)
    mend = "run the update with a refresh: `make up`, or `pulumi up --refresh`"
    if found and found.status == "restarting":
        mend = suggest_fix(failures, log, REGISTRY_APIS[settings.flavor])
    raise VerificationError(_registry(name), failures, mend, log)


def _verify(
    host: DockerEngine,
    settings: Settings,
    found: ContainerState,
    passwords: Mapping[str, str],
    trust: TlsTrust,
) -> None:
    target = verified_target(host, settings, trust)
    probe = Probe(target, REGISTRY_APIS[settings.flavor])
    failures = run_checks(host, found, probe, passwords)
    if failures and all(failure.status == 401 and failure.user for failure in failures):
        pulumi.log.warn(
            "The server refused new passwords: it did not re-read the htpasswd file. It is restarted, which interrupts its clients for a moment."
        )
        host.restart_container(found.id)
        failures = run_checks(host, found, probe, passwords)
    if failures:
        log = log_tail(host, found)
        raise VerificationError(
            _registry(settings.container_name), failures, suggest_fix(failures, log, probe.api), log
        )
    if note := dns_note(settings.hostname, target.address):
        pulumi.log.info(note)


def verified_target(host: DockerEngine, settings: Settings, trust: TlsTrust) -> Endpoint:
    """The server itself, as it is reached from here; what stands in front of it is left aside."""
    address = reachable_address(host, settings.bind_address)
    return Endpoint(
        settings.hostname, address, settings.published_port, trust if settings.https else None
    )


def _registry(container: str) -> str:
    return f"The registry in the container {container}"


def _not_running(name: str, found: ContainerState | None) -> Failure:
    tried = f"docker inspect {name}, expecting a running container"
    if found is None:
        return Failure(
            tried, "there is no such container; it was removed by other means than this program"
        )
    return Failure(tried, f"its status is {found.status} (exit code {found.exit_code})")
