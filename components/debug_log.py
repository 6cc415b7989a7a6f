"""Keeps values out of the debug log.

Pulumi's Python SDK writes the outputs of a component and of a stack into the engine's debug channel as it sends them, secrets in plain
(``pulumi.runtime.resource``, "register resource outputs prepared: ..., props=..."); `pulumi up --debug` shows them.
"""

from __future__ import annotations

from typing import Any

import pulumi

_VALUES = "props="
"""What the SDK's messages have before values."""


def keep_values_out() -> None:
    """From now on, cut what the SDK logs for debugging where values begin."""
    log = pulumi.log.debug

    def without_values(msg: str, *args: Any, **kwargs: Any) -> None:
        before, found, _ = msg.partition(_VALUES)
        log(f"{before}{_VALUES}(not shown)" if found else msg, *args, **kwargs)

    pulumi.log.debug = without_values
