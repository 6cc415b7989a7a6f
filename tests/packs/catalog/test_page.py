"""The page: what a pack contains can't leave the place of its data."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packs.catalog.model import Catalog, CatalogPack, grouped
from packs.catalog.page import embedded, escape, render
from tests.support.catalog import entry, many

TEXTS = st.text(st.characters(exclude_categories=())) | st.sampled_from(
    ["</script>", "<!--", "<script", "]]>", "</noscript>", "&lt;", "\u2028", "\0", "{{script}}"]
)


class Elements(HTMLParser):
    """The elements of a page with their texts."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags:
            tag, attributes = self.tags[-1]
            key = attributes.get("id") or tag
            self.texts[key] = self.texts.get(key, "") + data


EMPTY = [tag for tag, _ in Elements(render(Catalog(""))).tags]


def data_of(page: str, identifier: str) -> Any:
    return json.loads(Elements(page).texts[identifier])


def page_of(text: str) -> str:
    hostile = entry(
        text,
        text,
        **dict.fromkeys(("display_name", "summary", "layer", "addon_type", "reference"), text),
        **dict.fromkeys(("readme", "values", "note", "digest", "pushed"), text),
        cloud_types=(text,),
        logo=None,
    )
    return render(Catalog(text, text, grouped([hostile])))


@given(TEXTS)
def test_any_text_is_data(text: str) -> None:
    page = page_of(text)
    assert page.isascii()
    elements = Elements(page)
    added = ["h2", "bdi", "p", "ul", "li", "code", "script"]
    assert sorted(tag for tag, _ in elements.tags) == sorted(EMPTY + added)
    index = json.loads(elements.texts["index"])
    assert index["packs"][0]["name"] == text
    if text:
        assert index["packs"][0]["versions"][0]["display"] == text
    assert json.loads(elements.texts["pack-0"])["texts"] == [text]


@given(st.recursive(TEXTS | st.none() | st.integers(), st.lists))
def test_embedded(value: Any) -> None:
    element = embedded("x", value)
    start, end = '<script type="application/json" id="x">', "</script>"
    assert element.startswith(start)
    inner = element.removeprefix(start).removesuffix(end)
    assert not set(inner) & set("<>&\u2028\u2029\0")
    assert inner.isascii()
    assert json.loads(inner) == value


@given(st.text())
def test_escape(text: str) -> None:
    escaped = escape(text)
    assert escaped.isascii()
    assert not set(escaped) & set("<>\"'")
    if text.isprintable():  # references to control characters are other characters in HTML
        assert Elements(f"<p>{escaped}</p>").texts.get("p", "") == text


def policy_of(page: str) -> dict[str, str]:
    found = next(a for tag, a in Elements(page).tags if tag == "meta" and "http-equiv" in a)
    assert found["http-equiv"] == "Content-Security-Policy"
    rules = [rule.strip().partition(" ") for rule in str(found["content"]).split(";")]
    return {name: value for name, _, value in rules}


def test_policy() -> None:
    page = render(many(3))
    for name, tag in (("script-src", "script"), ("style-src", "style")):
        inline = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert len(inline) == 1
        digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
        assert policy_of(page)[name] == f"'sha256-{digest}'"
    assert {k: v for k, v in policy_of(page).items() if k[-4:] != "-src" or k == "img-src"} == {
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert policy_of(page)["default-src"] == "'none'"


def test_policy_comes_first() -> None:
    head = render(many(1)).partition("<style>")[0]
    assert head.index("charset") < head.index("Content-Security-Policy") < head.index("<link")


def test_nothing_is_requested() -> None:
    for tag, attributes in Elements(render(many(3))).tags:
        for name in ("src", "srcset", "action", "data", "poster", "style", "onload", "onclick"):
            assert name not in attributes, (tag, attributes)
        assert str(attributes.get("href", "#")).startswith(("#", "data:,"))
    assert "http://" not in render(many(3))
    assert "https://" not in render(many(3))


def test_script_makes_no_markup_of_text() -> None:
    script = re.findall(r"<script>(.*?)</script>", render(many(1)), re.DOTALL)[0]
    for sink in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "Function(",
    ):
        assert sink not in script
    for sink in ("DOMParser", "createContextualFragment", "fetch(", "XMLHttp", "import(", ".style"):
        assert sink not in script


def test_versions_are_newest_first() -> None:
    page = render(Catalog("", "", grouped([entry("a", "1.9.0"), entry("a", "1.10.0")])))
    versions = data_of(page, "index")["packs"][0]["versions"]
    assert [each["version"] for each in versions] == ["1.10.0", "1.9.0"]


def test_equal_files_are_stored_once() -> None:
    versions = [entry("a", f"1.{each}.0", values=f"number: {each % 2}") for each in range(9)]
    contents = data_of(render(Catalog("", "", grouped(versions))), "pack-0")
    assert len(contents["texts"]) == 3
    assert len(contents["versions"]) == 9


def test_newest_logo() -> None:
    old, new = entry("a", "1.0.0", logo=("image/png", b"old")), entry("a", "2.0.0", logo=None)
    assert grouped([old, new])[0].logo == ("image/png", b"old")
    assert CatalogPack("a", (new,)).logo is None


def test_same_packs_make_same_page() -> None:
    assert render(many(20)) == render(many(20))


@pytest.mark.parametrize("number", [0, 1, 220])
def test_size_without_packs_is_small(number: int) -> None:
    page = render(many(number))
    assert len(page) < 40_000 + number * 20_000
