"""Reads what the page shows: from a registry, or from a directory of packs."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from common.packs import CREATED, archive_prefix
from packs.catalog.archive import FILES, MAX_FILE, read_archive
from packs.catalog.model import Catalog, Entry, described, grouped, limited, read_json
from packs.catalog.text import one_line
from packs.listing import layers_of, object_of, read_manifest
from packs.registry import PackRegistryClient
from packs.source import PACK_FILE, pack_directories
from packs.unpacking import ArchiveError
from packs.workers import workers

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def read_registry(
    client: PackRegistryClient, base_content_path: str, report: Callable[[int, int], None]
) -> Catalog:
    """Read all packs of a registry. A version that can't be read is listed with the reason.

    :param report: called after each version with the number of those that were read, and of all.
    :raises UserError: if the registry does not answer as expected.
    """
    prefix = archive_prefix(base_content_path)
    names = [name for name in client.repositories() if name.startswith(prefix)]
    entries: list[Entry] = []
    with workers() as pool:
        tags = pool.map(client.tags, names)
        versions = [(name, tag) for name, each in zip(names, tags, strict=True) for tag in each]
        found = pool.map(lambda each: _read_version(client, prefix, *each), versions)
        for entry in limited(filter(None, found)):
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
    content = read_manifest(manifest)
    digest, size = _layer(layers_of(content))
    note, files = "", dict[str, bytes]()
    if not digest:
        note = "It is not a pack: it has no archive."
    elif not client.has_blob(repository, digest):
        note = "Its archive is missing in the registry. Push it again."
    else:
        try:
            files = read_archive(client.blob_parts(repository, digest), digest)
        except ArchiveError as error:
            note = f"Its archive can't be shown: {error}."
    return described(
        files,
        name=repository.removeprefix(prefix),
        version=tag,
        reference=f"{urlsplit(client.endpoint).netloc}/{repository}:{tag}",
        size=size,
        digest=manifest.digest,
        pushed=_time(object_of(content, "annotations").get(CREATED)),
        note=note,
    )


def _layer(layers: Sequence[Mapping[str, Any]]) -> tuple[str, int | None]:
    """Return digest and size of a pack's only layer, its archive."""
    digest = layers[0].get("digest") if layers else ""
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        return "", None
    size = layers[0].get("size")
    return digest, size if type(size) is int and size >= 0 else None


def _time(value: object) -> str:
    """Return a time in UTC; an empty one if it is none."""
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return ""


def read_directory(root: Path) -> Catalog:
    """Read all packs of a directory, without a registry.

    :raises OSError: if a directory can't be read.
    """
    entries = limited(map(_read_pack, pack_directories(root)))
    return Catalog(one_line(root.resolve().name), "", grouped(entries))


def _read_pack(directory: Path) -> Entry:
    files = {name: _read_file(directory / name) for name in FILES}
    content = read_json(files[PACK_FILE])
    name = one_line(content.get("name")) or one_line(directory.resolve().name)
    version = one_line(content.get("version"))
    size = sum(found.st_size for found in _regular_files(directory))
    reference = f"{name}:{version}" if version else name
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
