"""Versions of packs that one server has and another one does not have."""

from __future__ import annotations

from components.verification.reading import PackReader


def absent_versions(old: PackReader, new: PackReader) -> list[str]:
    """Return the versions that only the old server lists, as REPOSITORY:VERSION.

    :raises ReadError: if one of the servers does not list its packs.
    """
    known, absent = set(new.repositories()), []
    for repository in old.repositories():
        versions = old.tags(repository) or []
        found = (new.tags(repository) or []) if versions and repository in known else []
        absent += [f"{repository}:{version}" for version in versions if version not in found]
    return absent
