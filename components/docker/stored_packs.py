"""Packs in a mounted directory as the server stores them: versions, and uploads under way.

Distribution keeps the parts of an upload below `_uploads` until it is complete. What a client has
abandoned stays there for a week, and is not written to any more.
"""

from __future__ import annotations

import contextlib
import tarfile
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from common.errors import UserError
from components.docker.archive_stream import ArchiveStream
from components.docker.collector import Server
from components.docker.engine import DockerEngine
from components.servers.distribution.collection import REPOSITORIES

ACTIVE_SECONDS = 60.0
"""Time since its last part in which an upload counts as under way."""

LONG_BYTES = 16 * 2**20
"""Size of the parts of an upload that takes long."""

PART_BYTES = 2**16

ATTEMPTS = 10
"""Docker ends an archive early if a file changes while it is archived."""


@dataclass(frozen=True)
class StoredPacks:
    """What is stored. Of a bucket, nothing is known."""

    versions: Mapping[str, str]
    """Digests of manifests by `PACK:VERSION`; not complete if there is a long upload."""
    uploads: frozenset[str]
    """Identifiers of uploads under way. With a long upload, earlier ones are included."""
    long_upload: str = ""
    """A pack with an upload that takes long; empty if there is none."""


def read_stored_packs(
    engine: DockerEngine, server: Server, earlier_uploads: Set[str] = frozenset()
) -> StoredPacks:
    """Read the versions, or find an upload that takes long: the content is read up to there.

    :param earlier_uploads: the uploads of an earlier call. If one of them is still under way, it
        takes long.
    :raises UserError: if files changed during each attempt.
    """
    for _ in range(ATTEMPTS):
        with contextlib.suppress(tarfile.ReadError):
            return _read_once(engine, server, earlier_uploads)
    raise UserError(
        f"The versions could not be read: files changed during each of {ATTEMPTS} attempts. Run "
        "the command again when fewer packs are pushed."
    )


def _read_once(engine: DockerEngine, server: Server, earlier_uploads: Set[str]) -> StoredPacks:
    versions: dict[str, str] = {}
    uploads: set[str] = set()
    oldest = engine.time().timestamp() - ACTIVE_SECONDS
    for name, member, archive in _stored_files(engine, server):
        match name.split("/"):
            case [*pack, "_manifests", "tags", version, "current", "link"]:
                if file := archive.extractfile(member):
                    versions[f"{'/'.join(pack)}:{version}"] = file.read().decode()
            case [*pack, "_uploads", upload, "data" | "startedat"]:
                # Distribution leaves other files of uploads that are complete.
                if member.mtime < oldest:
                    continue
                uploads.add(upload)
                if upload in earlier_uploads or member.size > LONG_BYTES:
                    known = frozenset(uploads | earlier_uploads)
                    return StoredPacks(versions, known, "/".join(pack))
            case _:
                continue
    return StoredPacks(versions, frozenset(uploads))


def _stored_files(
    engine: DockerEngine, server: Server
) -> Iterator[tuple[str, tarfile.TarInfo, tarfile.TarFile]]:
    """Read the directory of all packs. Yields paths below it."""
    if not server.root_directory:
        return
    path = f"{server.root_directory}/{REPOSITORIES}"
    try:
        parts = engine.archive_parts(server.inspected["Id"], path)
    except LookupError:  # nothing was ever pushed
        return
    stream: Any = ArchiveStream(parts)
    with tarfile.open(fileobj=stream, mode="r|", bufsize=PART_BYTES) as archive:
        for member in archive:
            yield member.name.partition("/")[2], member, archive
    stream.drain()
    if not stream.is_complete:
        raise tarfile.ReadError("Docker ended the archive too early")
