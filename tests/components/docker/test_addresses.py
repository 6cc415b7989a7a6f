"""Addresses of published ports."""

from __future__ import annotations

import pytest

from components.docker.addresses import reachable_address
from tests.support.fakes import FakeEngine


@pytest.mark.parametrize(
    ("url", "bound", "reached"),
    [
        ("unix:///var/run/docker.sock", "0.0.0.0", "127.0.0.1"),
        ("unix:///var/run/docker.sock", "::", "::1"),
        ("unix:///var/run/docker.sock", "10.10.0.5", "10.10.0.5"),
        ("ssh://ops@build.example.com:2222", "0.0.0.0", "build.example.com"),
        ("ssh://ops@build.example.com:2222", "10.10.0.5", "10.10.0.5"),
        ("tcp://127.0.0.1:2376", "127.0.0.1", "127.0.0.1"),
        ("tcp://[fd00::5]:2376", "::", "fd00::5"),
    ],
)
def test_reachable_address(url: str, bound: str, reached: str) -> None:
    assert reachable_address(FakeEngine(url=url), bound) == reached
