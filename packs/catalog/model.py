"""What the page shows of packs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from packs.catalog.logo import read_logo
from packs.catalog.text import lines, one_line, summary
from packs.source import LOGO_FILE, PACK_FILE, README_FILE, VALUES_FILE
from packs.versions import version_key

MAX_FILES = 2**28
"""Bytes of the files on one page. 2,000 ordinary packs have a tenth of it."""
TOO_MANY = "Its files are left out: those of other packs make the page large enough."
NO_PACK_FILE = "The pack has no readable pack.json."


@dataclass(frozen=True)
class Entry:
    """One version of a pack. All texts are bounded, and their control characters are visible."""

    name: str
    version: str
    reference: str
    """What clients pull."""
    display_name: str = ""
    summary: str = ""
    layer: str = ""
    addon_type: str = ""
    cloud_types: tuple[str, ...] = ()
    readme: str = ""
    values: str = ""
    logo: tuple[str, bytes] | None = None
    size: int | None = None
    """Bytes of the archive, or of the files of a directory."""
    digest: str = ""
    pushed: str = ""
    """In RFC 3339."""
    note: str = ""
    """Why something is missing."""

    @property
    def is_broken(self) -> bool:
        """Whether its files can't be read."""
        return self.note not in ("", TOO_MANY)


@dataclass(frozen=True)
class CatalogPack:
    """All versions of a pack, the newest first."""

    name: str
    entries: tuple[Entry, ...]

    @property
    def logo(self) -> tuple[str, bytes] | None:
        """The newest logo."""
        return next((entry.logo for entry in self.entries if entry.logo), None)


@dataclass(frozen=True)
class Catalog:
    """Everything that a page shows."""

    source: str
    """The registry or the directory that has the packs."""
    read_at: str = ""
    """When the packs were read, in RFC 3339. Empty for a directory: the same files make the same
    page."""
    packs: list[CatalogPack] = field(default_factory=list)


def described(files: Mapping[str, bytes], note: str = "", **facts: Any) -> Entry:
    """Return a version from the content of its files, by name.

    :param note: why files are missing.
    :param facts: what the files don't say.
    """
    content = read_json(files.get(PACK_FILE, b""))
    readme = lines(files.get(README_FILE, b""))
    annotations = content.get("annotations")
    description = annotations.get("description") if isinstance(annotations, dict) else ""
    clouds = content.get("cloudTypes")
    return Entry(
        display_name=one_line(content.get("displayName")),
        summary=one_line(description) or summary(readme),
        layer=one_line(content.get("layer")),
        addon_type=one_line(content.get("addonType")),
        cloud_types=_words(clouds if isinstance(clouds, list) else []),
        readme=readme,
        values=lines(files.get(VALUES_FILE, b"")),
        logo=read_logo(files.get(LOGO_FILE, b"")),
        note=note or ("" if content else NO_PACK_FILE),
        **facts,
    )


def limited(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield versions, without their files as soon as there are :data:`MAX_FILES` bytes of them."""
    size = 0
    for entry in entries:
        logo = entry.logo[1] if entry.logo else b""
        size += len(entry.readme) + len(entry.values) + len(logo)
        if size <= MAX_FILES:
            yield entry
        else:
            yield replace(entry, readme="", values="", logo=None, note=entry.note or TOO_MANY)


def grouped(entries: Iterable[Entry]) -> list[CatalogPack]:
    """Return packs by their display names, each with its versions."""
    by_name = sorted(entries, key=lambda entry: entry.name)
    packs = []
    for name, versions in groupby(by_name, key=lambda entry: entry.name):
        newest_first = sorted(versions, key=lambda each: version_key(each.version), reverse=True)
        packs.append(CatalogPack(name, tuple(newest_first)))
    return sorted(packs, key=lambda pack: (pack.entries[0].display_name or pack.name).casefold())


def read_json(content: bytes) -> dict[str, Any]:
    """Return an object; an empty one if there is none. Nothing about it is trusted."""
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _words(values: Iterable[object]) -> tuple[str, ...]:
    words = (one_line(value, 40) for value in values)
    return tuple(dict.fromkeys(word for word in words if word))[:40]
