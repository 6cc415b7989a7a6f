"""Packs in a bucket that the other server of an OCI registry can't read.

The preflight can't inspect a bucket: often, only the server has its keys. In the smoke test, the
running server and the changed one list the packs of the same bucket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pulumi

from components.settings import ADMIN
from components.storage.location import StorageLocation
from components.verification.probe import Probe
from components.verification.reading import PackReader, ReadError

CATALOG_PATH = "/v2/_catalog"
"""Every server of an OCI registry serves it. One of a pack registry may not."""


def absent_packs(
    previous: StorageLocation,
    location: StorageLocation,
    running: Probe,
    changed: Probe,
    passwords: Mapping[str, str],
) -> str:
    """Return why a changed server must not replace the running one; empty if it may.

    If one of them does not list its packs, for example because passwords change in the same update,
    nothing is known, and the server may be replaced.

    :param previous: the location of the running server's packs.
    :param passwords: password by username, for users with a known password.
    """
    user = ADMIN if ADMIN in passwords else next(iter(passwords), "")
    if not user:
        return ""
    old = Probe(running.endpoint, replace(running.api, catalog_path=CATALOG_PATH))
    try:
        absent = _absent_versions(
            PackReader(old, user, passwords[user]), PackReader(changed, user, passwords[user])
        )
    except ReadError:
        return ""
    if not absent:
        return ""
    stack, number = pulumi.get_stack(), len(absent)
    versions = "1 version" if number == 1 else f"{number} versions"
    return (
        f"ociServer: {versions} in {previous} would not be in {location}, such as {absent[0]}. "
        f"Copy them with `make copy-packs FROM={stack} STACK={stack}-new` "
        "(docs/how-to/move-packs.md), set ociServer and flavor back, or set storage.s3.prefix to "
        "another path to start without packs."
    )


def _absent_versions(old: PackReader, new: PackReader) -> list[str]:
    """Return the versions that only the old server lists, as REPOSITORY:VERSION."""
    known, absent = set(new.repositories()), []
    for repository in old.repositories():
        versions = old.tags(repository) or []
        found = (new.tags(repository) or []) if versions and repository in known else []
        absent += [f"{repository}:{version}" for version in versions if version not in found]
    return absent
