"""Settings of `server.extra` in a server's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merge(base: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with overrides. Sections are merged, other values replaced."""
    merged = dict(base)
    for name, value in overrides.items():
        is_section = isinstance(value, dict) and isinstance(base.get(name), dict)
        merged[name] = merge(base[name], value) if is_section else value
    return merged
