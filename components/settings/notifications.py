"""Notifications that CNCF Distribution sends: who pushed, pulled or deleted what."""

from __future__ import annotations

from enum import StrEnum

from common.settings_model import SettingsModel, nested, setting
from common.types.base import Text
from common.types.durations import Duration
from common.types.http import HeaderName, HeaderValue
from common.types.network import ReceiverUrl
from common.types.notifications import ReceiverName, Threshold


class Action(StrEnum):
    """Actions on packs, as CNCF Distribution names them."""

    PULL = "pull"
    PUSH = "push"
    MOUNT = "mount"
    DELETE = "delete"


class Ignore(SettingsModel):
    """Events that are not sent to a receiver."""

    media_types: list[Text] = setting(
        [],
        "Media types of content whose events are not sent.",
        example=["application/octet-stream"],
    )
    actions: list[Action] = setting([], "Actions that are not sent.", example=["pull"])


class NotificationEndpoint(SettingsModel):
    """A receiver of notifications."""

    name: ReceiverName = setting(..., "Name of the receiver in metrics and logs.")
    url: ReceiverUrl = setting(..., "URL to which the server sends events with POST.")
    headers: dict[HeaderName, HeaderValue] = setting(
        {},
        "Headers of these requests, for example with a token.",
        allowed="a map of header names to strings of printable ASCII",
        example={"Authorization": "Bearer TOKEN"},
        secret=True,
    )
    timeout: Duration = setting("1s", "Time limit of a request.", example="5s")
    threshold: Threshold = setting(10, "Failed requests after which the server waits.")
    backoff: Duration = setting("1s", "Time that the server then waits.", example="10s")
    ignore: Ignore = nested(Ignore, "Events that are not sent.")


class Notifications(SettingsModel):
    """Notifications of CNCF Distribution: who pushed, pulled or deleted what."""

    endpoints: list[NotificationEndpoint] = setting(
        [],
        "Receivers of notifications. Events that are not delivered yet are lost when the server "
        "stops.",
        allowed="a list of receivers, each an object with a name and a url",
        example=[{"name": "audit", "url": "https://audit.example.com/events"}],
    )
    include_references: bool = setting(
        False, "Add the content that a pushed manifest refers to (`events.includereferences`)."
    )
