"""Errors in the process in which Pulumi runs dynamic providers."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import grpc
import pytest

from common.errors import UserError
from palette.provider_host import hide_user_error_tracebacks


class Context:
    """Records what an operation reports."""

    details = ""

    def abort(self, _code: grpc.StatusCode, details: str) -> None:
        self.details = details


@pytest.fixture
def host() -> ModuleType:
    """Load the main module of the process without starting its server."""
    spec = importlib.util.find_spec("pulumi.dynamic.__main__")
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text()
    module = ModuleType("host")
    exec(source.removesuffix("main()\n"), vars(module))
    return module


def reported(host: ModuleType, error: Exception) -> str:
    def operation(*_: Any) -> None:
        raise error

    context = Context()
    host._abort_with_traceback(operation)(None, None, context)
    return context.details


def test_user_error(host: ModuleType) -> None:
    assert "Traceback" in reported(host, UserError("a user error"))
    hide_user_error_tracebacks(host)
    assert reported(host, UserError("a user error")) == "a user error"


def test_programming_error(host: ModuleType) -> None:
    hide_user_error_tracebacks(host)
    message = reported(host, RuntimeError("a programming error"))
    assert "Traceback" in message
    assert "a programming error" in message


def test_other_process() -> None:
    module = ModuleType("other")
    hide_user_error_tracebacks(module)
    assert not hasattr(module, "traceback")
