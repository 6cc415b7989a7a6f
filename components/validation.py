"""Validation of all settings of a registry, including conflicts between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pulumi

from common.conflict import Conflict
from common.validation import validate
from components.docker.conflicts import docker_conflicts
from components.image_credentials import image_credential_conflicts
from components.kubernetes.conflicts import kubernetes_conflicts
from components.servers.conflicts import server_conflicts
from components.settings import Settings, Target
from components.storage.conflicts import storage_conflicts
from components.tls.conflicts import tls_conflicts
from components.users.conflicts import user_conflicts

COMPONENTS = {Target.DOCKER: "PackRegistry", Target.KUBERNETES: "KubernetesPackRegistry"}
"""The component of each target."""


def validate_settings(
    raw: Mapping[str, Any],
    origin: str,
    secret: frozenset[str] = frozenset(),
    stack: str = "",
    target: Target | None = None,
) -> Settings:
    """Convert what the user wrote into the settings of a registry.

    :param raw: the settings by camelCase or snake_case name.
    :param origin: where they come from, for the message (for example "stack dev").
    :param secret: settings that the user marked as secret. Messages hide their values.
    :param stack: the stack whose config holds the settings, for commands. Empty if unknown.
    :param target: the target of the component that gets the settings. None for any.
    :raises SettingsError: if settings are invalid or conflict, with one sentence for each.
    """
    return validate(
        Settings,
        raw,
        origin,
        secret,
        stack,
        conflicts=lambda settings: _conflicts(settings, target),
        placeholders={
            "hostname": "localhost",
            "users": _placeholder_user,
            "zot.mirrors": _placeholder_mirror,
        },
    )


def _placeholder_user(index: int) -> dict[str, str]:
    return {"name": f"invalid-{index}"}


def _placeholder_mirror(index: int) -> dict[str, str]:
    return {"url": f"https://invalid-{index}.example"}


def _conflicts(settings: Settings, target: Target | None) -> Iterator[Conflict]:
    if target not in (None, settings.target):
        yield Conflict(
            (("target",),),
            f"{settings.target.value} requires the component {COMPONENTS[settings.target]}. Use "
            "that component, or remove target.",
        )
    yield from tls_conflicts(settings)
    yield from user_conflicts(settings.users)
    yield from storage_conflicts(settings, pulumi.get_stack())
    if settings.target is Target.DOCKER:
        yield from docker_conflicts(settings)
    yield from kubernetes_conflicts(settings)
    yield from image_credential_conflicts(settings.image_username, settings.image_password)
    yield from server_conflicts(settings)
