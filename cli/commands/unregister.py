"""``make unregister``."""

from __future__ import annotations

import click

from cli.console import CommandError, info, make_command
from cli.options import stack_option
from cli.paths import PALETTE
from cli.pulumi.binary import require_pulumi
from cli.pulumi.stack import SKIP_CONFIG_VALIDATION, STACK_REMOVAL_HINT, is_up
from cli.registration import RUN_PROGRAM, ensure_stack_exists, prepare_registration


@click.command()
@stack_option
def unregister(stack: str) -> None:
    """Remove the registration from Palette. The registry is not changed."""
    ensure_stack_exists(stack)
    if not is_up(require_pulumi().of(PALETTE), stack):
        info(f"Stack {stack} has no registration. Nothing was removed.")
        return
    pulumi = prepare_registration(stack)
    destroy = ("destroy", "--stack", stack, "--yes", "--skip-preview", SKIP_CONFIG_VALIDATION)
    if pulumi.run(*destroy):
        info("Trying again with the API key in the stack's config")
        if pulumi.run(*destroy, RUN_PROGRAM):
            raise CommandError(
                f"Removal of the registration of stack {stack} failed. Fix the error above and "
                f"run `{make_command('unregister', stack)}` again."
            )
    # "Is not" instead of "was removed": a failed first registration never was there.
    info(
        f"The registry of stack {stack} is not registered in Palette. It is still running. "
        f"{STACK_REMOVAL_HINT}"
    )
