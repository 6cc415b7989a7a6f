"""What an update and a preview of a stack share: checks before them, and hints after them."""

from __future__ import annotations

from dataclasses import dataclass

from cli.console import info
from cli.hosts import Host, host_of
from cli.policy import missing_configuration_hint, policy_arguments
from cli.pulumi.binary import Pulumi
from cli.pulumi.inline_program import ServedProgram
from cli.settings import check_settings, operational_settings
from components.settings import Settings


@dataclass(frozen=True)
class CheckedStack:
    """A stack whose settings are valid and whose host responds."""

    stack: str
    settings: Settings
    host: Host
    policy_arguments: list[str]
    """Options for the Pulumi CLI; empty if the policies are disabled."""

    def explain_failure(self, pulumi: Pulumi, served: ServedProgram) -> None:
        """After a failed command, print hints about its cause."""
        # The program is right, so something else stopped the preview: most likely a policy.
        arguments = self.policy_arguments
        if served.passed_preview and (hint := missing_configuration_hint(self.stack, arguments)):
            info(hint)
        self.host.explain_failure(pulumi, self.stack)


def check_stack(stack: str, policy: bool | None) -> CheckedStack:
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
    return CheckedStack(stack, settings, host, arguments)
