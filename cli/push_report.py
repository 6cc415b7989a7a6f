"""What ``make push`` prints: bars on a terminal, a line for each version, and a summary."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from cli.console import console, count, info, size_text
from common.errors import UserError

if TYPE_CHECKING:
    from packs.plan import Step
    from packs.publish import Progress, Published


LARGE = 20_000_000
"""Bytes of a pack that are announced before they are sent."""
MAX_ERRORS = 5
"""Errors that are shown in full."""


@contextlib.contextmanager
def push_progress(steps: Sequence[Step]) -> Iterator[Progress]:
    """Yield what reports a push: bars on a terminal, and a line for each version."""
    from packs.publish import Progress

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Bars(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as bars:
        packing = bars.add_task("Packing", total=sum(step.local.content.size for step in steps))
        sending = bars.add_task("Sending", total=None)
        known = 0

        def found(size: int) -> None:
            nonlocal known
            known += size
            bars.update(sending, total=known)

        yield Progress(
            began=_print_large,
            packed=lambda size: bars.advance(packing, size),
            found=found,
            sent=lambda size: bars.advance(sending, size),
            ended=_print_version,
        )


def _print_large(step: Step) -> None:
    """Say that a version is on its way, if that takes a while."""
    size = step.local.content.size
    if size >= LARGE:
        info(f"{step.reference}: sending {size_text(size)} before compression")


def _print_version(step: Step, error: UserError | None) -> None:
    info(f"{step.reference}: {'not pushed' if error else _effect(step)}")


def _effect(step: Step) -> str:
    return "overwritten" if step.published else "new"


def print_plan(stack: str, steps: Sequence[Step], present: int) -> None:
    """Print what a push would do.

    :param present: versions that the registry has.
    """
    for step in steps:
        info(f"{step.reference}: would be {_effect(step)}")
    size = sum(step.local.content.size for step in steps)
    info(
        f"Would push {count(len(steps), 'version')} ({size_text(size)} before compression) to "
        f"stack {stack}. {_unchanged(present)}"
    )


def print_result(stack: str, steps: Sequence[Step], result: Published, present: int) -> None:
    """Print what a push did.

    :param present: versions that the registry had before.
    """
    overwritten = sum(bool(step.published) for step in steps if step.reference in result.versions)
    parts = [f"Pushed {count(len(result.versions), 'version')} to stack {stack}"]
    if overwritten:
        parts.append(f"{overwritten} of them overwritten")
    parts.append(f"{size_text(result.size)} sent")
    if result.resumed:
        parts.append(f"{count(result.resumed, 'archive')} already there")
    info(f"{', '.join(parts)}. {_unchanged(present)}")


def _unchanged(present: int) -> str:
    return f"{count(present, 'version')} {'is' if present == 1 else 'are'} unchanged."


def failures(result: Published) -> list[str]:
    """Return why versions were not pushed. Of many reasons, the first ones are shown."""
    texts = list(dict.fromkeys(map(str, result.errors.values())))
    more = len(result.errors) - MAX_ERRORS
    return texts[:MAX_ERRORS] + ([f"{count(more, 'version')} more failed."] if more > 0 else [])


def refusal(stack: str, steps: Sequence[Step]) -> list[str]:
    """Say what to do about versions that have other content; nothing if there is none."""
    if not steps:
        return []
    names = ", ".join(step.reference for step in steps)
    text = (
        f"The registry of stack {stack} has other content for {names}. These versions were left as "
        "they are. Give the packs a new version in pack.json, or overwrite the published ones with "
        "FORCE=1."
    )
    return [text]
