"""Options that several commands have."""

from __future__ import annotations

import click

from common.stacks import DEVELOPMENT_STACK

stack_option = click.option(
    "--stack", default=DEVELOPMENT_STACK, show_default=True, help="Name of the stack."
)
policy_option = click.option(
    "--policy/--no-policy",
    default=None,
    help="Check the stack against the policy pack. Default: yes, except for the stack dev.",
)
only_option = click.option(
    "--only",
    metavar="NAME",
    default="table",
    show_default=True,
    help="`table`, `json`, or the name of one output.",
)
secrets_option = click.option("--secrets", is_flag=True, help="Show passwords.")
