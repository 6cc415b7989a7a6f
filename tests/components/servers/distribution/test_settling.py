"""Time until a server keeps answering."""

from __future__ import annotations

from typing import Any

import pytest

from components.servers.distribution.settling import settling_seconds

TCP = {"addr": "cache:6379"}


@pytest.mark.parametrize(
    ("extra", "seconds"),
    [
        ({}, 0),
        ({"http": None, "health": None}, 0),
        ({"health": {"storagedriver": {"enabled": False}, "tcp": None}}, 0),
        ({"health": {"storagedriver": {"enabled": True}}}, 11),
        ({"health": {"tcp": [{**TCP, "interval": "1s"}]}}, 2),
        ({"health": {"http": [{"uri": "http://a", "interval": "1.5s", "threshold": 3}]}}, 5.5),
        ({"health": {"file": [{"file": "/a"}, {"file": "/b", "interval": "1m"}]}}, 60),
        ({"health": {"file": [{"file": "/a", "interval": "1m30s"}, "wrong"]}}, 60),
        ({"health": {"tcp": [{**TCP, "interval": "500ms", "threshold": "many"}]}}, 1.5),
        ({"health": {"tcp": [{**TCP, "interval": "soon"}]}}, 11),
    ],
)
def test_settling_seconds(extra: dict[str, Any], seconds: float) -> None:
    assert settling_seconds(extra, has_metrics=False) == seconds


def test_settling_seconds_with_metrics() -> None:
    assert settling_seconds({}, has_metrics=True) == 2
