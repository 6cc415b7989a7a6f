"""Warnings about valid settings that reduce security."""

from __future__ import annotations

from collections.abc import Iterator

from components.settings import ADMIN, Flavor, Settings

PLAIN_HTTP_WARNING = (
    "tls.mode is off: passwords and packs cross the network unencrypted, anyone on the network "
    "can read and change them, and the Spectro CLI needs --insecure. Use this only behind a proxy "
    "that terminates TLS, or on an isolated network."
)

NO_ROLES_WARNING = (
    "flavor is oci, and CNCF Distribution has no roles: every user can push and overwrite packs, "
    "including {names}. Put a proxy in front that allows only reads for users other than admin, "
    "or set users to []."
)


def security_warnings(settings: Settings) -> Iterator[str]:
    """Return a warning for each such setting."""
    if not settings.https:
        yield PLAIN_HTTP_WARNING
    others = [user.name for user in settings.users if user.name != ADMIN]
    if settings.flavor is Flavor.OCI and others:
        yield NO_ROLES_WARNING.format(names=", ".join(others))
