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


@pytest.mark.parametrize("secret", SECRETS)
def test_user_error_scrubbed(secret: str) -> None:
    error = UserError(f"Docker said: {SECRETS[secret]}")
    assert MARKER not in str(error) + repr(error)
    assert str(error).startswith("Docker said: ")


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


@pytest.mark.parametrize("level", ["debug", "info", "warn", "error"])
def test_pulumi_log_scrubbed(level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[str] = []

    def record(_engine: Any, _severity: Any, message: str, *_: Any) -> None:
        logged.append(message)

    monkeypatch.setattr(pulumi.log, "get_engine", lambda: "engine")
    monkeypatch.setattr(pulumi.log, "_log", record)
    redact_output()
    redact_output()
    getattr(pulumi.log, level)(f"pulling {LOGIN}")
    getattr(pulumi.log, level)("registered props={'password': 'MARKER'}")
    assert logged == ["pulling https://…@registry.example.com", "registered props=(not shown)"]
