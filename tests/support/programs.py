"""Small helpers for tests of commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.console import CommandError


def error_of(call: Callable[..., Any], *arguments: Any, **named: Any) -> str:
    """Call a function that must fail, and return its message."""
    with pytest.raises(CommandError) as raised:
        call(*arguments, **named)
    return raised.value.message


def write_program(directory: Path, script: str = "", name: str = "pulumi") -> str:
    """Write a shell script, and return its path."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}")
    path.chmod(0o755)
    return str(path)
