"""All checks of one stack: late, failing and unreadable ones hide no other line."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from cli.condition import SEVERITY, Line, State, UnknownError, worst
from cli.console import CommandError
from cli.pulumi.record import parse_record, read_record
from cli.status import run
from cli.status.checks import backups, storage
from cli.status.registry import Registry
from cli.status.run import StackStatus, run_checks, stack_status
from common.redaction import redact
from tests.support.component import settings_of
from tests.support.inspections import FakeInspection, registry_of

OK = Line("first", State.OK, "well")


@pytest.fixture(autouse=True)
def _state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for module in (backups, storage):
        monkeypatch.setattr(module, "STATE", tmp_path)


def use(monkeypatch: pytest.MonkeyPatch, *checks: Any) -> None:
    """Replace the checks."""
    monkeypatch.setattr(run, "CHECKS", checks)


def fails(error: Exception, *lines: Line) -> Any:
    def check(_: Registry) -> Iterator[Line]:
        yield from lines
        raise error

    return check


def states(monkeypatch: pytest.MonkeyPatch, *checks: Any, seconds: float = 30) -> dict[str, Line]:
    use(monkeypatch, *checks)
    return {line.check: line for line in run_checks(registry_of(FakeInspection()), seconds)}


def test_order_of_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = [
        ((lambda _, n=number: iter([Line(str(n), State.OK, "x")])), (str(number),))
        for number in range(30)
    ]
    assert list(states(monkeypatch, *checks)) == [str(number) for number in range(30)]


@pytest.mark.parametrize("notice", ["", "A trial of stack prod is running."])
def test_no_registry(monkeypatch: pytest.MonkeyPatch, notice: str) -> None:
    exported: Future[str] = Future()
    exported.set_result("")
    monkeypatch.setattr(run, "read_config", lambda _: {})
    monkeypatch.setattr(run, "readable_settings", lambda _: settings_of())
    monkeypatch.setattr(run, "trial_notice", lambda _: notice)
    found = stack_status("prod", exported)
    fix = notice or "Create it with `make up STACK=prod`."
    assert found.lines == (Line("stack", State.ERROR, "Stack prod has no registry", fix),)
    assert not found.exists


def test_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    check = fails(UnknownError("it is remote", "Run `df`."), OK)
    found = states(monkeypatch, (check, ("first", "second")))
    assert found["first"].state is State.OK
    assert found["second"] == Line("second", State.UNKNOWN, "it is remote", "Run `df`.")


def test_error_of_host(monkeypatch: pytest.MonkeyPatch) -> None:
    found = states(
        monkeypatch, (fails(OSError("refused")), ("server",)), (fails(OSError("x")), ("users",))
    )
    assert found["server"].state is State.ERROR, "nothing serves"
    assert found["server"].value == "host error: refused"
    assert found["users"].state is State.UNKNOWN
    assert "`make status STACK=prod`" in found["users"].fix


def test_unexpected_error(monkeypatch: pytest.MonkeyPatch) -> None:
    found = states(monkeypatch, (fails(KeyError("x")), ("first",)), (fails(OSError()), ("b",)))
    assert found["first"].value == "KeyError: 'x'"
    assert found["b"].state is State.UNKNOWN


def test_late_check(monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()

    def hangs(_: Registry) -> Iterator[Line]:
        never.wait()
        yield OK

    found = states(monkeypatch, (hangs, ("slow",)), (lambda _: iter([OK]), ("first",)), seconds=0.2)
    never.set()
    assert found["slow"].value == "no answer in 0 s"
    assert found["first"].state is State.OK


def test_connection_is_opened_once() -> None:
    inspection = FakeInspection()
    list(run_checks(registry_of(inspection)))
    assert inspection.opened == 1


def test_every_line_is_named() -> None:
    """A host without a server has all lines that the schema names, except those of the host."""
    names = {name for _, checks in run.CHECKS for name in checks}
    found = {line.check for line in run_checks(registry_of(FakeInspection()))}
    assert names - found == {"server", "lock", "space"}, "the fake host yields no line for these"


def test_unreadable_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    exported: Future[str] = Future()
    exported.set_exception(CommandError("the backend does not answer"))
    monkeypatch.setattr(run, "read_config", lambda _: {})
    monkeypatch.setattr(run, "readable_settings", lambda _: registry_of().settings)
    found = stack_status("prod", exported)
    assert found.state is State.ERROR
    (line,) = found.lines
    assert (line.check, line.value) == ("stack", "the backend does not answer")
    assert "`make status STACK=prod`" in line.fix
    assert (found.endpoint, found.target) == ("", "")


def test_slow_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "RECORD_SECONDS", 0.0)
    monkeypatch.setattr(run, "read_config", lambda _: {})
    monkeypatch.setattr(run, "readable_settings", lambda _: registry_of().settings)
    (line,) = stack_status("prod", Future()).lines
    assert "Pulumi has not returned the record of stack prod in 0 s" in line.value


def test_record() -> None:
    secret = {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "plaintext": json.dumps({"admin": "a-password-of-admin"}),
    }
    deployment = {
        "resources": [
            {"type": "pulumi:pulumi:Stack", "urn": "a", "outputs": {"users": secret}},
            {"type": "x", "urn": "b", "inputs": {"list": [secret]}, "delete": True},
            {"type": "x", "urn": "c"},
        ],
        "pending_operations": [{"resource": {"urn": "d"}, "type": "creating"}],
    }
    record = read_record("prod", json.dumps({"deployment": deployment}))
    assert record.passwords == {"admin": "a-password-of-admin"}
    assert record.pending == ("d",)
    assert [each["urn"] for each in record.of_type("x")] == ["c"]
    assert record.resources[1]["inputs"]["list"] == [{"admin": "a-password-of-admin"}]
    assert "a-password-of-admin" not in redact("a-password-of-admin")
    encrypted = {key: value for key, value in secret.items() if key != "plaintext"}
    assert parse_record("prod", {"resources": [{"x": encrypted}]}).resources == ({"x": None},)


@pytest.mark.parametrize("exported", ["", '{"deployment": {}}', "{}"])
def test_no_record(exported: str) -> None:
    with pytest.raises(CommandError, match=r"has no registry. Create it with `make up STACK=prod`"):
        read_record("prod", exported)


def test_worst_state() -> None:
    assert worst([]) is State.OK
    assert worst(SEVERITY) is State.ERROR
    lines = (OK, Line("b", State.WARNING, "x"), Line("c", State.UNKNOWN, "x"))
    assert StackStatus("prod", "", "", 0.0, lines).state is State.WARNING
