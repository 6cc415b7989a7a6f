"""``make outputs``."""

from __future__ import annotations

import click

from cli.console import CommandError, info, make_command
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
        raise CommandError(
            f"Stack {stack} has no outputs. Create the registry with "
            f"`{make_command('up', stack)}`.{_trial_hint(stack)}"
        )
    show_command = make_command("outputs OUTPUT={name}{secrets}", stack)
    masked = [] if secrets else [name for name, value in values.items() if value == MASK]
    ensure_not_masked(only, masked, show_command)
    print_outputs(values, only, show_command, secrets=secrets)
    if masked and only == "table":
        info(f"To show the secrets, run `{make_command('outputs SECRETS=1', stack)}`.")


def _trial_hint(stack: str) -> str:
    """Explain how to show a trial's outputs; empty if there is no trial or Docker fails."""
    # Outputs need no Docker: these imports would take longer than the rest of the command.
    from cli.docker.inventory import list_owned
    from cli.owners import trial_owner
    from cli.settings import docker_engine, operational_settings
    from components.docker.connection import docker

    try:
        host = docker_engine(operational_settings(stack))
        if not list_owned(host, trial_owner(stack)).containers:
            return ""
    except (CommandError, docker.errors.DockerException, OSError):
        return ""
    return (
        f" A trial exists: `{make_command('try-ca', stack)}` prints its CA certificate, and "
        f"`{make_command('try SECRETS=1', stack)}` creates it again and shows its passwords."
    )
