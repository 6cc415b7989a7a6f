"""``make copy-packs``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.console import CommandError, count, info, make_command, size_text
from cli.options import source_option, stack_option
from cli.stack_file import stacks_with_file, without_file
from cli.stack_registry import read_registry
from common.errors import UserError

if TYPE_CHECKING:
    from packs.registry import PackRegistryClient


@click.command()
@stack_option
@source_option
def copy_packs(stack: str, source: str) -> None:
    """Copy all packs of the registry of another stack. Both have flavor oci."""
    from packs.copy import Copied
    from packs.copy import copy_packs as copy

    if source == stack:
        raise CommandError(
            f"FROM and STACK are both {stack}. Set FROM to the stack that has the packs (for "
            f"example, `make copy-packs FROM=prod STACK={stack}-new`)."
        )
    if source not in stacks_with_file():
        raise without_file("FROM", source)
    origin, target = _client(source), _client(stack)

    def report(name: str, result: Copied) -> None:
        if result.versions:
            info(f"{name}: {count(result.versions, 'version')} copied")

    try:
        total = copy(origin, target, report)
    except UserError as error:
        raise CommandError(str(error)) from None
    info(
        f"Copied {count(total.versions, 'version')} ({size_text(total.size)}) from {source} to "
        f"{stack}. {count(total.present, 'version')} {_was(total.present)} already there."
    )
    if total.different:
        raise CommandError(
            f"{stack} has other content than {source} for {', '.join(total.different)}. These "
            "versions were left as they are. Keep them, or delete each of them with "
            f"`{make_command('pack-delete PACK=NAME:VERSION', stack)}` and run the command again."
        )


def _client(stack: str) -> PackRegistryClient:
    """Return a client of a stack's registry as admin.

    :raises CommandError: if it is not an OCI registry, or its password is unknown.
    """
    registry = read_registry(stack)
    if not registry.is_oci:
        raise CommandError(
            f"The registry of stack {stack} has flavor pack. Packs are copied between registries "
            "of flavor oci. Push them again with the Spectro CLI."
        )
    return registry.client()


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
