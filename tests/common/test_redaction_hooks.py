"""The places through which a text reaches a user: each of them scrubs it."""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest

from common import redaction_hooks
from common.errors import UserError
from common.pulumi_runtime import redact_output
from common.redaction import register_secrets
from tests.support.cases import check_each
from tests.support.secret_shapes import MARKER, SECRETS

LOGIN = SECRETS["https login"]


@pytest.fixture(autouse=True)
def hooks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install the hooks for one test."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)
    monkeypatch.setattr(pulumi.log, "_log", pulumi.log._log)
    factory = logging.getLogRecordFactory()
    redaction_hooks.install()
    yield
    logging.setLogRecordFactory(factory)


def failure() -> ValueError:
    try:
        raise ValueError(LOGIN)
    except ValueError as error:
        return error


def test_user_error_scrubbed() -> None:
    def check(secret: str) -> None:
        error = UserError(f"Docker said: {SECRETS[secret]}")
        assert MARKER not in str(error) + repr(error)
        assert str(error).startswith("Docker said: ")

    check_each(SECRETS, check)


def test_traceback_scrubbed(capsys: pytest.CaptureFixture[str]) -> None:
    error = failure()
    sys.excepthook(ValueError, error, error.__traceback__)
    shown = capsys.readouterr().err
    assert "ValueError: https://…@registry.example.com" in shown
    assert MARKER not in shown


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_traceback_of_thread_scrubbed(capsys: pytest.CaptureFixture[str]) -> None:
    error = failure()
    args = threading.ExceptHookArgs((ValueError, error, None, None))
    threading.excepthook(args)
    shown = capsys.readouterr().err
    assert "ValueError: https://…@registry.example.com" in shown


def test_logged_message_scrubbed(caplog: pytest.LogCaptureFixture) -> None:
    register_secrets("Zaphod Beeblebrox")
    logging.getLogger("urllib3").warning("retry %s as %s", LOGIN, "Zaphod Beeblebrox")
    logging.getLogger("grpc").error("failed", exc_info=failure())
    assert "retry https://…@registry.example.com as …" in caplog.text
    assert "ValueError: https://…@registry.example.com" in caplog.text
    assert MARKER not in caplog.text


def test_invalid_log_arguments_reported() -> None:
    record = logging.getLogRecordFactory()("x", logging.INFO, "p", 1, "%d", ("a",), None)
    assert record.args == ("a",), "the logging library reports it"


def test_warning_scrubbed() -> None:
    shown = warnings.formatwarning(LOGIN, UserWarning, "x.py", 1)
    assert "UserWarning: https://…@registry.example.com" in shown


class Engine:
    """Pulumi's engine, which receives messages while it is ready."""

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.ready.set()
        self.messages: list[str] = []
        self.threads: set[str] = set()

    def log(self, _engine: Any, _severity: Any, message: str, *_: Any) -> None:
        """Receive a message."""
        assert self.ready.wait(timeout=60)
        self.messages.append(message)
        self.threads.add(threading.current_thread().name)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Connect Pulumi's log to an engine."""
    engine = Engine()
    monkeypatch.setattr(pulumi.log, "get_engine", lambda: "engine")
    monkeypatch.setattr(pulumi.log, "_log", engine.log)
    redact_output()
    redact_output()
    return engine


@pytest.mark.parametrize("level", ["debug", "info", "warn", "error"])
def test_pulumi_log_scrubbed(level: str, engine: Engine) -> None:
    getattr(pulumi.log, level)(f"pulling {LOGIN}")
    getattr(pulumi.log, level)("registered props={'password': 'MARKER'}")
    pulumi.log.info("the end")
    assert engine.messages == [
        "pulling https://…@registry.example.com",
        "registered props=(not shown)",
        "the end",
    ]


def test_program_does_not_wait_for_debug_messages(engine: Engine) -> None:
    engine.ready.clear()
    numbered = [f"message {number}" for number in range(20)]
    for message in numbered:
        pulumi.log.debug(message)
    assert engine.messages == []
    engine.ready.set()
    pulumi.log.warn("the end")
    assert engine.messages == [*numbered, "the end"]


def test_message_of_a_resource_is_sent_by_the_program(engine: Engine) -> None:
    """Only its thread has the event loop that resolves the resource's URN."""
    pulumi.log.debug("message", resource=object())  # type: ignore[arg-type]
    assert engine.threads == {threading.current_thread().name}
