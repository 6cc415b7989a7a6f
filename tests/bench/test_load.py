"""The results of a load."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bench.load import count_results

MIDNIGHT = datetime(2027, 1, 1, tzinfo=UTC)


def hits(codes: list[int], start: datetime = MIDNIGHT) -> list[dict[str, Any]]:
    """Ten requests per second, each answered after 100 ms, unordered as in vegeta's output."""
    requests = [
        {
            "timestamp": f"{start + timedelta(seconds=place / 10):%Y-%m-%dT%H:%M:%S.%f}789Z",
            "latency": 10**8,
            "code": code,
        }
        for place, code in enumerate(codes)
    ]
    return requests[1::2] + requests[::2]


def test_successful_load() -> None:
    found = count_results(hits([200] * 20))
    assert (found.requests, found.failed, found.failed_seconds) == (20, 0, 0)
    assert found.rate == found.per_second == pytest.approx(10)


def test_outage_lasts_until_next_success() -> None:
    found = count_results(hits([200] * 5 + [0] * 3 + [200] * 5 + [503] * 2 + [200] * 5))
    assert found.failed == 5
    assert found.failed_seconds == pytest.approx(0.5)
    assert found.per_second == pytest.approx(7.5)
    assert found.rate == pytest.approx(10), "all sent requests, successful or not"


def test_outage_at_the_end() -> None:
    found = count_results(hits([200] * 10 + [0] * 10))
    assert found.failed_seconds == pytest.approx(1.0), "the outage lasts until the end"


def test_load_over_midnight() -> None:
    found = count_results(
        hits([200] * 5 + [0] * 10 + [200] * 5, start=MIDNIGHT - timedelta(seconds=1))
    )
    assert found.failed_seconds == pytest.approx(1.0)
    assert found.rate == pytest.approx(10)
