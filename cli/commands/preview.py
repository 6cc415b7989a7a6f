"""``make preview``."""

from __future__ import annotations

import click

from cli.console import CommandError, make_command
from cli.fleet import run_fleet
from cli.options import is_fleet, jobs_option, policy_option, stacks_option
from cli.pulumi.binary import require_pulumi
from cli.pulumi.inline_program import serve_program
from cli.pulumi.stack import SKIP_CONFIG_VALIDATION
from cli.update import check_stack


@click.command()
@stacks_option
@policy_option
@jobs_option
def preview(stack: str, policy: bool | None, jobs: int) -> None:
    """Show what `make up` would change, and check the policies."""
    if is_fleet(stack):
        run_fleet("preview", stack, policy, jobs)
        return
    checked = check_stack(stack, policy)
    pulumi = require_pulumi()
    checked.host.prepare(pulumi, stack, "preview")
    with serve_program(checked.settings.target) as served:
        failed = pulumi.run(
            "preview",
            "--stack",
            stack,
            # The display of `make up`. In Pulumi's other one, `--diff`, violations run together
            # between all properties. Outputs would hide the violations, too.
            "--suppress-outputs",
            SKIP_CONFIG_VALIDATION,
            *checked.policy_arguments,
            *served.options,
        )
    if failed:
        checked.explain_failure(pulumi, served)
        raise CommandError(
            f"Preview of stack {stack} failed. No resources were changed. Fix the error above and "
            f"run `{make_command('preview', stack)}` again.",
            exit_code=failed,
        )
