"""What an update and a preview of a stack share: the checks before them."""

from __future__ import annotations

from dataclasses import dataclass

from cli.hosts import Host, host_of
from cli.policy import policy_arguments
from cli.settings import check_settings, operational_settings
from components.settings import Settings


@dataclass(frozen=True)
class Target:
    """A stack whose settings are valid and whose host responds."""

    stack: str
    settings: Settings
    host: Host
    policy_arguments: list[str]
    """Options for the Pulumi CLI; empty if the policies are disabled."""


def check_target(stack: str, policy: bool | None) -> Target:
    """Check everything that does not need Pulumi.

    Settings come first: an invalid one can be the reason for every other problem.

    :param policy: the user's choice, see :func:`cli.policy.policies_enabled`.
    :raises CommandError: if a setting is invalid, or the host does not respond.
    """
    check_settings(stack)
    arguments = policy_arguments(stack, policy)
    settings = operational_settings(stack)
    host = host_of(settings)
    host.ensure_ready()
    return Target(stack, settings, host, arguments)
