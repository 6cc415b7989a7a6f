"""``make status``."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import click

from cli.console import result
from cli.notice_option import notice_option
from cli.options import ALL, jobs_option, stacks_option
from cli.pulumi.binary import Pulumi, require_pulumi
from cli.pulumi.export import export_record
from cli.stack_selection import select_stacks
from cli.status.background import in_background
from common.stacks import DEVELOPMENT_STACK

if TYPE_CHECKING:
    from cli.status.run import StackStatus


@click.command()
@stacks_option
@notice_option("stacks with an error, a warning or an unknown value")
@jobs_option
@click.pass_context
def status(context: click.Context, stack: str, output: str, jobs: int) -> None:
    """Report the health of the registry, and how to fix each problem."""
    stacks, pulumi = select_stacks(stack), require_pulumi()
    slots = threading.Semaphore(jobs)
    running = [in_background(partial(_status, pulumi, each, slots)) for each in stacks]
    found = _without_unused(stack, [each.result() for each in running])
    from cli.condition import State
    from cli.status.report import as_json, print_table

    if output == "json":
        result(as_json(found, datetime.now(UTC)))
    elif shown := [each for each in found if output == "table" or each.state is not State.OK]:
        print_table(shown)
    if any(each.state is State.ERROR for each in found):
        context.exit(1)


def _without_unused(selection: str, found: list[StackStatus]) -> list[StackStatus]:
    """Leave out the development stack of `all` if it has no registry, so that timers succeed.

    Its file is in every clone. A missing registry of another stack is an error.
    """
    used = [each for each in found if each.exists or each.stack != DEVELOPMENT_STACK]
    return used if selection == ALL and used else found


def _status(pulumi: Pulumi, stack: str, slots: threading.Semaphore) -> StackStatus:
    """Inspect one stack. Pulumi reads the record while the checks are loaded."""
    with slots:
        exported = in_background(partial(export_record, pulumi, stack))
        from cli.status.run import stack_status

        return stack_status(stack, exported)
