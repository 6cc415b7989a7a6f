"""What commands say about the trial of a stack that has no registry which Pulumi recorded."""

from __future__ import annotations

from cli.console import CommandError, make_command
from cli.docker.inventory import Inventory, list_owned
from cli.owners import trial_owner
from cli.settings import operational_settings
from components.docker.engine import DockerEngine
from components.docker.names import data_volume, writer
from components.servers.process import FileGroup
from components.settings import Settings, Target

_SECONDS = 10
"""Time limit for a request. The command has failed without Docker."""


def trial_notice(stack: str) -> str:
    """Say that a stack has a trial, and how to remove it.

    :returns: an empty string if it has none, or if its Docker host does not respond.
    """
    try:
        settings = operational_settings(stack)
        if settings.target is not Target.DOCKER:
            return ""
        host = DockerEngine(settings.docker_host, settings.docker_cert_path, timeout=_SECONDS)
        found = list_owned(host, trial_owner(stack))
    except Exception:  # settings, docker-py, sockets and ssh have no common error class
        return ""
    return _describe(found, stack, settings) if found.containers else ""


def trial_offer(stack: str) -> str:
    """Name the command that needs no Pulumi; empty if the stack has no trials."""
    try:
        settings = operational_settings(stack)
    except CommandError:
        return ""
    if settings.target is not Target.DOCKER:
        return ""
    return f"To try the registry without Pulumi, run `{make_command('try', stack)}`."


def trial_passwords(stack: str) -> str:
    """Name the command that shows passwords. A trial stores only their hashes."""
    command = make_command("try DETACH=1 SECRETS=1", stack)
    return f"`{command}` creates it again with new passwords, and shows them."


def _describe(found: Inventory, stack: str, settings: Settings) -> str:
    name = settings.container_name
    state = "is running" if found.running else "exists, but does not run"
    packs = " and its packs" if data_volume(name, settings.storage) in found.volumes else ""
    removal = f"`{make_command('try-down', stack)}` removes it{packs}"
    has_certificate = writer(name, FileGroup.CERTIFICATE) in found.containers.values()
    ca = f"; `{make_command('--silent try-ca', stack)}` prints its CA certificate"
    return f"A trial of stack {stack} {state}. {removal}{ca if has_certificate else ''}."
