"""Names of Amazon S3."""

from __future__ import annotations

from typing import Annotated

from common.types.base import Format
from common.types.network import is_ip


def _bucket(value: str) -> str:
    if is_ip(value) or ".." in value:
        raise ValueError
    return value


class _Prefix(Format):
    def parse(self, value: object) -> object:
        """Return the prefix without leading and trailing slashes."""
        text = value.strip("/") if isinstance(value, str) else value
        if isinstance(text, str) and ".." in text.split("/"):
            raise ValueError
        return super().parse(text)


BucketName = Annotated[
    str,
    Format(
        "3 to 63 lower-case letters, digits, dots and hyphens, a letter or digit at both ends",
        "packs",
        _bucket,
        r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    ),
]
"""Amazon S3 user guide, "Bucket naming rules"."""
RegionName = Annotated[
    str,
    Format("lower-case letters, digits and hyphens", "eu-central-1", pattern=r"[a-z0-9-]{1,64}"),
]
ObjectPrefix = Annotated[
    str,
    _Prefix("a relative path", "registry/prod", pattern=r"[A-Za-z0-9!_.*'()/-]{1,512}"),
]
