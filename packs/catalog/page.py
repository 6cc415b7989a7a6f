"""The page: a template with its style, its script and the packs as data.

Content of packs is JSON in elements that a browser does not run. The script shows it with
``textContent`` only. The page's policy forbids every request, every other script, and even in this
script every way to turn text into markup. The page is ASCII, so that no character of a pack can
be taken for another one.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from packs.catalog.model import Catalog, CatalogPack, Entry

_FILES = Path(__file__).parent / "page"
_STYLES = ("base.css", "list.css", "details.css")
_SCRIPTS = ("dom.js", "search.js", "cards.js", "details.js", "main.js")
_POLICY = (
    "default-src 'none'",
    "img-src data:",
    "script-src {script}",
    "style-src {style}",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)
"""Content security policy. Source: W3C, Content Security Policy Level 3, and Trusted Types."""

_ESCAPED = {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}


def render(catalog: Catalog) -> str:
    """Return the page."""
    style = "\n".join(map(_read, _STYLES))
    script = "\n".join(map(_read, _SCRIPTS))
    policy = "; ".join(_POLICY).format(script=_hash(script), style=_hash(style))
    parts = {
        "policy": policy,
        "title": escape(f"Packs of {catalog.source}" if catalog.source else "Packs"),
        "style": style,
        "script": script,
        "index": embedded("index", _index(catalog)),
        "contents": "\n".join(
            embedded(f"pack-{number}", _contents(pack)) for number, pack in enumerate(catalog.packs)
        ),
        "plain": "\n".join(_plain(catalog.packs)),
    }
    template = _read("page.html")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)


def embedded(identifier: str, value: Any) -> str:
    """Return an element with data. No character of it can end the element or start another one."""
    text = json.dumps(value, separators=(",", ":")).translate(_ESCAPED)
    return f'<script type="application/json" id="{identifier}">{text}</script>'


def escape(text: str) -> str:
    """Return a text for an element, in ASCII."""
    text = text.replace("\0", "\ufffd")
    return html.escape(text).encode("ascii", "xmlcharrefreplace").decode("ascii")


def _read(name: str) -> str:
    return (_FILES / name).read_text(encoding="ascii")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _index(catalog: Catalog) -> dict[str, Any]:
    """Return what the list shows. It is small, so that the list appears at once."""
    return {
        "source": catalog.source,
        "readAt": catalog.read_at,
        "packs": [
            {
                "name": pack.name,
                "hasLogo": pack.logo is not None,
                "versions": [_facts(entry) for entry in pack.entries],
            }
            for pack in catalog.packs
        ],
    }


def _facts(entry: Entry) -> dict[str, Any]:
    facts = {
        "version": entry.version,
        "reference": entry.reference,
        "display": entry.display_name,
        "summary": entry.summary,
        "layer": entry.layer,
        "type": entry.addon_type,
        "clouds": entry.cloud_types,
        "size": entry.size,
        "digest": entry.digest,
        "pushed": entry.pushed,
        "note": entry.note,
    }
    return {key: value for key, value in facts.items() if value not in ("", (), None)}


def _contents(pack: CatalogPack) -> dict[str, Any]:
    """Return logo and files of a pack. Equal files of its versions are stored once."""
    texts: dict[str, int] = {}
    versions = [
        [texts.setdefault(text, len(texts)) for text in (entry.readme, entry.values)]
        for entry in pack.entries
    ]
    contents: dict[str, Any] = {"versions": versions, "texts": list(texts)}
    if pack.logo:
        kind, image = pack.logo
        contents["logo"] = f"data:{kind};base64,{base64.b64encode(image).decode()}"
    return contents


def _plain(packs: Sequence[CatalogPack]) -> Iterator[str]:
    """Yield the packs as a list for browsers that run no scripts."""
    for pack in packs:
        newest = pack.entries[0]
        heading = escape(newest.display_name or pack.name)
        facts = " &middot; ".join(escape(text) for text in (pack.name, newest.layer) if text)
        references = "".join(
            f"<li><code>{escape(entry.reference)}</code></li>" for entry in pack.entries
        )
        yield f"<h2><bdi>{heading}</bdi></h2>\n<p>{facts}</p>\n<ul>{references}</ul>"
