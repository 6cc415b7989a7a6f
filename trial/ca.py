"""Stores the CA certificates of a trial on the Docker host, because a trial has no other state."""

from __future__ import annotations

from cli.console import CommandError, make_command
from cli.docker.install import engine_errors_reported
from cli.docker.inventory import Inventory, list_owned
from cli.owners import trial_owner
from common.labels import TLS_LABEL
from components.docker.archive import make_tar, read_files
from components.docker.engine import DockerEngine
from components.servers.process import FileGroup
from components.settings import TlsMode
from trial.resources import TrialError

CA_FILE = "ca.crt"
"""The file in the file writer's container, where no server reads it. It is removed with it."""


def store_ca_certificate(stack: str, host: DockerEngine, certificates: str) -> None:
    """Store the CA certificates of a trial on its Docker host.

    :param certificates: PEM; empty if clients trust the registry without further certificates.
    :raises docker.errors.DockerException: if the Docker host rejects the file.
    :raises TrialError: if the container of the file writer was removed.
    """
    tar = make_tar({CA_FILE: (certificates, "0644")})
    writer = _file_writer(list_owned(host, trial_owner(stack)))
    try:
        host.extract_archive(writer, "/", tar)
    except LookupError:
        raise TrialError(f"A container of the trial of {stack} was removed meanwhile.") from None


def is_complete(host: DockerEngine, found: Inventory) -> bool:
    """Whether a trial has started completely: then it has stored its CA certificates.

    :raises docker.errors.DockerException: if the Docker host rejects the request.
    """
    return _read_ca_file(host, found) is not None


def ca_certificate(stack: str, host: DockerEngine) -> str:
    """Return the CA certificates that a trial's clients have to trust, in PEM.

    :raises CommandError: if there are none; the message says why.
    """
    try_again = make_command("try", stack)
    with engine_errors_reported(
        f"The CA certificate of the trial of {stack} can't be read", make_command("try-ca", stack)
    ):
        found = list_owned(host, trial_owner(stack))
        if not found.containers:
            raise CommandError(f"Stack {stack} has no trial. Start one with `{try_again}`.")
        mode = _tls_mode(host, found)
        if mode == TlsMode.OFF.value:
            raise CommandError(
                f"The trial of {stack} serves plain HTTP (tls.mode is off) and has no certificate."
            )
        certificates = _read_ca_file(host, found)
    if certificates is None:
        raise CommandError(
            f"The trial of {stack} did not start completely, so its CA certificate is unknown. "
            f"Run `{try_again}` again."
        )
    if not certificates:
        raise CommandError(
            f"A public CA issued the certificate of the trial of {stack} (tls.mode is {mode}). "
            "Clients trust it without further certificates."
        )
    return certificates


def _tls_mode(host: DockerEngine, found: Inventory) -> str | None:
    """Read the TLS mode from the label of the server's container. None if it does not exist."""
    states = (host.container(identifier) for identifier in found.containers)
    modes = (state.labels.get(TLS_LABEL) for state in states if state)
    return next((mode for mode in modes if mode), None)


def _file_writer(found: Inventory) -> str:
    """Return the container that writes the users file; every trial has one. Empty if missing."""
    suffix = f"-{FileGroup.USERS.value}-writer"
    return next((key for key, name in found.containers.items() if name.endswith(suffix)), "")


def _read_ca_file(host: DockerEngine, found: Inventory) -> str | None:
    """Read the stored CA certificates. None if the trial stored none."""
    writer = _file_writer(found)
    if not writer:
        return None
    try:
        tar = host.read_archive(writer, f"/{CA_FILE}")
    except LookupError:
        return None
    certificates = read_files(tar, CA_FILE).get(CA_FILE)
    return None if certificates is None else certificates.decode()
