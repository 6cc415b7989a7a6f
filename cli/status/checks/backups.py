"""Backups and drills: their age, from the record that `make backup` and `make drill` write."""

from __future__ import annotations

from collections.abc import Iterator

from backup.record import Event, read_last
from cli.condition import Line, State
from cli.console import count
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
    place = last.backup.place if last.backup else "/srv/backups"
    yield _line(registry, "backup", last.backup, BACKUP_DAYS, place)
    yield _line(registry, "drill", last.drill, DRILL_DAYS, place)


def _line(registry: Registry, name: str, event: Event | None, most: int, place: str) -> Line:
    fix = f"Run `{registry.make(f'{name} FILE={place}')}`, and check the timer that should run it."
    if event is None:
        value = f"no {name} is recorded on this machine"
        return Line(name, State.WARNING, value, fix, {"hours": None})
    hours = (registry.now - event.time.timestamp()) / HOUR
    figures = {"hours": round(hours, 1), "place": event.place, "broken": event.broken}
    age = f"{hours:.0f} hours ago" if hours < 48 else f"{hours / 24:.0f} days ago"
    value = f"{age}, {count(event.versions, 'version')}, {event.place}"
    if hours > most * 24:
        return Line(name, State.WARNING, f"{value} (limit: {most} days)", fix, figures)
    if event.broken:
        value += f", {count(event.broken, 'version')} can't be served"
        fix = "Push these versions again. `make backup` names them."
        return Line(name, State.WARNING, value, fix, figures)
    return Line(name, State.OK, value, figures=figures)
