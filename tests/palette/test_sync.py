"""Waiting for Palette to read a registry: which words are an end, whose end it is, and how long it may take."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from palette.palette import Palette, Patience, SyncStatus
from palette.sync import STALE_SECONDS, Phase, SyncError, phase, sync
from tests.support.palette import API_KEY, Kind, PaletteApi, palette_api


class Clock:
    """Time that passes by waiting alone."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def api() -> Iterator[PaletteApi]:
    with palette_api(PaletteApi()) as running:
        yield running


def synced(
    api: PaletteApi, uid: str, seconds: float = 60.0, clock: Clock | None = None
) -> list[str]:
    """What is told meanwhile."""
    told: list[str] = []
    clock = clock or Clock()
    sync(
        Palette(api.host, API_KEY, patience=Patience(tries=2, backoff=0.01)),
        uid,
        "packs",
        seconds,
        told.append,
        clock.pause,
        clock,
    )
    return told


def failure(api: PaletteApi, uid: str, seconds: float = 60.0, clock: Clock | None = None) -> str:
    with pytest.raises(SyncError) as raised:
        synced(api, uid, seconds, clock)
    return str(raised.value)


def test_the_progress_is_told_each_time_that_it_changes(api: PaletteApi) -> None:
    api.sync_states = ["Pending", "Pending", "InProgress", "InProgress", "Syncing", "Success"]
    assert synced(api, api.add("packs")) == [
        "Palette syncs packs: Pending",
        "Palette syncs packs: InProgress",
        "Palette syncs packs: Syncing",
        "Palette has synced packs",
    ]


@pytest.mark.parametrize(
    ("word", "meaning"),
    [(word, Phase.DONE) for word in ("Success", "Completed", "success", " COMPLETED ")]
    + [(word, Phase.FAILED) for word in ("Failed", "Error", "FAILED")]
    + [
        (word, Phase.UNDER_WAY)
        for word in (
            "",
            "Pending",
            "Unknown",
            "InProgress",
            "Running",
            "Syncing",
            "a word that nobody knows",
        )
    ],
)
def test_every_word_has_a_meaning(word: str, meaning: Phase) -> None:
    assert phase(SyncStatus(word, "", "", "", supported=True)) is meaning


@pytest.mark.parametrize(
    "states", [["Success"], ["Completed"], ["", "Unknown", "Whatever", "Running", "Success"]]
)
def test_a_sync_comes_to_its_end_by_any_way(states: list[str], api: PaletteApi) -> None:
    api.sync_states = states
    assert synced(api, api.add("packs"))[-1] == "Palette has synced packs"
    assert api.count("POST", "/v1/registries/pack/[^/]+/sync") == 1, "it is started once"


def test_a_registry_that_palette_does_not_sync_is_told_so(api: PaletteApi) -> None:
    api.sync_supported = False
    assert synced(api, api.add("packs")) == ["Palette does not sync packs"]
    assert api.count("POST", "/v1/registries/pack/[^/]+/sync") == 0, "there is nothing to start"


def test_a_failed_sync_is_told_with_palettes_reason_and_what_to_do(api: PaletteApi) -> None:
    api.sync_states, api.sync_message = (
        ["InProgress", "Failed"],
        "x509: certificate signed\nby unknown authority",
    )
    assert failure(api, api.add("packs")) == (
        'Palette registered packs and could not sync it (status Failed, "x509: certificate signed by unknown authority"); see that Palette reaches '
        "the registry's endpoint, bring both stacks up to date, and run the update again, which syncs again."
    )


def test_a_sync_that_fails_without_a_reason_is_told_by_its_status(api: PaletteApi) -> None:
    api.sync_states = ["InProgress", "Error"]
    assert failure(api, api.add("packs")) == (
        "Palette registered packs and could not sync it (status Error); see that Palette reaches the registry's endpoint, bring both stacks up to "
        "date, and run the update again, which syncs again."
    )


def test_the_end_of_an_earlier_sync_is_not_taken_for_this_ones(api: PaletteApi) -> None:
    class Slow(PaletteApi):
        """Goes on showing an earlier sync's end for a while."""

        def _sync_status(
            self, kind: Kind, body: object, query: dict[str, str], project: str, uid: str
        ) -> tuple[int, object]:
            status = self.sync_states.pop(0) if len(self.sync_states) > 1 else self.sync_states[0]
            return 200, {
                "status": status,
                "isSyncSupported": True,
                "lastRunTime": "2026-11-24T00:00:00Z",
            }

    for end in ("Failed", "Success"):
        with palette_api(Slow(sync_states=[end, end, end, "InProgress", "Success"])) as slow:
            assert synced(slow, slow.add("packs"))[-2:] == [
                "Palette syncs packs: InProgress",
                "Palette has synced packs",
            ]


def test_the_same_end_is_believed_after_a_while(api: PaletteApi) -> None:
    uid, clock = api.add("packs"), Clock()

    class Same(PaletteApi):
        def _sync_status(
            self, kind: Kind, body: object, query: dict[str, str], project: str, uid: str
        ) -> tuple[int, object]:
            return 200, {"status": "Success", "isSyncSupported": True}

    with palette_api(Same(registrations=dict(api.registrations))) as same:
        assert synced(same, uid, clock=clock)[-1] == "Palette has synced packs"
    assert STALE_SECONDS <= clock.now < STALE_SECONDS + 6, "Palette may tell no times"


def test_a_sync_without_end_is_given_up_in_time(api: PaletteApi) -> None:
    api.sync_states = ["Running"]
    clock = Clock()
    assert failure(api, api.add("packs"), 120.0, clock) == (
        "Palette did not finish the sync of packs within 2 min (its status is Running); it goes on there. Run the update again to wait for it, or "
        "raise syncTimeoutMinutes."
    )
    assert 120 <= clock.now < 121, "to the second"
    assert max(clock.pauses) == 5.0, "it is not asked more often than need be"


def test_a_sync_that_tells_nothing_is_given_up_in_time_too(api: PaletteApi) -> None:
    api.sync_states = [""]
    assert failure(api, api.add("packs"), 60.0) == (
        "Palette did not finish the sync of packs within 1 min (its status is not set); it goes on there. Run the update again to wait for it, or "
        "raise syncTimeoutMinutes."
    )


def test_a_question_that_fails_once_is_asked_again(api: PaletteApi) -> None:
    api.trouble("GET", "/v1/registries/pack/[^/]+/sync/status", 503)
    api.trouble("POST", "/v1/registries/pack/[^/]+/sync", 429)
    assert synced(api, api.add("packs"))[-1] == "Palette has synced packs"
