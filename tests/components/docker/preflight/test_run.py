"""Preflight checks as a whole: all problems at once, and no change."""

from __future__ import annotations

from tests.components.docker.preflight.problems import problems
from tests.support.fakes import FakeContainer, FakeEngine


def test_ready_host() -> None:
    engine = FakeEngine()
    assert problems(engine) == []
    assert engine.changes == []


def test_several_problems() -> None:
    engine = FakeEngine(
        FakeContainer("spectro-registry", {}),
        NCPU=1,
        MemTotal=1_000_000_000,
        ApiVersion="1.30",
        images=(),
    )
    found = problems(engine, limits={"cpus": 4}, storage={"kind": "path", "path": "/srv/not-there"})
    starts = [
        "Docker 28.0.1 is too old",
        "The host has 1 CPU",
        "limits.cpus: 4",
        "containerName: ",
        "storage.path: ",
    ]
    assert len(found) == len(starts), "each problem once"
    assert all(any(line.startswith(start) for line in found) for start in starts)
    assert engine.changes == [], "no image is pulled for a host that is not ready"
