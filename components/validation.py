"""Validation of all settings of a registry, including conflicts between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pulumi

from common.conflict import Conflict
from common.validation import validate
from components.docker.conflicts import docker_conflicts
from components.servers.distribution.conflicts import server_conflicts
from components.settings import Settings
from components.storage.conflicts import storage_conflicts
from components.tls.conflicts import tls_conflicts
from components.users.conflicts import user_conflicts


def validate_settings(
    raw: Mapping[str, Any], origin: str, secret: frozenset[str] = frozenset(), stack: str = ""
) -> Settings:
    """Convert what the user wrote into the settings of a registry.

    :param raw: the settings by camelCase or snake_case name.
    :param origin: where they come from, for the message (for example "stack dev").
    :param secret: settings that the user marked as secret. Messages hide their values.
    :param stack: the stack whose config holds the settings, for commands. Empty if unknown.
    :raises SettingsError: if settings are invalid or conflict, with one sentence for each.
    """
    return validate(
        Settings,
        raw,
        origin,
        secret,
        stack,
        conflicts=_conflicts,
        placeholders={"hostname": "localhost", "users": _placeholder_user},
    )


def _placeholder_user(index: int) -> dict[str, str]:
    return {"name": f"invalid-{index}"}


def _conflicts(settings: Settings) -> Iterator[Conflict]:
    yield from tls_conflicts(settings)
    yield from user_conflicts(settings.users)
    yield from storage_conflicts(settings, pulumi.get_stack())
    yield from docker_conflicts(settings)
    yield from server_conflicts(settings)
