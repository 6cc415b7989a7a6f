"""``make up``."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import click

from cli.console import CommandError, info, make_command
from cli.fleet import run_fleet
from cli.options import is_fleet, jobs_option, policy_option, stacks_option
from cli.pulumi.binary import Pulumi, find_or_install_pulumi, require_pulumi
from cli.pulumi.inline_program import serve_program
from cli.pulumi.install import GUIDE, PulumiNotInstalledError
from cli.pulumi.stack import SKIP_CONFIG_VALIDATION, read_outputs
from cli.settings import success_message
from cli.table import print_outputs
from cli.update import CheckedStack, check_stack


@click.command()
@stacks_option
@policy_option
@jobs_option
def up(stack: str, policy: bool | None, jobs: int) -> None:
    """Create or update the registry, then verify it."""
    if is_fleet(stack):
        run_fleet("up", stack, policy, jobs)
        return
    checked = check_stack(stack, policy)
    pulumi = find_pulumi_for(checked)
    if pulumi is None:
        run_trial(checked)
        return
    checked.host.prepare(pulumi, stack, "up")
    checked.host.ensure_no_trial(stack)
    update(pulumi, checked)
    show_command = make_command("outputs OUTPUT={name}{secrets}", stack)
    outputs = read_outputs(pulumi, stack, secrets=False)
    print_outputs(outputs, "table", show_command)
    _print_notice(stack, outputs)
    info(
        f"{success_message(checked.settings)} "
        f"To show its passwords, run `{make_command('outputs SECRETS=1', stack)}`. "
        f"To remove it and keep its packs, run `{make_command('down', stack)}`."
    )


def _print_notice(stack: str, outputs: Mapping[str, Any]) -> None:
    """Print what happens soon to the certificate, so that owners of clients know it before."""
    from cli.renewal import certificate_change, describe_change, is_due  # slow libraries

    change = certificate_change(stack, outputs)
    if change and is_due(change, datetime.datetime.now(datetime.UTC)):
        info(f"notice: {describe_change(change, stack)}")


def find_pulumi_for(checked: CheckedStack) -> Pulumi | None:
    """Find the CLI, or install it; none, if it can't be installed and a trial may replace it.

    :raises CommandError: if it can't be installed and the policies are enabled. Only the CLI checks
        them, and a trial would run what they may forbid.
    """
    if not checked.host.has_trials:
        return require_pulumi()
    if not checked.policy_arguments:
        return find_or_install_pulumi()
    try:
        return require_pulumi()
    except PulumiNotInstalledError as error:
        raise CommandError(
            f"{error.problem} Stack {checked.stack} is checked against the policies, which "
            f"requires the CLI. No changes were made. {error.fix}"
        ) from None


def run_trial(checked: CheckedStack) -> None:
    """Run the program without Pulumi, so that there is a registry although the CLI is missing."""
    from trial import command

    stack = checked.stack
    info(
        "Continuing with a trial: the same program, applied to Docker without Pulumi. "
        "Nothing is recorded."
    )
    command.up(stack, wait=False)
    info(
        f"For a registry that is recorded and can be updated, install the Pulumi CLI ({GUIDE}). "
        f"Then run `{make_command('try-down', stack)}` and `{make_command('up', stack)}`."
    )


def update(pulumi: Pulumi, checked: CheckedStack) -> None:
    """Run the update. If policies are enabled, a preview comes first and a violation stops it.

    :raises CommandError: if the update fails.
    """
    stack = checked.stack
    info(f"Updating stack {stack}")
    with serve_program(checked.settings.target) as served:
        failed = pulumi.run(
            "up",
            "--stack",
            stack,
            "--yes",
            "--refresh",
            "--suppress-outputs",
            SKIP_CONFIG_VALIDATION,
            *(checked.policy_arguments or ["--skip-preview"]),
            *served.options,
        )
    if not failed:
        return
    checked.explain_failure(pulumi, served)
    if not served.declared_resources:
        raise CommandError(
            f"Update of stack {stack} failed. No resources were changed. Fix the error above and "
            f"run `{make_command('up', stack)}` again."
        )
    raise CommandError(
        f"Update of stack {stack} failed. Fix the error above and run "
        f"`{make_command('up', stack)}` again. {checked.host.describe_registry(stack)}"
    )
