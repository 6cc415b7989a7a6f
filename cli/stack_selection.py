"""The stacks that a command runs for."""

from __future__ import annotations

from cli.console import CommandError
from cli.options import ALL, stack_names
from cli.stack_file import stacks_with_file
from common.stacks import DEVELOPMENT_STACK


def select_stacks(selection: str) -> list[str]:
    """Return the stacks of a selection. The first one runs alone: dev, if all are selected.

    :raises CommandError: if a name is invalid, or if there is no stack.
    """
    if selection != ALL:
        return stack_names(selection)
    stacks = sorted(stacks_with_file(), key=lambda stack: (stack != DEVELOPMENT_STACK, stack))
    if not stacks:
        raise CommandError(
            "STACK: there is no stack. To add one, copy Pulumi.example.yaml to Pulumi.prod.yaml "
            "and edit it."
        )
    return stacks
