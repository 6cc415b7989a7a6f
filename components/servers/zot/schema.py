"""Validation of a configuration against ``zot.schema.json``, which `zot schema` prints."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from components.servers.schema import issues_by_schema

SCHEMA_FILE = Path(__file__).with_name("zot.schema.json")


@functools.cache
def load_schema() -> dict[str, Any]:
    """Read the schema."""
    schema: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return schema


def schema_issues(configuration: Mapping[str, Any]) -> Iterator[str]:
    """Find keys and values that the server would reject, with one sentence for each.

    No sentence shows a value, because it may be secret.
    """
    return issues_by_schema(configuration, load_schema(), "zot")
