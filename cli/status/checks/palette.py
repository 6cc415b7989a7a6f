"""Palette: whether the registry is registered there, and when Palette read it the last time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from cli.condition import Line, State
from cli.console import CommandError, duration_text
from cli.palette_sync import find_registration
from cli.status.registry import Registry
from common.errors import UserError

STALE_HOURS = 48
"""Palette reads a registry every 24 hours."""
HOUR = 3600


def check_palette(registry: Registry) -> Iterator[Line]:
    """Ask Palette, if the registry's registration is recorded."""
    from palette.client.errors import PaletteError
    from palette.client.retry import RetryPolicy
    from palette.sync import Phase, phase

    once = RetryPolicy(attempts=1, connect_timeout=5.0, read_timeout=10.0)
    register = f"Run `{registry.make('register')}`."
    try:
        found = find_registration(registry.stack, once)
        if found is None:
            nothing = {"registered": False}
            yield Line("palette", State.OK, "not registered", figures=nothing)
            return
        status = found.client.sync_status(found.uid, found.name)
    except PaletteError as error:
        if error.is_missing_resource:
            value = "Palette does not have the registration any more"
            yield Line("palette", State.ERROR, value, register, {"registered": False})
            return
        yield _unreachable(registry, error)
        return
    except (CommandError, UserError) as error:
        yield _unreachable(registry, error)
        return
    hours = _hours_since(status.last_synced, registry.now)
    figures = {
        "registered": True,
        "name": found.name,
        "status": status.status,
        "lastSynced": status.last_synced,
        "hours": hours,
    }
    last = "never read" if hours is None else f"last read {duration_text(hours * HOUR)} ago"
    value = f"{found.name}, {last} ({status.status or 'no status'})"
    fix = f"To see what Palette has, run `{registry.make('packs')}`. To read it again: {register}"
    if phase(status) is Phase.FAILED:
        reason = " ".join(status.message.split())
        value += f": {reason}" if reason else ""
        yield Line("palette", State.ERROR, value, fix, figures)
    elif status.supported and (hours is None or hours > STALE_HOURS):
        yield Line("palette", State.WARNING, value, fix, figures)
    else:
        yield Line("palette", State.OK, value, figures=figures)


def _unreachable(registry: Registry, error: Exception) -> Line:
    reason = " ".join(str(getattr(error, "message", None) or error).split())
    fix = (
        "Check that this machine reaches Palette, and the API key "
        f"(`{registry.make('register-key')}`)."
    )
    return Line("palette", State.WARNING, f"Palette's view is unknown: {reason}", fix)


def _hours_since(time: str, now: float) -> float | None:
    try:
        found = datetime.fromisoformat(time)
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return round((now - aware.timestamp()) / HOUR, 1)
    except (ValueError, OverflowError):
        return None
