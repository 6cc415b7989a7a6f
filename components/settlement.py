"""The end of every update, changed or not.

The running container is brought in line with what the Docker provider can't set, and the registry is proven. An update whose registry does
not pass fails, and so does the next one until it is well.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.docker_host import ContainerState, DockerHost
from components.errors import ToldError
from components.model import Settings
from components.preflight import reachable_address
from components.verification import Failure, Probe, Target, Trust, name_note

START_SECONDS = 60.0
"""How long a server may take to answer."""


class VerificationError(ToldError):
    """The registry does not answer as it must: what was tried, what came back, what to do, and how the log ends."""

    def __init__(self, container: str, failures: list[Failure], advice: str, log: list[str]) -> None:
        """Put the sentences together."""
        lines = [f"The registry in the container {container} did not pass its verification."]
        for failure in failures[:5]:
            lines += [f"  tried: {failure.tried}", f"  came back: {failure.came_back}"]
        if len(failures) > 5:
            lines.append(f"  and {len(failures) - 5} more of the kind")
        lines.append(f"  what to do: {advice}")
        if log:
            lines += ["  last lines of the container's log:", *(f"    {line}" for line in log)]
        super().__init__("\n".join(lines))


def settle(host: DockerHost, settings: Settings, passwords: Mapping[str, str], trust: Trust) -> None:
    """Prove the registry, then set the limit of processes.

    :param passwords: password by user name, of all users whose password is known.
    :param trust: the exported CA certificate, and the client's own where the server asks for one.
    :raises VerificationError: where the container or the registry is not as it must be.
    """
    name = settings.container_name
    found = host.container(name)
    if found and found.status == "paused":  # an update was interrupted while it changed the credentials
        host.unpause(found.id)
        found = host.container(name)
    if found is None or found.status not in ("running", "restarting"):
        raise VerificationError(
            name, [_not_running(name, found)], "run the update with a refresh: `make up`, or `pulumi up --refresh`", _log(host, found)
        )
    if settings.verify:
        _verify(host, settings, found, passwords, trust)
    if found.pids_limit != settings.limits.pids:  # only now: Docker can't limit a container that is just ending, and its log says why it does
        host.limit_processes(found.id, settings.limits.pids)


def _verify(host: DockerHost, settings: Settings, found: ContainerState, passwords: Mapping[str, str], trust: Trust) -> None:
    target = verified_target(host, settings, trust)
    probe = Probe(target)
    failures = _checked(host, found, probe, passwords)
    if failures and all(failure.status == 401 and failure.user for failure in failures):
        pulumi.log.warn(
            "The server refused new passwords: it did not re-read the htpasswd file. It is restarted, which interrupts its clients for a moment."
        )
        host.restart_container(found.id)
        failures = _checked(host, found, probe, passwords)
    if failures:
        log = _log(host, found)
        raise VerificationError(settings.container_name, failures, _advice(failures, log), log)
    if note := name_note(settings.hostname, target.address):
        pulumi.log.info(note)


def verified_target(host: DockerHost, settings: Settings, trust: Trust) -> Target:
    """The server itself, as it is reached from here; what stands in front of it is left aside."""
    address = reachable_address(host, settings.bind_address)
    return Target(settings.hostname, address, settings.published_port, trust if settings.https else None)


def _checked(host: DockerHost, found: ContainerState, probe: Probe, passwords: Mapping[str, str]) -> list[Failure]:
    def is_alive() -> bool:
        now = host.container(found.id)
        return now is not None and now.status == "running"

    unhealthy = probe.wait_for_health(START_SECONDS, is_alive)
    return [unhealthy] if unhealthy else probe.check_catalog(passwords)


def _not_running(name: str, found: ContainerState | None) -> Failure:
    tried = f"docker inspect {name}, expecting a running container"
    if found is None:
        return Failure(tried, "there is no such container; it was removed by other means than this program")
    return Failure(tried, f"its status is {found.status} (exit code {found.exit_code})")


def _log(host: DockerHost, found: ContainerState | None) -> list[str]:
    if found is None:
        return []
    try:
        return host.last_log_lines(found.id)
    except Exception:  # the log is only an addition to the failure that is being told
        return []


def _advice(failures: list[Failure], log: list[str]) -> str:
    """What mends the failure at hand, as far as it can be told from here: the first of the likely causes that fits."""
    text = " ".join([*log, *(failure.came_back for failure in failures)]).lower()
    causes = {
        "the server may not read or write one of its files: where its image does not run as root, set server.privateKeyMode to 0444 "
        "and give it the data directory": "permission denied" in text,
        "the server wants to write outside /data and /tmp: set server.readOnlyRoot to false": "read-only file system" in text,
        "something else than this registry answers on that port, or its certificate is not valid now: check the port and this machine's clock, "
        "then update again": "certificate verify failed" in text or "doesn't match" in text,
        "the server refuses a password that it was given: compare its log, then change rotation for new passwords": any(
            failure.user and failure.status == 401 for failure in failures
        ),
        "the server does not know the pack registry's routes: check that image is a spectro-registry": any(
            failure.status == 404 for failure in failures
        ),
        "the server lets in who has no right to: check that image is a spectro-registry and that no proxy answers in its place": any(
            failure.status == 200 for failure in failures
        ),
        "read the log below and the settings named in it, then update again; `docker logs` shows all of it": bool(log),
    }
    return next(
        (advice for advice, fits in causes.items() if fits), "the server's log is empty; check that image is a spectro-registry, then update again"
    )
