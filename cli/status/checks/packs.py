"""Packs: how many there are, and whether one can be pulled and pushed.

A server whose bucket is gone still answers its health check. Only requests for packs show it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cli.condition import Line, State, UnknownError
from cli.console import count
from cli.status.registry import Registry
from components.settings import ADMIN
from components.verification.reading import Blob, Manifest, PackReader, ReadError
from components.verification.upload import check_upload
from packs.versions import version_key

REQUESTS = 4
"""Requests at the same time. Each is authenticated, which takes the server most of its time."""
MOST_MANIFESTS = 256
"""Packs whose newest version is compared. Of more packs, a random choice is."""
MOST_BYTES = 64 * 2**20
"""Bytes that are read of one blob. `make drill` reads everything."""


@dataclass(frozen=True)
class Version:
    """A version of a pack."""

    repository: str
    tag: str
    manifest: Manifest

    def __str__(self) -> str:
        """Format it as users write it."""
        return f"{self.repository}:{self.tag}"


def check_packs(registry: Registry) -> Iterator[Line]:
    """Count packs and versions, then pull from the newest version."""
    reader = registry.reader()
    try:
        tags = _tags(reader)
    except ReadError as error:
        yield Line("packs", State.ERROR, _described(error), registry.fix([error.failure]))
        yield Line("pull", State.ERROR, "no pack can be listed", registry.fix([error.failure]))
        return
    known = {name: found for name, found in tags.items() if found}
    versions = sum(map(len, known.values()))
    if tags and None in tags.values():
        figures = {"packs": len(tags), "versions": None}
        value = f"{count(len(tags), 'pack')}, versions unknown"
        yield Line("packs", State.OK, value, figures=figures)
        yield Line("pull", State.UNKNOWN, "the server lists no versions, so none is read")
        return
    figures = {"packs": len(known), "versions": versions}
    value = f"{count(len(known), 'pack')}, {count(versions, 'version')}"
    yield Line("packs", State.OK, value, figures=figures)
    try:
        yield _pull(reader, {name: found or [] for name, found in known.items()})
    except ReadError as error:
        fix = (
            f"Push this version again (`{registry.make('push PACK=... FORCE=1')}`), or restore the "
            f"packs. If all versions fail: {registry.fix([error.failure])}"
        )
        yield Line("pull", State.ERROR, _described(error), fix)


def _tags(reader: PackReader) -> dict[str, list[str] | None]:
    names = reader.repositories()
    with ThreadPoolExecutor(REQUESTS) as pool:
        return dict(zip(names, pool.map(reader.tags, names), strict=True))


def _pull(reader: PackReader, tags: dict[str, list[str]]) -> Line:
    """Read a version as a client does.

    :raises ReadError: if a manifest or a blob can't be read, or is damaged.
    """
    newest = [(name, max(found, key=version_key)) for name, found in tags.items()]
    if not newest:
        return Line("pull", State.OK, "there is no pack yet")
    if len(newest) > MOST_MANIFESTS:
        newest = random.sample(newest, MOST_MANIFESTS)
    with ThreadPoolExecutor(REQUESTS) as pool:
        manifests = pool.map(lambda each: reader.manifest(*each), newest)
        versions = [Version(*each, read) for each, read in zip(newest, manifests, strict=True)]
    chosen = max(versions, key=lambda each: (each.manifest.created, str(each)))
    size, is_whole = 0, True
    for blob in _blobs(reader, chosen):
        read = reader.check_blob(chosen.repository, blob, MOST_BYTES)
        size, is_whole = size + read, is_whole and read == blob.size
    figures = {"version": str(chosen), "bytes": size, "whole": is_whole}
    part = "all digests are right" if is_whole else "of large files, only the beginning was read"
    return Line("pull", State.OK, f"{chosen}, {size / 1e6:.1f} MB: {part}", figures=figures)


def _blobs(reader: PackReader, version: Version) -> Iterator[Blob]:
    yield from version.manifest.blobs
    for child in version.manifest.children[:1]:
        yield from reader.manifest(version.repository, child).blobs


def check_push(registry: Registry) -> Iterator[Line]:
    """Begin an upload and cancel it, as the verification of an update does."""
    probe, passwords = registry.probe, registry.record.passwords
    if not probe.api.upload_path:
        yield Line("push", State.OK, "the settings make the server read-only")
        return
    if ADMIN not in passwords:
        raise UnknownError("the password of admin is unknown, because the settings have its hash")
    failures = check_upload(probe, passwords[ADMIN], registry.settings.endpoint)
    if failures:
        failure = failures[0]
        value = f"{failure.request}: {failure.response}"
        yield Line("push", State.ERROR, value, registry.fix(failures))
        return
    yield Line("push", State.OK, "an upload begins")


def _described(error: ReadError) -> str:
    return f"{error.failure.request}: {error.failure.response}"
