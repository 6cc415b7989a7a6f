"""Copies the packs of CNCF Distribution in the order that is safe during pushes.

Tags first, then manifests' links, then layers' links, then blobs: ``layout.py`` says why.
"""

from __future__ import annotations

import re

from backup.copying import Blobs, text_of, with_retries
from backup.layout import (
    CURRENT,
    STAGES,
    V2,
    blob_path,
    digest_in,
    link_target,
    revision_path,
)
from backup.manifest import File
from backup.progress import Progress
from backup.source import Source

_STAGE_NAMES = ("tags", "manifests", "layers")
FEW = 50
"""So many missing blobs are read one by one. More are read in one stream, if most are missing."""

Links = dict[str, str]
"""Digests by path, in the order of the copy."""


def copy_distribution(source: Source, blobs: Blobs, progress: Progress) -> list[File]:
    """Copy all files, and return them in the order of the copy. Blobs come last."""
    links: Links = {}
    for pattern, name in zip(STAGES, _STAGE_NAMES, strict=True):
        progress.stage(f"Reading the links of {name}")
        links |= _read_links(source, pattern)
    _resolve_tags(source, links)
    files = [File.of_text(path, digest) for path, digest in links.items()]
    return files + _copy_blobs(source, blobs, set(links.values()), progress)


def _read_links(source: Source, pattern: re.Pattern[str]) -> Links:
    """Return the links of one stage."""

    def read() -> Links:
        found: Links = {}
        for entry in source.walk(f"{V2}/repositories"):
            match = pattern.fullmatch(entry.path)
            if match is None:
                continue
            if match["hex"]:  # the path says it, too
                found[entry.path] = digest_in(match)
                continue
            with entry.opened as content:
                found[entry.path] = content.read().decode(errors="replace")
        return found

    links = with_retries(read)
    for path, text in list(links.items()):
        if link_target(text) is None:  # the server was writing it
            _read_again(source, links, path)
    return links


def _read_again(source: Source, links: Links, path: str) -> str | None:
    """Read a link, and return its digest; None if it does not exist any more."""
    try:
        links[path] = with_retries(lambda: text_of(source, path, link_target))
    except KeyError:
        links.pop(path, None)
    return links.get(path)


def _resolve_tags(source: Source, links: Links) -> None:
    """Read the tags again whose manifest was deleted during the copy."""
    for path in list(links):
        match = CURRENT.fullmatch(path)
        if match is None or revision_path(match["repository"], links[path]) in links:
            continue
        if digest := _read_again(source, links, path):
            _read_again(source, links, revision_path(match["repository"], digest))
            continue
        tag = path.removesuffix("current/link")
        for index in [each for each in links if each.startswith(f"{tag}index/")]:
            del links[index]


def _copy_blobs(source: Source, blobs: Blobs, digests: set[str], progress: Progress) -> list[File]:
    paths = {blob_path(digest): digest for digest in sorted(digests)}
    files = {
        path: found for path, digest in paths.items() if (found := blobs.present(path, digest))
    }
    missing = {path: digest for path, digest in paths.items() if path not in files}
    if len(missing) > max(FEW, len(paths) / 2):
        progress.stage(f"Copying {len(missing)} blob{'' if len(missing) == 1 else 's'}")

        def copy_stream() -> None:
            for entry in source.walk(f"{V2}/blobs"):
                digest = missing.get(entry.path)
                if digest and entry.path not in files and (copied := blobs.copy(entry, digest)):
                    files[entry.path] = copied

        with_retries(copy_stream)
    elif missing:
        progress.stage(f"Copying {len(missing)} new blobs")
    for path, digest in missing.items():
        if path not in files and digest not in blobs.damaged:
            _copy_one(source, blobs, files, path, digest)
    return [files[path] for path in paths if path in files]


def _copy_one(source: Source, blobs: Blobs, files: dict[str, File], path: str, digest: str) -> None:
    """Copy one blob, unless it does not exist: a check at the end reports what needs it."""

    def copy() -> None:
        with source.open(path) as entry:
            if copied := blobs.copy(entry, digest):
                files[path] = copied

    try:
        with_retries(copy)
    except KeyError:
        return
