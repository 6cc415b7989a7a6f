"""The gate that a new image must pass before anything of the running server is touched.

The new image is started beside the old one as it is to run: with the new settings, users and certificate, which it alone gets for the time
being, a read-only view of the packs, and a port that nobody knows. It is verified as the server is at the end of an update, and removed. Where
it fails, the update fails; the old server was never stopped, and its passwords and certificate are what they were.

Left out on purpose: how it is run (``components/candidate.py``) and what a verification asks (``components/verification.py``).
"""

from __future__ import annotations

from collections.abc import Mapping

from components.candidate import candidate_address, start_candidate
from components.docker_host import DockerHost, clear_orphan, failures_told, said_by_docker
from components.errors import ToldError
from components.model import Settings
from components.ownership import Owner
from components.preflight import candidate_name, reachable_address
from components.proof import VerificationError, advice, checked, log_of
from components.verification import APIS, Probe, Target, Trust

UNTOUCHED = "the server that runs was not touched; set image back, or mend the new one: "


def is_due(host: DockerHost, settings: Settings, image_id: str) -> bool:
    """Whether an image is to take the place of another one that runs, and is to be proven.

    :param image_id: the image's own id, as Docker tells it of a container.
    :raises ToldError: where the Docker host fails.
    """
    with failures_told(host, "it was looked at"):
        running = host.container(settings.container_name)
    # It is paused where an update was interrupted while it changed the credentials.
    return settings.verify and running is not None and running.status in ("running", "paused") and running.image != image_id


def pass_gate(
    host: DockerHost,
    settings: Settings,
    owner: Owner,
    image_id: str,
    files: Mapping[str, tuple[str, str]],
    passwords: Mapping[str, str],
    trust: Trust,
    stored: str,
) -> None:
    """Prove a new image; nothing of the attempt is left.

    :param files: content and mode of the server's files, by name.
    :param passwords: password by user name, of all users whose password is known.
    :param stored: the volume or the host's directory that holds the packs, which is there; empty where neither does.
    :raises ToldError: where the new image can't be started, or the Docker host fails meanwhile.
    :raises VerificationError: where it does not pass.
    """
    name = candidate_name(settings)
    with failures_told(host, "the new image was tried on it"):
        server = host.container(settings.container_name)
        if server and server.status == "paused":  # nobody else lets it go on where the new image does not pass
            host.unpause(server.id)
        clear_orphan(host, name, owner)  # that an update left which was killed; the preflight has seen that it is nobody else's
        try:
            identifier = _started(host, settings, owner, name, image_id, files, stored)
            address = reachable_address(host, candidate_address(host, settings))
            target = Target(settings.hostname, address, host.published_port(identifier), trust if settings.https else None)
            found = host.container(identifier)
            probe = Probe(target, APIS[settings.flavor])
            failures = checked(host, found, probe, passwords) if found else []
            if failures:
                log = log_of(host, found)
                raise VerificationError(f"The new image {settings.server_image}", failures, UNTOUCHED + advice(failures, log, probe.api), log)
        finally:
            clear_orphan(host, name, owner)


def _started(host: DockerHost, settings: Settings, owner: Owner, name: str, image_id: str, files: Mapping[str, tuple[str, str]], stored: str) -> str:
    """The id of the candidate.

    :raises ToldError: where Docker does not start it.
    """
    try:
        return start_candidate(host, settings, owner, name, image_id, files, stored)
    except Exception as error:  # the library's, the socket's and ssh's errors have no common base
        raise ToldError(
            f"The new image {settings.server_image} could not be started beside the server that runs ({said_by_docker(error)}); "
            "that one was not touched."
        ) from None
