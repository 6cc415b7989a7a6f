"""One conversion of a resource for all policies.

``pulumi-policy`` converts the message with a resource once for each policy, before the policy can
say that it ignores the type. With many policies, this is most of the pack's time.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from google.protobuf import json_format  # type: ignore[import-untyped]  # as the SDK itself uses it
from pulumi_policy import policy as sdk


class LastMessage:
    """Converts messages, and keeps the last result. The SDK copies it and never changes it."""

    def __init__(self) -> None:
        """Start without a message."""
        self._message: Any = None
        self._converted: dict[str, Any] = {}

    def to_dict(self, message: Any) -> dict[str, Any]:
        """Convert a message, as ``json_format.MessageToDict`` does."""
        if message is not self._message:
            self._converted = json_format.MessageToDict(message)
            self._message = message
        return self._converted


def convert_resources_once() -> None:
    """Make the SDK convert each resource once."""
    sdk.json_format = SimpleNamespace(MessageToDict=LastMessage().to_dict)  # type: ignore[attr-defined]
