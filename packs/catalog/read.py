"""Reads what the page shows: from a registry, or from a directory of packs."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from common.packs import pack_repository
from packs.annotations import CREATED
from packs.catalog.archive import FILES, MAX_FILE, UnreadableArchiveError, read_archive
from packs.catalog.model import Catalog, Entry, described, grouped, read_json
from packs.catalog.text import one_line
from packs.copy import WORKERS
from packs.registry import PackRegistryClient
from packs.source import PACK_FILE, pack_directories

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def read_registry(
    client: PackRegistryClient, base_content_path: str, report: Callable[[int, int], None]
) -> Catalog:
    """Read all packs of a registry. A version that can't be read is listed with the reason.

    :param report: called after each version with the number of those that were read, and of all.
    :raises UserError: if the registry does not answer as expected.
    """
    prefix = pack_repository(base_content_path, "x")[:-1]
    names = [name for name in client.repositories() if name.startswith(prefix)]
    entries: list[Entry] = []
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        tags = pool.map(client.tags, names)
        versions = [(name, tag) for name, found in zip(names, tags, strict=True) for tag in found]
        for entry in pool.map(lambda each: _read_version(client, prefix, *each), versions):
            if entry:
                entries.append(entry)
            report(len(entries), len(versions))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Catalog(urlsplit(client.endpoint).netloc, now, grouped(entries))


def _read_version(
    client: PackRegistryClient, prefix: str, repository: str, tag: str
) -> Entry | None:
    manifest = client.manifest(repository, tag)
    if manifest is None:  # it was deleted meanwhile
        return None
    content = read_json(manifest.content)
    digest, size = _layer(content.get("layers"))
    note, files = "", dict[str, bytes]()
    if not digest:
        note = "It is not a pack: it has no archive."
    elif not client.has_blob(repository, digest):
        note = "Its archive is missing in the registry. Push it again."
    else:
        try:
            files = read_archive(client.blob_parts(repository, digest), digest)
        except UnreadableArchiveError as error:
            note = str(error)
    return described(
        files,
        name=repository.removeprefix(prefix),
        version=tag,
        reference=f"{urlsplit(client.endpoint).netloc}/{repository}:{tag}",
        size=size,
        digest=manifest.digest,
        pushed=_time(content.get("annotations")),
        note=note,
    )


def _layer(layers: object) -> tuple[str, int | None]:
    """Return digest and size of a pack's only layer, its archive."""
    first = layers[0] if isinstance(layers, list) and layers else None
    if not isinstance(first, dict) or not _DIGEST.fullmatch(str(first.get("digest"))):
        return "", None
    size = first.get("size")
    return first["digest"], size if isinstance(size, int) and size >= 0 else None


def _time(annotations: object) -> str:
    value = annotations.get(CREATED) if isinstance(annotations, dict) else None
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return ""


def read_directory(root: Path) -> Catalog:
    """Read all packs of a directory, without a registry.

    :raises OSError: if a directory can't be read.
    """
    entries = [_read_pack(directory) for directory in pack_directories(root)]
    return Catalog(root.resolve().name, "", grouped(entries))


def _read_pack(directory: Path) -> Entry:
    files = {name: _read_file(directory / name) for name in FILES}
    content = read_json(files[PACK_FILE])
    name = one_line(content.get("name")) or one_line(directory.resolve().name)
    version = one_line(content.get("version"))
    size = sum(found.st_size for found in _regular_files(directory))
    reference = f"{name}:{version}"
    return described(files, name=name, version=version, reference=reference, size=size)


def _read_file(path: Path) -> bytes:
    """Return the start of a file of a pack; nothing of a link, which may lead outside of it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return b""
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_FILE)
    finally:
        os.close(descriptor)


def _regular_files(directory: Path) -> Iterator[os.stat_result]:
    for parent, _, names in os.walk(directory):
        for name in names:
            found = (Path(parent) / name).lstat()
            if stat.S_ISREG(found.st_mode):
                yield found
