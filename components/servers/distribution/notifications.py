"""Notifications in CNCF Distribution's configuration file, and their conflicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from common.conflict import Conflict, Path
from common.types.network import is_loopback
from components.settings import NotificationEndpoint, Notifications


def notifications_section(notifications: Notifications) -> dict[str, Any]:
    """Return the section `notifications`; empty without a receiver."""
    if not notifications.endpoints:
        return {}
    section: dict[str, Any] = {"endpoints": [_endpoint(each) for each in notifications.endpoints]}
    if notifications.include_references:
        section["events"] = {"includereferences": True}
    return {"notifications": section}


def _endpoint(endpoint: NotificationEndpoint) -> dict[str, Any]:
    ignore = {
        "mediatypes": endpoint.ignore.media_types,
        "actions": [action.value for action in endpoint.ignore.actions],
    }
    optional: dict[str, Any] = {
        "headers": {name: [value] for name, value in endpoint.headers.items()},
        "ignore": {name: values for name, values in ignore.items() if values},
    }
    return {
        "name": endpoint.name,
        "url": endpoint.url,
        "timeout": endpoint.timeout,
        "threshold": endpoint.threshold,
        "backoff": endpoint.backoff,
        **{name: value for name, value in optional.items() if value},
    }


def notification_conflicts(notifications: Notifications) -> Iterator[Conflict]:
    """Yield conflicts between the receivers."""
    if notifications.include_references and not notifications.endpoints:
        yield Conflict(
            (("notifications", "includeReferences"), ("notifications", "endpoints")),
            "has no effect without a receiver. Remove it, or add a receiver to "
            "notifications.endpoints.",
        )
    for index, endpoint in enumerate(notifications.endpoints):
        path: Path = ("notifications", "endpoints", index)
        earlier = [other.name for other in notifications.endpoints[:index]]
        if endpoint.name in earlier:
            yield Conflict(
                ((*path, "name"),),
                f"{endpoint.name} is also the name of "
                f"notifications.endpoints[{earlier.index(endpoint.name)}]. Use another name.",
            )
        if is_loopback(urlsplit(endpoint.url).hostname or ""):
            yield Conflict(
                ((*path, "url"),),
                "is the registry's own container. Use a name or address of the receiver that the "
                "container can reach.",
            )
        names = [name.lower() for name in endpoint.headers]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield Conflict(
                ((*path, "headers"),),
                f"{name} is listed twice. Header names are case-insensitive. Remove one of the "
                "two.",
            )
