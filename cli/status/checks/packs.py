"""Packs: how many there are, and whether one can be pulled and pushed.

A server whose bucket is gone still answers its health check. Only requests for packs show it.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from cli.condition import Line, State, UnknownError
from cli.console import count
from cli.status.checks.pull import REQUESTS, describe, pull_line
from cli.status.registry import Registry
from components.settings import ADMIN
from components.verification.reading import PackReader, ReadError
from components.verification.upload import check_upload


def check_packs(registry: Registry) -> Iterator[Line]:
    """Count packs and versions, then pull from the newest version."""
    reader = registry.reader()
    try:
        tags = _tags(reader)
    except ReadError as error:
        yield Line("packs", State.ERROR, describe(error.failure), registry.fix([error.failure]))
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
    yield pull_line(registry, reader, {name: found or [] for name, found in known.items()})


def _tags(reader: PackReader) -> dict[str, list[str] | None]:
    names = reader.repositories()
    with ThreadPoolExecutor(REQUESTS) as pool:
        return dict(zip(names, pool.map(reader.tags, names), strict=True))


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
        yield Line("push", State.ERROR, describe(failure), registry.fix(failures))
        return
    yield Line("push", State.OK, "an upload begins")
