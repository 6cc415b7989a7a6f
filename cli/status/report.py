"""The result for people and for scripts (``status.schema.json``)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from cli.condition import Line, State, worst
from cli.console import count, result
from cli.status.run import StackStatus
from cli.table import printable

HEADER = ("CHECK", "STATE", "VALUE")


def as_json(stacks: Sequence[StackStatus], now: datetime) -> str:
    """Return the result as JSON."""
    content = {
        "time": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "state": worst(each.state for each in stacks),
        "stacks": [_stack(each) for each in stacks],
    }
    return json.dumps(content, indent=2, ensure_ascii=True)


def print_table(stacks: Sequence[StackStatus]) -> None:
    """Print one table for each stack. A fix is below its line."""
    for place, each in enumerate(stacks):
        if place:
            result("")
        result(f"{each.stack}  {printable(each.endpoint)}".rstrip())
        for line in table_lines(each.lines):
            result(line)
    result("")
    for each in stacks:
        result(summary(each))


def table_lines(lines: Sequence[Line]) -> Iterator[str]:
    """Yield the lines of a table."""
    checks = max(len(text) for text in (HEADER[0], *(line.check for line in lines)))
    states = max(len(state.value) for state in State)
    yield f"{HEADER[0]:<{checks}}  {HEADER[1]:<{states}}  {HEADER[2]}"
    for line in lines:
        yield f"{line.check:<{checks}}  {line.state.value:<{states}}  {_shown(line.value)}"
        if line.fix and line.state is not State.OK:
            yield f"{'':<{checks}}  {'':<{states}}  -> {_shown(line.fix)}"


def summary(status: StackStatus) -> str:
    """Return the number of lines in each bad state."""
    numbers = {
        state: sum(line.state is state for line in status.lines)
        for state in (State.ERROR, State.WARNING, State.UNKNOWN)
    }
    nouns = {State.ERROR: "error", State.WARNING: "warning", State.UNKNOWN: "unknown value"}
    parts = [count(number, nouns[state]) for state, number in numbers.items() if number]
    return f"{status.stack}: {', '.join(parts) or 'no problems'}."


def _shown(text: str) -> str:
    """Return a text as one line that a terminal shows as it is. Fixes are not cut off."""
    return " ".join(map(printable, text.split(" ")))


def _stack(status: StackStatus) -> dict[str, Any]:
    return {
        "stack": status.stack,
        "state": status.state,
        "endpoint": status.endpoint,
        "target": status.target,
        "seconds": status.seconds,
        "checks": [
            {
                "check": line.check,
                "state": line.state,
                "value": line.value,
                "fix": line.fix if line.state is not State.OK else "",
                "figures": dict(line.figures),
            }
            for line in status.lines
        ],
    }
