"""``make register``."""

from __future__ import annotations

import click

from cli.console import CommandError, info, make_command
from cli.options import stack_option
from cli.paths import PALETTE
from cli.pulumi.stack import SKIP_CONFIG_VALIDATION, read_outputs
from cli.registration import RUN_PROGRAM, prepare_registration
from cli.table import print_outputs


@click.command()
@stack_option
def register(stack: str) -> None:
    """Register the registry in Palette, or update its registration."""
    pulumi = prepare_registration(stack)
    info(f"Registering the registry of stack {stack} in Palette")
    if pulumi.run(
        "up",
        "--stack",
        stack,
        "--yes",
        "--skip-preview",
        "--refresh",
        RUN_PROGRAM,
        "--suppress-outputs",
        SKIP_CONFIG_VALIDATION,
    ):
        raise CommandError(
            f"Registration of stack {stack} failed. Fix the error above and run "
            f"`{make_command('register', stack)}` again. "
            "The command does not change the registry."
        )
    show_command = f"pulumi stack output {{name}} --stack {stack}{PALETTE.option}"
    print_outputs(read_outputs(pulumi, stack, secrets=False), "table", show_command)
    info(
        "The registry is registered in Palette. After a change of its passwords or certificate, "
        f"run `{make_command('register', stack)}` again. "
        f"To remove the registration, run `{make_command('unregister', stack)}`."
    )
