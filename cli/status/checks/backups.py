"""Backups and drills: their age, from the record that `make backup` and `make drill` write."""

from __future__ import annotations

from collections.abc import Iterator

from backup.record import Event, read_last
from cli.condition import Line, State
from cli.console import count, duration_text
from cli.monitoring.rules import BACKUP_DAYS, DRILL_DAYS
from cli.paths import STATE
from cli.status.registry import Registry
from components.settings import StorageKind, Target

HOUR = 3600


def check_backups(registry: Registry) -> Iterator[Line]:
    """Report the last backup and the last drill."""
    kind = registry.settings.storage.kind
    if kind is StorageKind.MEMORY:
        yield Line("backup", State.OK, "the packs are in memory, and can't be backed up")
        return
    if registry.settings.target is Target.KUBERNETES and kind is not StorageKind.S3:
        fix = "Check the VolumeSnapshots of the cluster (docs/how-to/backup.md)."
        yield Line("backup", State.UNKNOWN, "`make backup` can't read a volume claim", fix)
        return
    last = read_last(STATE, registry.stack)
    place = last.backup.place if last.backup else "/srv/backups/packs"
    yield _line(registry, "backup", last.backup, BACKUP_DAYS, place)
    yield _line(registry, "drill", last.drill, DRILL_DAYS, place)


def _none_line(registry: Registry, name: str, most: int, command: str) -> Line:
    """Report that there is none. A new registry has as much time for the first as for the next."""
    figures = {"hours": None}
    created = registry.record.created
    age = registry.now - created.timestamp() if created else None
    if age is not None and age <= most * 24 * HOUR:
        value = f"none yet: the registry is {duration_text(age)} old (limit: {most} days)"
        return Line(name, State.OK, value, figures=figures)
    fix = f"Run `{command}`, then let a timer run it (docs/how-to/unattended.md)."
    return Line(name, State.WARNING, f"no {name} is recorded on this machine", fix, figures)


def _line(registry: Registry, name: str, event: Event | None, most: int, place: str) -> Line:
    command = registry.make(f"{name} FILE={place}")
    if event is None:
        return _none_line(registry, name, most, command)
    fix = f"Run `{command}`, and check the timer that should run it."
    seconds = registry.now - event.time.timestamp()
    hours = seconds / HOUR
    figures = {"hours": round(hours, 1), "place": event.place, "broken": event.broken}
    value = f"{duration_text(seconds)} ago, {count(event.versions, 'version')}, {event.place}"
    if hours > most * 24:
        return Line(name, State.WARNING, f"{value} (limit: {most} days)", fix, figures)
    if event.broken:
        value += f", {count(event.broken, 'version')} can't be served"
        fix = "Push these versions again. `make backup` names them."
        return Line(name, State.WARNING, value, fix, figures)
    return Line(name, State.OK, value, figures=figures)
