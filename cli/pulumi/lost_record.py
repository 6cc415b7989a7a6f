"""What helps if Pulumi's record of a stack is lost or damaged.

Pulumi's file backend keeps a copy of the record after each update.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from cli.console import make_command
from cli.paths import ROOT
from cli.pulumi.binary import Pulumi

DAMAGED = "failed to load checkpoint"
"""Pulumi's message for a record that it can't read."""

_SUFFIX = ".checkpoint.json"


def damaged_record(pulumi: Pulumi, stack: str, said: str) -> str:
    """Explain Pulumi's message about a record that it can't read."""
    return (
        f"Pulumi's record of stack {stack} is damaged: {' '.join(said.split())}. No changes were "
        f"made, and the registry keeps running. To continue, {restore_hint(pulumi, stack)}."
    )


def restore_hint(pulumi: Pulumi, stack: str) -> str:
    """Return how to restore a record, as a clause in the imperative."""
    backup = f"restore it from a backup with `{make_command('restore', stack)} FILE=...`"
    state = pulumi.state_directory
    copy = state and _newest_copy(state / "history" / pulumi.project.name / stack)
    if not state or not copy:
        return backup
    record = state / "stacks" / pulumi.project.name / f"{stack}.json"
    command = shlex.join(["cp", _shown(copy), _shown(record)])
    if not record.parent.is_dir():
        command = f"{shlex.join(['mkdir', '-p', _shown(record.parent)])} && {command}"
    return f"{backup}, or use the copy that Pulumi made after the last update: `{command}`"


def _newest_copy(history: Path) -> Path | None:
    """Return the newest readable copy with resources; None if there is none."""
    copies = sorted(history.glob(f"*{_SUFFIX}"), key=_time, reverse=True)
    return next(filter(_has_resources, copies), None)


def _time(path: Path) -> int:
    """Return the time in a copy's name, in nanoseconds."""
    text = path.name.removesuffix(_SUFFIX).rpartition("-")[2]
    return int(text) if text.isdigit() else 0


def _has_resources(path: Path) -> bool:
    try:
        latest = json.loads(path.read_bytes())["checkpoint"]["latest"]
        return bool(latest["resources"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _shown(path: Path) -> str:
    """Return a path as a person types it in the project's directory."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
