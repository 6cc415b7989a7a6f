"""Checks with few states: record, backups, network, Palette, health and lock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from backup.record import Event, Last, write_last
from cli.condition import Line, State
from cli.console import CommandError
from cli.maintenance import lock_line
from cli.status.checks import backups, network, palette, pulumi_record
from cli.status.checks.backups import check_backups
from cli.status.checks.network import check_clock, check_dns
from cli.status.checks.palette import check_palette
from cli.status.checks.pulumi_record import check_record
from cli.status.checks.server import check_health
from components.maintenance.lock import Holder, Lock
from components.maintenance.operation import Operation
from palette.client.errors import PaletteError
from palette.client.http import SyncStatus
from tests.support.inspections import DAY, NOW, PACK_API, FakeInspection, one, registry_of
from tests.support.registry_server import Registry, serving


def test_pending_operations() -> None:
    assert one(check_record(registry_of())).value == "2 resources, no pending operation"
    line = one(check_record(registry_of(pending=("urn:pulumi:prod::x::t::registry-server",))))
    assert line.state is State.ERROR
    assert "1 pending operation (registry-server)" in line.value
    assert line.fix == "Run `make up STACK=prod`."


def test_default_providers_are_not_counted() -> None:
    """Pulumi counts a provider of the program, and none that it adds by itself."""
    urn, type_ = "urn:pulumi:prod::pack-registry::pulumi:providers:", "pulumi:providers:docker"
    providers = [
        {"type": type_, "urn": f"{urn}docker::{name}"} for name in ("registry", "default_5_2_0")
    ]
    line = one(check_record(registry_of(None, *providers)))
    assert line.value == "3 resources, no pending operation"
    assert line.figures["resources"] == 3


def test_running_update(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi_record, "running_update", lambda *_: "process 7 on build")
    line = one(check_record(registry_of(pending=("urn:pulumi:prod::x::t::registry-server",))))
    assert (line.state, line.value) == (State.OK, "an update is running (process 7 on build)")


def event(days: float, broken: int = 0) -> Event:
    end = datetime.fromtimestamp(NOW - days * DAY, UTC)
    return Event(end, "prod-1", "/srv/backups", 1.0, 3, 100, end, broken)


@pytest.mark.parametrize(
    ("last", "states", "text"),
    [
        (Last(), (State.WARNING, State.WARNING), "no backup is recorded on this machine"),
        (Last(event(1), event(39)), (State.OK, State.OK), "24 hours ago, 3 versions"),
        (Last(event(3), event(41)), (State.WARNING, State.WARNING), "3 days ago"),
        (Last(event(1, 2), event(1)), (State.WARNING, State.OK), "2 versions can't be served"),
    ],
)
def test_backups(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    last: Last,
    states: tuple[State, State],
    text: str,
) -> None:
    monkeypatch.setattr(backups, "STATE", tmp_path)
    write_last(tmp_path, "prod", last)
    backup, drill = check_backups(registry_of())
    assert (backup.state, drill.state) == states
    assert text in backup.value
    if drill.state is State.WARNING:
        place = last.backup.place if last.backup else "/srv/backups/packs"
        assert f"`make drill FILE={place} STACK=prod`" in drill.fix


def created(days: float) -> dict[str, Any]:
    time = datetime.fromtimestamp(NOW - days * DAY, UTC).isoformat()
    return {"type": "a:b:C", "urn": "urn:pulumi:prod::x::a:b:C::c", "created": time}


@pytest.mark.parametrize(
    ("days", "states"),
    [
        (0.01, (State.OK, State.OK)),
        (3, (State.WARNING, State.OK)),
        (41, (State.WARNING, State.WARNING)),
    ],
)
def test_no_backup_of_new_registry(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, days: float, states: tuple[State, State]
) -> None:
    monkeypatch.setattr(backups, "STATE", tmp_path)
    backup, drill = check_backups(registry_of(None, created(0), created(days)))
    assert (backup.state, drill.state) == states
    if days < 1:
        assert backup.value == "none yet: the registry is 14 minutes old (limit: 2 days)"
    else:
        assert "`make backup FILE=/srv/backups/packs STACK=prod`" in backup.fix


def test_backups_of_volume_claim() -> None:
    registry = registry_of(target="kubernetes", kubernetes={"replicas": 1})
    assert one(check_backups(registry)).state is State.UNKNOWN


def test_dns(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = registry_of(hostname="packs.example.com")

    def nothing(_: str) -> list[str]:
        raise OSError

    monkeypatch.setattr(network, "resolve", nothing)
    line = one(check_dns(registry))
    assert line.state is State.ERROR
    assert "does not resolve on this machine" in line.value
    monkeypatch.setattr(network, "resolve", lambda _: ["203.0.113.5"])
    monkeypatch.setattr(network, "dns_note", lambda *_: "It resolves elsewhere. Check it.")
    line = one(check_dns(registry))
    assert (line.state, line.value) == (State.WARNING, "It resolves elsewhere")
    monkeypatch.setattr(network, "dns_note", lambda *_: None)
    assert one(check_dns(registry)).value == "packs.example.com is 203.0.113.5"
    assert one(check_dns(registry_of(hostname="192.0.2.4"))).state is State.OK


@pytest.mark.parametrize(
    ("ahead", "state"),
    [(0, State.OK), (5, State.OK), (-60, State.WARNING), (400, State.ERROR)],
)
def test_clock(ahead: float, state: State) -> None:
    with serving(Registry(), None) as port:
        url = f"http://localhost:{port}"
        inspection = FakeInspection(url, api=PACK_API, host_time=float(ahead))
        line = one(check_clock(registry_of(inspection)))
    assert line.state is state
    assert line.figures["hostSeconds"] == pytest.approx(ahead, abs=2)
    assert line.figures["serverSeconds"] == pytest.approx(0, abs=2)


@pytest.mark.parametrize(("health", "state"), [([200], State.OK), ([503], State.ERROR)])
def test_health(health: list[int], state: State) -> None:
    with serving(Registry(health=health), None) as port:
        inspection = FakeInspection(f"http://localhost:{port}", api=PACK_API)
        line = one(check_health(registry_of(inspection)))
    assert line.state is state
    assert ("`make up STACK=prod`" in line.fix) is (state is State.ERROR)


@dataclass
class FakePalette:
    """A client of Palette, and its registration."""

    status: SyncStatus | Exception
    uid: str = "6a1f"
    name: str = "packs"

    @property
    def client(self) -> FakePalette:
        return self

    def sync_status(self, *_: str) -> SyncStatus:
        if isinstance(self.status, Exception):
            raise self.status
        return self.status


def synced(hours: float, status: str = "Success", message: str = "") -> SyncStatus:
    last = datetime.fromtimestamp(NOW, UTC) - timedelta(hours=hours)
    return SyncStatus(status, message, "", last.isoformat(), True)


@pytest.mark.parametrize(
    ("found", "state", "text"),
    [
        (None, State.OK, "not registered"),
        (FakePalette(synced(5)), State.OK, "packs, last read 5 hours ago (Success)"),
        (FakePalette(synced(50)), State.WARNING, "last read 2 days ago"),
        (FakePalette(synced(5, "Failed", "x509: bad")), State.ERROR, "(Failed): x509: bad"),
        (FakePalette(SyncStatus("", "", "", "", True)), State.WARNING, "never read (no status)"),
        (FakePalette(SyncStatus("", "", "", "", False)), State.OK, "never read"),
        (FakePalette(PaletteError("Cannot connect")), State.WARNING, "unknown: Cannot connect"),
        (
            FakePalette(PaletteError("gone", 404, "ResourceNotFound")),
            State.ERROR,
            "does not have the registration any more",
        ),
    ],
)
def test_palette(
    monkeypatch: pytest.MonkeyPatch, found: FakePalette | None, state: State, text: str
) -> None:
    monkeypatch.setattr(palette, "find_registration", lambda *_: found)
    line = one(check_palette(registry_of()))
    assert (line.state, text in line.value) == (state, True), line.value


def test_invalid_registration(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise CommandError("The API key of Palette is missing.")

    monkeypatch.setattr(palette, "find_registration", fail)
    line = one(check_palette(registry_of()))
    assert line.state is State.WARNING
    assert "The API key of Palette is missing." in line.value
    assert "`make register-key STACK=prod`" in line.fix


def lock_since(hours: float, **changes: Any) -> Line:
    since = (datetime.now(UTC) - timedelta(hours=hours)).isoformat(timespec="seconds")
    holder = replace(Holder.current(Operation.BACKUP), since=since, **changes)
    return lock_line(Lock("1", holder), "prod")


def test_lock() -> None:
    assert lock_line(None, "prod").state is State.OK
    assert lock_since(1).state is State.OK
    assert lock_since(25).state is State.WARNING
    assert lock_since(1, machine="another").state is State.OK
    assert lock_since(25, machine="another").state is State.WARNING
    left = lock_since(1, process=2**22 + 1)
    assert (left.state, left.fix) == (State.ERROR, "Run `make unlock STACK=prod`.")
    assert lock_line(Lock("1", Holder.parse("")), "prod").state is State.WARNING
