"""The gate that a new image must pass before anything of the running server is touched.

The new image is started beside the old one as it is to run: with the new settings, users and certificate, which it alone gets for the time
being, a read-only view of the packs, and a port that nobody knows. It is verified as the server is at the end of an update, and removed. Where
it fails, the update fails; the old server was never stopped, and its passwords and certificate are what they were.

Left out on purpose: how it is run (``components/candidate.py``) and what a verification asks (``components/verification.py``).
"""

from __future__ import annotations

from collections.abc import Mapping

from common.errors import UserError
from common.labels import Owner
from components.docker.addresses import reachable_address
from components.docker.candidate import candidate_address, start_test_container
from components.docker.engine import DockerEngine
from components.docker.errors import describe_error, engine_errors
from components.docker.names import candidate_name
from components.docker.orphans import remove_orphan
from components.docker.server_check import log_tail, run_checks
from components.servers.distribution.routes import REGISTRY_APIS
from components.settings import Settings
from components.verification.diagnosis import VerificationError, suggest_fix
from components.verification.probe import Endpoint, Probe, TlsTrust

UNTOUCHED = "the server that runs was not touched; set image back, or mend the new one: "


def needs_smoke_test(host: DockerEngine, settings: Settings, image_id: str) -> bool:
    """Whether an image is to take the place of another one that runs, and is to be proven.

    :param image_id: the image's own id, as Docker tells it of a container.
    :raises UserError: where the Docker host fails.
    """
    with engine_errors(host, "it was looked at"):
        running = host.container(settings.container_name)
    # It is paused where an update was interrupted while it changed the credentials.
    return (
        settings.verify
        and running is not None
        and running.status in ("running", "paused")
        and running.image != image_id
    )


def smoke_test_image(
    host: DockerEngine,
    settings: Settings,
    owner: Owner,
    image_id: str,
    files: Mapping[str, tuple[str, str]],
    passwords: Mapping[str, str],
    trust: TlsTrust,
    stored: str,
) -> None:
    """Prove a new image; nothing of the attempt is left.

    :param files: content and mode of the server's files, by name.
    :param passwords: password by user name, of all users whose password is known.
    :param stored: the volume or the host's directory that holds the packs, which is there; empty where neither does.
    :raises UserError: where the new image can't be started, or the Docker host fails meanwhile.
    :raises VerificationError: where it does not pass.
    """
    name = candidate_name(settings)
    with engine_errors(host, "the new image was tried on it"):
        server = host.container(settings.container_name)
        if (
            server and server.status == "paused"
        ):  # nobody else lets it go on where the new image does not pass
            host.unpause(server.id)
        remove_orphan(
            host, name, owner
        )  # that an update left which was killed; the preflight has seen that it is nobody else's
        try:
            identifier = _started(host, settings, owner, name, image_id, files, stored)
            address = reachable_address(host, candidate_address(host, settings))
            target = Endpoint(
                settings.hostname,
                address,
                host.published_port(identifier),
                trust if settings.https else None,
            )
            found = host.container(identifier)
            probe = Probe(target, REGISTRY_APIS[settings.flavor])
            failures = run_checks(host, found, probe, passwords) if found else []
            if failures:
                log = log_tail(host, found)
                raise VerificationError(
                    f"The new image {settings.server_image}",
                    failures,
                    UNTOUCHED + suggest_fix(failures, log, probe.api),
                    log,
                )
        finally:
            remove_orphan(host, name, owner)


def _started(
    host: DockerEngine,
    settings: Settings,
    owner: Owner,
    name: str,
    image_id: str,
    files: Mapping[str, tuple[str, str]],
    stored: str,
) -> str:
    """The id of the candidate.

    :raises UserError: where Docker does not start it.
    """
    try:
        return start_test_container(host, settings, owner, name, image_id, files, stored)
    except Exception as error:  # the library's, the socket's and ssh's errors have no common base
        raise UserError(
            f"The new image {settings.server_image} could not be started beside the server that runs ({describe_error(error)}); "
            "that one was not touched."
        ) from None
