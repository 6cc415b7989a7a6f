"""Validation of a configuration against ``distribution.schema.json``.

The schema is written from CNCF Distribution's configuration reference.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from components.servers.schema import issues_by_schema

SCHEMA_FILE = Path(__file__).with_name("distribution.schema.json")

NOT_DRIVERS = {"cache", "delete", "redirect", "maintenance", "tag"}
"""Keys of `storage` that are not storage drivers."""


@functools.cache
def load_schema() -> dict[str, Any]:
    """Read the schema."""
    schema: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return schema


def storage_drivers() -> list[str]:
    """Return the names of the storage drivers. A configuration has one of them."""
    properties = load_schema()["properties"]["storage"]["properties"]
    return [name for name in properties if name not in NOT_DRIVERS]


def schema_issues(configuration: Mapping[str, Any]) -> Iterator[str]:
    """Find keys and values that the server would reject, with one sentence for each.

    No sentence shows a value, because it may be secret.
    """
    return issues_by_schema(configuration, load_schema(), "CNCF Distribution")
