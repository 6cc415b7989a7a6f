"""Uploads that a server with packs in a mounted directory receives.

Distribution keeps the parts of an upload below `_uploads` until it is complete. What a client has
abandoned stays there for a week, and is not written to any more.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from components.docker.collector import Server
from components.docker.engine import DockerEngine
from components.servers.distribution.collection import REPOSITORIES

ACTIVE_SECONDS = 60.0
"""Time since its last part in which an upload counts as under way."""

PARTS = ("data", "startedat")
"""Files of an upload. Distribution leaves others of some that are complete."""

PART_BYTES = 2**16


class _Stream(io.RawIOBase):
    """The parts of an archive as a file."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts, self._rest = parts, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._parts, b""))
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)


def uploading_packs(engine: DockerEngine, server: Server) -> set[str]:
    """Return packs to which clients upload now: the first one that is found, or none."""
    if not server.root_directory:
        return set()
    now = _host_time(engine)
    path = f"{server.root_directory}/{REPOSITORIES}"
    try:
        parts = engine.archive_parts(server.inspected["Id"], path)
    except LookupError:
        return set()
    stream = io.BufferedReader(_Stream(parts), PART_BYTES)
    with stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            names = member.name.split("/")
            is_part = names[-1] in PARTS and names[-3:-2] == ["_uploads"]
            if is_part and now - member.mtime < ACTIVE_SECONDS:
                return {"/".join(names[1:-3])}
    return set()


def _host_time(engine: DockerEngine) -> float:
    """Return the time of the Docker host: seconds since 1970."""
    text = str(engine.info()["SystemTime"])
    return datetime.fromisoformat(text).timestamp()
