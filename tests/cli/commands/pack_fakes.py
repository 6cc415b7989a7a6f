"""A stack with a registry in memory, for the tests of commands for packs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli.stack_registry import StackRegistry
from tests.cli.commands.fakes import OUTPUTS
from tests.packs.memory import Memory
from tests.support.commands import FakePulumi

ARCHIVE = "packs/spectro-packs/archive"


def use_registry(
    pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch, *, flavor: str = "oci"
) -> Memory:
    """Let the stacks have a registry in memory."""
    registry = Memory()
    api = "v2" if flavor == "oci" else "v1"
    values: dict[str, Any] = {
        **OUTPUTS,
        "endpoint": "https://registry.example.com:8443",
        "catalogUrl": f"https://registry.example.com:8443/{api}/_catalog",
        "adminUsername": "admin",
        "consoleRegistration": {"baseContentPath": "packs"} if flavor == "oci" else {},
    }
    pulumi.answers["stack output"] = (0, json.dumps(values), "")
    monkeypatch.setattr(StackRegistry, "client", lambda _: registry.client)
    return registry
