"""Values of CNCF Distribution's notifications."""

from __future__ import annotations

from typing import Annotated

from common.types.base import Format, integer

ReceiverName = Annotated[
    str,
    Format(
        "1 to 64 letters, digits, hyphens, underscores and dots",
        "audit",
        pattern=r"[A-Za-z0-9_.-]{1,64}",
    ),
]
Threshold = Annotated[int, integer(1, 10_000, 10, "requests")]
