"""Size, growth and free space."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from backup.record import Event, Last, write_last
from cli.condition import Line, Space, State, UnknownError
from cli.status.checks import storage
from cli.status.checks.storage import check_storage
from cli.status.history import Sample, growth, read_samples, record_sample
from tests.support.inspections import DAY, NOW, FakeInspection, registry_of

MB, GB = 10**6, 10**9


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The directory `.state`."""
    directory = tmp_path / ".state"
    monkeypatch.setattr(storage, "STATE", directory)
    return directory


def lines(inspection: FakeInspection) -> dict[str, Line]:
    return {line.check: line for line in check_storage(registry_of(inspection))}


def test_growth_is_unknown_at_first(state: Path) -> None:
    assert lines(FakeInspection(bytes=3 * MB))["size"].value == "3.0 MB, growth unknown"
    assert read_samples(state, "prod") == [Sample(NOW, 3 * MB)]
    assert (state / "status").stat().st_mode & 0o077 == 0


def test_growth(state: Path) -> None:
    record_sample(state, "prod", [], Sample(NOW - 2 * DAY, MB))
    line = lines(FakeInspection(bytes=3 * MB))["size"]
    assert line.value == "3.0 MB, +2.0 MB since 2027-01-13 08:00, +1.0 MB a day"
    assert line.figures == {
        "bytes": 3 * MB,
        "growthBytes": 2 * MB,
        "since": "2027-01-13T08:00:00Z",
        "bytesPerDay": MB,
    }


def test_growth_since_backup(state: Path) -> None:
    end = datetime.fromtimestamp(NOW - DAY, UTC)
    write_last(state, "prod", Last(Event(end, "prod-1", "/srv", 1.0, 3, 4 * MB, end)))
    assert "-1.0 MB since" in lines(FakeInspection(bytes=3 * MB))["size"].value


def test_no_growth(state: Path) -> None:
    record_sample(state, "prod", [], Sample(NOW - 60, 474))
    line = lines(FakeInspection(bytes=474))["size"]
    assert line.value == "474 bytes, unchanged since 2027-01-15 07:59"


def test_samples_are_thinned(state: Path) -> None:
    for hours in range(0, 40 * 24, 3):
        now = Sample(NOW + hours * 3600, hours)
        record_sample(state, "prod", read_samples(state, "prod"), now)
    samples = read_samples(state, "prod")
    assert len(samples) <= 30 * 4 + 2
    assert samples[-1].size == 40 * 24 - 3
    assert samples[-1].time - samples[0].time <= 30 * DAY
    found = growth(samples, Sample(NOW + 40 * DAY, 40 * 24))
    assert found
    assert found.per_day == pytest.approx(24)


def test_short_time_has_no_rate() -> None:
    found = growth([Sample(NOW - 60, 5)], Sample(NOW, 9))
    assert found
    assert (found.size, found.per_day) == (4, None)
    assert growth([Sample(NOW + 60, 5)], Sample(NOW, 9)) is None, "the clock was set back"


@pytest.mark.parametrize("text", ["", "[]", '{"sizes": [{"time": "x"}]}', "{"])
def test_damaged_record(state: Path, text: str) -> None:
    (state / "status").mkdir(parents=True)
    (state / "status" / "prod.json").write_text(text)
    assert "growth unknown" in lines(FakeInspection())["size"].value


def test_record_can_not_be_written(state: Path, tmp_path: Path) -> None:
    state.symlink_to(tmp_path)
    line = lines(FakeInspection())["size"]
    assert (line.state, ".state is a symbolic link" in line.value) == (State.WARNING, True)


def test_unknown_size() -> None:
    inspection = FakeInspection(bytes=UnknownError("only root can read it", "Run `du`."))
    line = lines(inspection)["size"]
    assert (line.state, line.value, line.fix) == (
        State.UNKNOWN,
        "only root can read it",
        "Run `du`.",
    )


@pytest.mark.parametrize(
    ("free", "state"),
    [(50, State.OK), (10, State.OK), (9, State.WARNING), (1, State.ERROR), (0, State.ERROR)],
)
def test_free_space(free: int, state: State) -> None:
    space = Space("space", "the volume packs-data", 100 * GB, free * GB)
    found = lines(FakeInspection(found=[space]))["space"]
    assert found.state is state
    assert found.value == (
        f"{free:.1f} GB of 100.0 GB free ({free}%) for the volume packs-data"
        if free
        else "0 bytes of 100.0 GB free (0%) for the volume packs-data"
    )
    assert ("`make gc APPLY=1 STACK=prod`" in found.fix) is (state is not State.OK)


def test_full_next_month(state: Path) -> None:
    record_sample(state, "prod", [], Sample(NOW - 10 * DAY, 0))
    spaces: list[Space | Line] = [
        Space("space", "x", 100 * GB, 50 * GB),
        Space("docker space", "y", 100 * GB, 50 * GB),
    ]
    found = lines(FakeInspection(bytes=19 * GB, found=spaces))
    assert found["space"].state is State.WARNING
    assert found["space"].value.endswith("full in 26 days")
    assert found["docker space"].state is State.OK
