"""What an update and a preview of a stack share: the checks before them and a hint after them."""

from __future__ import annotations

from dataclasses import dataclass

from cli.console import info, make_command
from cli.docker.dev_image import ensure_development_image
from cli.docker.install import engine_errors_reported, ensure_docker
from cli.docker.inventory import LIST_FAILED, ensure_not_running_elsewhere, stack_owner
from cli.docker.previous_hosts import unreachable_host_hint
from cli.policy import policy_arguments
from cli.pulumi.binary import Pulumi
from cli.pulumi.stack import ensure_stack
from cli.settings import check_settings, docker_engine, operational_settings
from components.docker.engine import DockerEngine
from components.settings import Settings


@dataclass(frozen=True)
class Target:
    """A stack whose settings are valid and whose Docker engine responds."""

    stack: str
    settings: Settings
    host: DockerEngine
    policy_arguments: list[str]
    """Options for the Pulumi CLI; empty if the policies are disabled."""


def check_target(stack: str, policy: bool | None) -> Target:
    """Check everything that does not need Pulumi. Start Docker if necessary.

    Settings come first: an invalid one can be the reason for every other problem.

    :param policy: the user's choice, see :func:`cli.policy.policies_enabled`.
    :raises CommandError: if a setting is invalid, or Docker does not respond.
    """
    check_settings(stack)
    arguments = policy_arguments(stack, policy)
    settings = operational_settings(stack)
    host = docker_engine(settings)
    ensure_docker(host)
    return Target(stack, settings, host, arguments)


def prepare_stack(pulumi: Pulumi, target: Target, command: str) -> None:
    """Build the development image if the stack uses it, and create or recover the stack.

    :param command: the command's name, for messages.
    :raises CommandError: if the registry belongs to another backend, checkout or machine.
    """
    stack, host = target.stack, target.host
    ensure_development_image(target.settings.image, host)
    with engine_errors_reported(LIST_FAILED.format(stack), make_command(command, stack)):
        ensure_stack(pulumi, stack, lambda: ensure_not_running_elsewhere(pulumi, host, stack))


def describe_registry(target: Target) -> str:
    """Return a sentence that says whether a stack's registry answers, after a failed update."""
    from components.docker.server_check import answers
    from components.docker.server_version import find_server

    engine, name = target.host, target.settings.container_name
    try:
        found = find_server(engine, name, stack_owner(target.stack))
        if found is None:
            return "No registry runs."
        if answers(engine, found):
            return "The registry answers. Packs and state are unchanged or recoverable."
        return f"The registry does not answer: its container {found.name} is {found.status}."
    except Exception:  # docker-py, sockets and ssh have no common error class
        return "It is unknown whether the registry answers, because Docker does not respond."


def explain_failure(pulumi: Pulumi, target: Target) -> None:
    """After a failed command, print a hint if the cause may be an unreachable previous host."""
    if hint := unreachable_host_hint(pulumi, target.stack, target.settings.docker_host):
        info(hint)
