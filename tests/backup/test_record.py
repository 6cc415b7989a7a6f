"""The record of the last backup and drill."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backup.record import Event, Last, parse_last, read_last, write_last
from tests.backup.conftest import Open

EVENT = Event(
    time=datetime(2026, 11, 26, 12, 0, 5, tzinfo=UTC),
    backup="prod-20261126T120000Z",
    place="/srv/backups",
    seconds=4.5,
    versions=220,
    size=30_000_000,
    created=datetime(2026, 11, 26, 12, tzinfo=UTC),
)


def test_written_record_is_read(tmp_path: Path) -> None:
    assert read_last(tmp_path, "prod") == Last()
    last = Last(EVENT, replace(EVENT, seconds=20.0))
    write_last(tmp_path, "prod", last)
    assert read_last(tmp_path, "prod") == last
    assert read_last(tmp_path, "dev") == Last()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"backup": {}, "drill": null}', "null"])
def test_unreadable_record(text: str, tmp_path: Path) -> None:
    assert parse_last(text) == Last()
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "prod.json").write_text(text)
    assert read_last(tmp_path, "prod") == Last()


def test_record_next_to_the_backup(opened: Open, place: str, tmp_path: Path) -> None:
    target = opened(to_write=True)
    assert parse_last(target.recorded("prod")) == Last()
    target.record("prod", Last(EVENT).to_text())
    assert parse_last(opened(to_write=True).recorded("prod")) == Last(EVENT)
