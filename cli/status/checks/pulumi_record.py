"""Pulumi's record: operations that an interrupted update left."""

from __future__ import annotations

from collections.abc import Iterator

from cli.condition import Line, State
from cli.console import count
from cli.pulumi.lock import running_update
from cli.status.registry import Registry


def check_record(registry: Registry) -> Iterator[Line]:
    """Report unfinished operations."""
    pending = [urn.rpartition("::")[2] for urn in registry.record.pending]
    number = registry.record.counted
    resources = count(number, "resource")
    figures = {"resources": number, "pendingOperations": len(pending)}
    if not pending:
        yield Line("record", State.OK, f"{resources}, no pending operation", figures=figures)
        return
    if running := running_update(registry.pulumi, registry.stack):
        value = f"an update is running ({running})"
        yield Line("record", State.OK, value, figures=figures)
        return
    value = f"an update was interrupted: {count(len(pending), 'pending operation')}"
    value += f" ({', '.join(sorted(pending)[:5])})"
    yield Line("record", State.ERROR, value, f"Run `{registry.make('up')}`.", figures)
