"""The sync: meaning of a status, stale results, timeout and progress."""

from __future__ import annotations

from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from palette.client.http import PaletteClient, SyncStatus
from palette.client.retry import RetryPolicy
from palette.sync import STALE_SECONDS, Phase, SyncError, phase, sync
from tests.support.palette.server import serve
from tests.support.palette.stub import API_KEY, PaletteStub

SYNC = "/v1/registries/pack/[^/]+/sync"
POLICY = RetryPolicy(attempts=2, backoff=0.01)


class Clock:
    """A clock that advances only with pauses."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def run_sync(
    api: PaletteStub, uid: str = "", timeout: float = 60.0, clock: Clock | None = None
) -> list[str]:
    """Sync a registration and return the reports."""
    reports: list[str] = []
    clock = clock or Clock()
    client = PaletteClient(api.host, API_KEY, retry_policy=POLICY)
    uid = uid or api.add("packs")
    sync(client, uid, "packs", timeout, reports.append, sleep=clock.sleep, clock=clock)
    return reports


def failure(api: PaletteStub, timeout: float = 60.0, clock: Clock | None = None) -> str:
    with pytest.raises(SyncError) as raised:
        run_sync(api, "", timeout, clock)
    return str(raised.value)


def test_reports(api: PaletteStub) -> None:
    api.sync_states = ["Pending", "Pending", "InProgress", "InProgress", "Syncing", "Success"]
    assert run_sync(api) == [
        "Palette syncs packs: Pending",
        "Palette syncs packs: InProgress",
        "Palette syncs packs: Syncing",
        "Palette has synced packs and found 0 packs",
    ], "one report for each change"


PHASES = {
    Phase.DONE: ("Success", "Completed", "success", " COMPLETED "),
    Phase.FAILED: ("Failed", "Error", "FAILED"),
    Phase.IN_PROGRESS: ("", "Pending", "Unknown", "InProgress", "Running", "Syncing", "Other"),
}


@pytest.mark.parametrize(
    ("status", "meaning"),
    [(status, meaning) for meaning, statuses in PHASES.items() for status in statuses],
)
def test_phase(status: str, meaning: Phase) -> None:
    assert phase(SyncStatus(status, "", "", "", supported=True)) is meaning


@pytest.mark.parametrize(
    "states", [["Success"], ["Completed"], ["", "Unknown", "Other", "Running", "Success"]]
)
def test_successful_sync(states: list[str], api: PaletteStub) -> None:
    api.sync_states = states
    assert run_sync(api)[-1] == "Palette has synced packs and found 0 packs"
    assert api.count("POST", SYNC) == 1


def test_unsupported_sync(api: PaletteStub) -> None:
    api.sync_supported = False
    assert run_sync(api) == ["Palette does not sync packs"]
    assert api.count("POST", SYNC) == 0


def test_failure_messages(api: PaletteStub, snapshot: SnapshotAssertion) -> None:
    message = "x509: certificate\nhas expired"
    cases: dict[str, dict[str, Any]] = {
        "with a reason": {"sync_states": ["InProgress", "Failed"], "sync_message": message},
        "without a reason": {"sync_states": ["InProgress", "Error"]},
        "timeout": {"sync_states": ["Running"]},
        "timeout without status": {"sync_states": [""]},
    }
    messages = []
    for case, behavior in cases.items():
        with serve(PaletteStub(**behavior)) as stub:
            messages.append(f"{case}: {failure(stub)}\n")
    assert "\n".join(messages) == snapshot


def test_timeout(api: PaletteStub) -> None:
    api.sync_states = ["Running"]
    clock = Clock()
    assert "within 2 min" in failure(api, 120.0, clock)
    assert 120 <= clock.now < 121
    assert max(clock.pauses) == 5.0


class Stale(PaletteStub):
    """Reports statuses that do not depend on the start of a sync."""

    def _sync_status(self, uid: str) -> dict[str, Any]:
        states = self.sync_states
        status = states.pop(0) if len(states) > 1 else states[0]
        last_run = "2026-11-24T00:00:00Z"
        return {"status": status, "isSyncSupported": True, "lastRunTime": last_run}


@pytest.mark.parametrize("result", ["Failed", "Success"])
def test_stale_result_ignored(result: str) -> None:
    with serve(Stale(sync_states=[result, result, result, "InProgress", "Success"])) as api:
        assert run_sync(api)[-2:] == [
            "Palette syncs packs: InProgress",
            "Palette has synced packs and found 0 packs",
        ]


def test_unchanged_result_accepted_later() -> None:
    clock = Clock()
    with serve(Stale(sync_states=["Success"])) as api:
        assert run_sync(api, clock=clock)[-1] == "Palette has synced packs and found 0 packs"
    assert STALE_SECONDS <= clock.now < STALE_SECONDS + 6, "Palette may report no times"


def test_requests_retried(api: PaletteStub) -> None:
    api.fail("GET", f"{SYNC}/status", 503)
    api.fail("POST", SYNC, 429)
    assert run_sync(api)[-1] == "Palette has synced packs and found 0 packs"


def test_unknown_pack_count(api: PaletteStub) -> None:
    api.sync_states = ["Success"]
    api.fail("POST", "/v1/packs/search", 403)
    reports = run_sync(api)
    assert "403" in reports[-2], "the error is reported, but the sync was successful"
    assert reports[-1] == "Palette has synced packs"
