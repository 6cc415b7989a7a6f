"""How far an update came: whether it declared resources."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from cli.pulumi.inline_program import ServedProgram


@pytest.fixture
def monitor(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The engine's resource monitor. It returns the request."""
    fake = SimpleNamespace(RegisterResource=lambda request: request)
    monkeypatch.setattr(pulumi.runtime.settings, "get_monitor", lambda: fake)
    return fake


@pytest.mark.parametrize(
    ("is_preview", "custom", "expected"),
    [(False, [False, False], False), (False, [False, True, False], True), (True, [True], False)],
    ids=["stack and component", "resource", "preview"],
)
def test_declared_resources(
    monitor: Any,
    monkeypatch: pytest.MonkeyPatch,
    is_preview: bool,
    custom: list[bool],
    expected: bool,
) -> None:
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: is_preview)
    served = ServedProgram()
    served.watch_update()
    for kind in custom:
        request = SimpleNamespace(custom=kind)
        assert monitor.RegisterResource(request) is request
    assert served.declared_resources is expected
