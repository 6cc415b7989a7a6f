"""What clients have to trust: kept on the Docker host beside what was made, since nothing is recorded elsewhere, and read back from there."""

from __future__ import annotations

from cli.console import CommandError
from cli.docker import engine_errors_reported
from cli.remains import Remains, remains
from cli.stack import make
from common.labels import TLS_LABEL
from components.docker.archive import make_tar, read_files
from components.docker.engine import DockerEngine
from components.servers.process import FileGroup
from components.settings import TlsMode
from trial.removal import owner
from trial.resources import TrialError

CA_FILE = "ca.crt"
"""In the writer's own files, where it is in no server's way; it goes when that is removed."""


def keep_ca_certificate(stack: str, host: DockerEngine, certificates: str) -> None:
    """Keep what clients of a stack's trial have to trust, in PEM; empty where they have to trust nothing that they don't.

    :raises docker.errors.DockerException: where the host refuses.
    """
    kept = make_tar({CA_FILE: (certificates, "0644")})
    try:
        host.extract_archive(_writer(remains(host, owner(stack))), "/", kept)
    except LookupError:
        raise TrialError(f"A container of the trial of {stack} was removed meanwhile.") from None


def ca_certificate(stack: str, host: DockerEngine) -> str:
    """The certificates that a client of a stack's trial has to trust, in PEM.

    :raises CommandError: where there are none, with the reason.
    """
    again = make("try", stack)
    with engine_errors_reported(
        f"The CA certificate of the trial of {stack} can't be read", make("try-ca", stack)
    ):
        found = remains(host, owner(stack))
        if not found.containers:
            raise CommandError(f"There is no trial of {stack}; bring one up with `{again}`.")
        mode = next(
            (
                mode
                for identifier in found.containers
                if (mode := _labels(host, identifier).get(TLS_LABEL))
            ),
            None,
        )
        if mode == TlsMode.OFF.value:
            raise CommandError(
                f"The trial of {stack} serves plain HTTP (tls.mode is off): it has no certificate."
            )
        kept = _kept(host, found)
    if kept is None:
        raise CommandError(
            f"The trial of {stack} did not come up, and what its clients have to trust is not known; run `{again}` again."
        )
    if not kept:
        raise CommandError(
            f"The trial of {stack} has a certificate of a public authority (tls.mode is {mode}), which clients trust as it is."
        )
    return kept


def _labels(host: DockerEngine, identifier: str) -> dict[str, str]:
    found = host.container(identifier)
    return found.labels if found else {}


def _writer(found: Remains) -> str:
    """The container that wrote the users, which every trial has; empty where it is not there."""
    return next(
        (
            identifier
            for identifier, name in found.containers.items()
            if name.endswith(f"-{FileGroup.USERS.value}-writer")
        ),
        "",
    )


def _kept(host: DockerEngine, found: Remains) -> str | None:
    """What clients have to trust; none where that was not kept."""
    writer = _writer(found)
    if not writer:
        return None
    try:
        kept = host.read_archive(writer, f"/{CA_FILE}")
    except LookupError:
        return None
    content = read_files(kept, CA_FILE).get(CA_FILE)
    return content.decode() if content is not None else None
