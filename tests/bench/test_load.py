"""What a load's results come to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bench.load import counted

MIDNIGHT = datetime(2027, 1, 1, tzinfo=UTC)


def hits(codes: list[int], start: datetime = MIDNIGHT) -> list[dict[str, Any]]:
    """Ten requests a second, each answered after 100 ms, in the order in which vegeta writes them: any."""
    made = [
        {
            "timestamp": f"{start + timedelta(seconds=place / 10):%Y-%m-%dT%H:%M:%S.%f}789Z",
            "latency": 10**8,
            "code": code,
        }
        for place, code in enumerate(codes)
    ]
    return made[1::2] + made[::2]


def test_a_load_that_is_answered_well_has_no_failures() -> None:
    found = counted(hits([200] * 20))
    assert (found.requests, found.failed, found.failed_seconds) == (20, 0, 0)
    assert found.rate == found.per_second == pytest.approx(10)


def test_a_run_of_failures_lasts_until_the_next_answer() -> None:
    found = counted(hits([200] * 5 + [0] * 3 + [200] * 5 + [503] * 2 + [200] * 5))
    assert found.failed == 5
    assert found.failed_seconds == pytest.approx(0.5)
    assert found.per_second == pytest.approx(7.5)
    assert found.rate == pytest.approx(10), "what was sent, answered or not"


def test_failures_at_the_end_last_until_the_end() -> None:
    found = counted(hits([200] * 10 + [0] * 10))
    assert found.failed_seconds == pytest.approx(1.0), (
        "a server that never came back has refused all this time"
    )


def test_a_load_over_midnight_goes_on_after_it() -> None:
    found = counted(hits([200] * 5 + [0] * 10 + [200] * 5, start=MIDNIGHT - timedelta(seconds=1)))
    assert found.failed_seconds == pytest.approx(1.0)
    assert found.rate == pytest.approx(10)
