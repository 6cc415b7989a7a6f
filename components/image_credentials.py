"""Conflicts between the credentials of an image registry, whichever target pulls the image."""

from __future__ import annotations

from collections.abc import Iterator

from common.conflict import Conflict


def image_credential_conflicts(username: str, password: str) -> Iterator[Conflict]:
    """Yield a conflict if one of the two is missing."""
    for name, value, other_name, other in (
        ("imageUsername", username, "imagePassword", password),
        ("imagePassword", password, "imageUsername", username),
    ):
        if other and not value:
            yield Conflict(
                ((name,),),
                f"is required when {other_name} is set. Set it, or remove {other_name}.",
            )
