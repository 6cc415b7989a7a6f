"""Warnings about valid settings that reduce security."""

from __future__ import annotations

from collections.abc import Iterator

from components.settings import Settings

PLAIN_HTTP_WARNING = (
    "tls.mode is off: passwords and packs cross the network unencrypted, anyone on the network "
    "can read and change them, and the Spectro CLI needs --insecure. Use this only behind a proxy "
    "that terminates TLS, or on an isolated network."
)


def security_warnings(settings: Settings) -> Iterator[str]:
    """Return a warning for each such setting."""
    if not settings.https:
        yield PLAIN_HTTP_WARNING
