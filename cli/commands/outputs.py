"""``make outputs``."""

from __future__ import annotations

import click

from cli.console import NoRegistryError, info, make_command
from cli.options import only_option, secrets_option, stack_option
from cli.pulumi.binary import require_pulumi
from cli.pulumi.stack import read_outputs
from cli.stack_file import read_config
from cli.table import MASK, ensure_not_masked, print_outputs


@click.command()
@stack_option
@only_option
@secrets_option
def outputs(stack: str, only: str, secrets: bool) -> None:
    """Print the outputs of the last update."""
    read_config(stack)
    values = read_outputs(require_pulumi(), stack, secrets=secrets)
    if not values:
        raise NoRegistryError(
            f"Stack {stack} has no outputs.",
            f"Create the registry with `{make_command('up', stack)}`.",
        )
    show_command = make_command("outputs OUTPUT={name}{secrets}", stack)
    masked = [] if secrets else [name for name, value in values.items() if value == MASK]
    ensure_not_masked(only, masked, show_command)
    print_outputs(values, only, show_command, secrets=secrets)
    if masked and only == "table":
        info(f"To show the secrets, run `{make_command('outputs SECRETS=1', stack)}`.")
