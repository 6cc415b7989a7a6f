"""Whether a backup has everything that its tags need."""

from __future__ import annotations

from collections.abc import Iterable

from backup.digests import References
from backup.layout import Layout, blob_path, layer_path, revision_path
from backup.manifest import File


def broken_versions(
    layout: Layout, files: Iterable[File], references: References, *, complete: bool
) -> list[str]:
    """Return the versions of packs that a server could not serve from these files.

    :param references: what the manifests refer to.
    :param complete: whether all manifests are known. Otherwise the unknown ones are not followed:
        they are part of an earlier backup.
    """
    listed = list(files)
    paths = {file.path for file in listed}
    return sorted(
        f"{repository}:{tag}"
        for repository, tags in layout.tags(listed).items()
        for tag, digest in tags.items()
        if not _is_whole(layout, repository, digest, paths, references, complete=complete)
    )


def _is_whole(
    layout: Layout,
    repository: str,
    digest: str,
    paths: set[str],
    references: References,
    *,
    complete: bool,
) -> bool:
    pending, seen = [digest], set()
    if complete and digest not in references:
        return False
    while pending:
        each = pending.pop()
        if each in seen:
            continue
        seen.add(each)
        if not _has(layout, repository, each, paths):
            return False
        pending += references.of(each)
    return True


def _has(layout: Layout, repository: str, digest: str, paths: set[str]) -> bool:
    """Return whether the server finds a blob in a repository."""
    if layout.name == "zot":
        return f"{repository}/blobs/{digest.replace(':', '/')}" in paths
    links = {revision_path(repository, digest), layer_path(repository, digest)}
    return blob_path(digest) in paths and bool(links & paths)
