"""Whether packs can be pulled: reads them whole as a client does, and checks every digest.

The newest version is always read, and others as far as time and size allow. `make drill` reads
everything.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from cli.condition import Line, State
from cli.console import count, size_text
from cli.status.registry import Registry
from components.verification.probe import Failure
from components.verification.reading import Blob, Manifest, PackReader, ReadError
from packs.versions import version_key

REQUESTS = 4
"""Requests at the same time. Each is authenticated, which takes the server most of its time."""
MOST_MANIFESTS = 256
"""Packs whose newest version is read. Of more packs, a random choice is."""
MOST_BYTES = 64 * 2**20
MOST_SECONDS = 0.5
"""Limits after which no further version is read. Of one larger blob, only the beginning is."""


@dataclass
class Reading:
    """What was read so far."""

    versions: int = 0
    size: int = 0
    """Bytes."""
    is_whole: bool = True
    """Whether no blob was too large."""
    failures: dict[str, Failure] = field(default_factory=dict)
    """Failed requests by version."""


def pull_line(registry: Registry, reader: PackReader, tags: Mapping[str, Sequence[str]]) -> Line:
    """Read versions.

    :param tags: all versions of each pack.
    """
    newest = [(name, max(found, key=version_key)) for name, found in tags.items()]
    if not newest:
        return Line("pull", State.OK, "there is no pack yet")
    if len(newest) > MOST_MANIFESTS:
        newest = random.sample(newest, MOST_MANIFESTS)
    reading = Reading()
    ordered = _by_age(reader, newest, reading)
    _read(reader, ordered, reading)
    if reading.failures:
        return _failed(registry, reading)
    (name, tag), _ = ordered[0]
    more = reading.versions - 1
    others = f" and {count(more, 'more version')}" if more else ""
    part = "all digests are right" if reading.is_whole else "of large files only the beginning"
    value = f"{name}:{tag}{others} read ({size_text(reading.size)}): {part}"
    figures = {"newest": f"{name}:{tag}", "versions": reading.versions, "bytes": reading.size}
    return Line("pull", State.OK, value, figures=figures)


def _by_age(
    reader: PackReader, versions: Sequence[tuple[str, str]], reading: Reading
) -> list[tuple[tuple[str, str], Manifest]]:
    """Read the manifests, and return them with the newest one first."""

    def read(version: tuple[str, str]) -> Manifest | Failure:
        try:
            return reader.manifest(*version)
        except ReadError as error:
            return error.failure

    with ThreadPoolExecutor(REQUESTS) as pool:
        found = list(zip(versions, pool.map(read, versions), strict=True))
    reading.failures |= {":".join(each): got for each, got in found if isinstance(got, Failure)}
    manifests = [(each, got) for each, got in found if isinstance(got, Manifest)]
    return sorted(manifests, key=lambda each: (each[1].created, each[0]), reverse=True)


def _read(
    reader: PackReader, versions: Sequence[tuple[tuple[str, str], Manifest]], reading: Reading
) -> None:
    end = time.monotonic() + MOST_SECONDS
    for (name, tag), manifest in versions:
        if reading.versions and (time.monotonic() > end or reading.size > MOST_BYTES):
            return
        reading.versions += 1
        try:
            for blob in _blobs(reader, name, manifest):
                size = reader.check_blob(name, blob, MOST_BYTES)
                reading.size += size
                reading.is_whole = reading.is_whole and size == blob.size
        except ReadError as error:
            reading.failures[f"{name}:{tag}"] = error.failure


def _blobs(reader: PackReader, name: str, manifest: Manifest) -> Iterator[Blob]:
    yield from manifest.blobs
    for child in manifest.children[:1]:
        yield from reader.manifest(name, child).blobs


def _failed(registry: Registry, reading: Reading) -> Line:
    version, failure = next(iter(reading.failures.items()))
    more = len(reading.failures) - 1
    value = f"{version} can't be pulled" + (f", and {count(more, 'more version')}" if more else "")
    push = registry.make("push PACK=... FORCE=1")
    if failure.status is None or failure.status >= 500:
        fix = registry.fix([failure])
    else:
        fix = f"Push the version again (`{push}`), or restore the packs (docs/how-to/backup.md)."
    figures = {"damaged": sorted(reading.failures), "versions": reading.versions}
    return Line("pull", State.ERROR, f"{value} ({describe(failure)})", fix, figures)


def describe(failure: Failure) -> str:
    """Return a request and its response in one line."""
    return f"{failure.request}: {failure.response}"
