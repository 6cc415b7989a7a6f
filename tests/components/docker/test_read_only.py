"""A registry that is read-only for a while, and its way back."""

from __future__ import annotations

import docker
import pytest

from common.errors import UserError
from components.docker import read_only
from components.docker.preflight.maintenance import maintenance_problems
from components.docker.read_only import is_read_only, resume_writing, serve_read_only
from tests.support.fakes import OTHER_OWNER, OWNER, FakeContainer, FakeEngine

NAME, COPY, COLLECTOR = "registry", "registry-read-only", "registry-collector"


@pytest.fixture(autouse=True)
def _answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_only, "answers", lambda *_: True)
    monkeypatch.setattr(read_only, "ANSWER_SECONDS", 0.0)
    monkeypatch.setattr(read_only, "RETURN_SECONDS", 1.0)


def test_copy_takes_servers_place() -> None:
    engine = FakeEngine(FakeContainer(NAME))
    server = engine.inspect(NAME)
    assert server
    assert not is_read_only(engine, NAME, OWNER)
    serve_read_only(engine, NAME, OWNER, server, {})
    assert engine.changes == [("create", COPY), ("stop", NAME), ("start", COPY)]
    assert is_read_only(engine, NAME, OWNER)
    assert "make up" in "".join(maintenance_problems(engine, NAME, OWNER))

    engine.changes.clear()
    resume_writing(engine, NAME, OWNER)
    assert engine.changes == [("stop", COPY), ("start", NAME), ("remove", COPY)]
    assert list(maintenance_problems(engine, NAME, OWNER)) == []
    engine.changes.clear()
    resume_writing(engine, NAME, OWNER)
    assert engine.changes == []


def test_copy_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_only, "answers", lambda *_: False)
    engine = FakeEngine(FakeContainer(NAME, ports=(5000,)))
    server = engine.inspect(NAME)
    assert server
    with pytest.raises(UserError, match="does not answer"):
        serve_read_only(engine, NAME, OWNER, server, {})


def test_copy_on_remote_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_only, "answers", lambda *_: False)
    engine = FakeEngine(FakeContainer(NAME, ports=(5000,), ip="127.0.0.1"), url="ssh://host")
    server = engine.inspect(NAME)
    assert server
    serve_read_only(engine, NAME, OWNER, server, {})
    assert engine.held[COPY].status == "running"


@pytest.mark.parametrize(
    ("server", "copy", "expected"),
    [
        ("running", "created", [("remove", COPY)]),
        ("exited", "created", [("start", NAME), ("remove", COPY)]),
        ("exited", "running", [("stop", COPY), ("start", NAME), ("remove", COPY)]),
        ("exited", "exited", [("start", NAME), ("remove", COPY)]),
        ("running", "exited", [("remove", COPY)]),
    ],
)
def test_interrupted_operation(server: str, copy: str, expected: list[tuple[str, str]]) -> None:
    engine = FakeEngine(FakeContainer(NAME, status=server), FakeContainer(COPY, status=copy))
    resume_writing(engine, NAME, OWNER)
    assert engine.changes == expected


def test_collector_ends_before_writing() -> None:
    engine = FakeEngine(
        FakeContainer(NAME, status="exited"), FakeContainer(COPY), FakeContainer(COLLECTOR)
    )
    resume_writing(engine, NAME, OWNER)
    assert engine.changes[0] == ("remove", COLLECTOR)
    assert ("start", NAME) in engine.changes


def test_collector_of_dry_run() -> None:
    engine = FakeEngine(FakeContainer(NAME, status="exited"), FakeContainer(COLLECTOR))
    resume_writing(engine, NAME, OWNER)
    assert engine.changes == [("remove", COLLECTOR)], "nobody asked to start the server"


def test_failing_engine_is_tried_again() -> None:
    engine = FakeEngine(FakeContainer(NAME, status="exited"), FakeContainer(COPY))
    engine.start_errors = [docker.errors.DockerException("port is already allocated")]
    resume_writing(engine, NAME, OWNER)
    assert engine.changes.count(("start", NAME)) == 2
    assert COPY not in engine.held


def test_server_that_can_not_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_only, "RETURN_SECONDS", 0.0)
    engine = FakeEngine(FakeContainer(NAME, status="exited"), FakeContainer(COPY))
    engine.start_errors = [docker.errors.DockerException("no space left on device")] * 100
    with pytest.raises(UserError, match=r"no space left on device\. The registry rejects pushes"):
        resume_writing(engine, NAME, OWNER)
    assert COPY in engine.held, "the next command tries again"


def test_container_of_other_owner() -> None:
    engine = FakeEngine(
        FakeContainer(NAME, status="exited"), FakeContainer(COPY, OTHER_OWNER.labels)
    )
    assert not is_read_only(engine, NAME, OWNER)
    with pytest.raises(UserError, match="already exists"):
        resume_writing(engine, NAME, OWNER)
    assert engine.changes == []
