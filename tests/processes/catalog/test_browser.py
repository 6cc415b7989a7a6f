"""The page in a real browser: the list, search, filters and details."""

from __future__ import annotations

from pathlib import Path

import pytest

from packs.catalog.model import Catalog, grouped
from packs.catalog.page import render
from tests.processes.catalog.pages import (
    FOCUS,
    IS_OPEN,
    SHOWN,
    STATUS,
    TITLE,
    Open,
    assert_quiet,
    packs,
    search,
)
from tests.support.catalog import entry, many
from tests.support.chromium import Chromium


def test_list(opened: Open) -> None:
    browser = opened(packs())
    assert browser.run(SHOWN) == ["Caf\u00e9", "Calico", "NGINX Ingress", "Portworx"]
    assert browser.run(STATUS) == "4 packs"
    assert browser.run("document.getElementById('source').textContent") == (
        "registry.example.com \u00b7 5 versions \u00b7 as of Feb 3, 2026"
    )
    text = browser.run("document.querySelectorAll('.card')[2].innerText")
    for part in ("nginx", "1.10.0", "2 versions", "Add-on", "ingress", "Something that is useful"):
        assert part in text
    browser.wait_until("document.querySelectorAll('.has-image').length === 3")
    assert browser.run("document.querySelector('.card .logo').textContent") == "C"
    assert_quiet(browser)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("NGINX", ["NGINX Ingress"]),
        ("  ngi  INGR ", ["NGINX Ingress"]),
        ("cafe", ["Caf\u00e9"]),
        ("CAF\u00c9", ["Caf\u00e9"]),
        ("cni", ["Calico"]),
        ("network", ["Calico"]),
        ("gherkin", ["NGINX Ingress"]),
        ("talk", ["Calico", "Portworx"]),
        ("azure", ["Calico"]),
        ("o", ["Portworx", "Calico", "Caf\u00e9", "NGINX Ingress"]),
        (".*", []),
        ("<b>", []),
        ("__proto__", []),
    ],
)
def test_search(opened: Open, text: str, found: list[str]) -> None:
    browser = opened(packs())
    search(browser, text)
    assert sorted(browser.run(SHOWN)) == sorted(found)
    assert browser.run(STATUS) == (f"{len(found)} of 4 packs" if len(found) < 4 else "4 packs")
    assert browser.run("document.getElementById('empty').hidden") is bool(found)
    assert_quiet(browser)


def test_names_come_before_readmes(opened: Open) -> None:
    found = [entry("a", readme="needle"), entry("b", summary="needle"), entry("needle")]
    browser = opened(Catalog("", "", grouped(found)))
    search(browser, "needle")
    assert browser.run(SHOWN) == ["Needle", "B", "A"]
    assert browser.run("document.querySelectorAll('.by-readme').length") == 1


def test_empty_search_is_cleared(opened: Open) -> None:
    browser = opened(packs())
    search(browser, "nothing has this")
    assert browser.run("document.getElementById('empty').innerText").startswith("No pack matches")
    browser.click("#reset")
    assert len(browser.run(SHOWN)) == 4
    assert browser.run(FOCUS) == "query"


def test_filters(opened: Open) -> None:
    browser = opened(packs())
    browser.click("#layers label:nth-of-type(2)")
    assert browser.run(SHOWN) == ["Caf\u00e9", "NGINX Ingress"]
    browser.run("document.getElementById('cloud').focus()")
    browser.type("m")  # a packs for all clouds runs on each of them
    browser.press("m", "Enter")
    browser.wait_until("document.getElementById('cloud').value === 'maas'")
    assert browser.run(SHOWN) == ["Caf\u00e9", "NGINX Ingress"]
    browser.click("#layers label:nth-of-type(1)")
    assert browser.run(SHOWN) == ["Caf\u00e9", "Calico", "NGINX Ingress"]
    search(browser, "nginx")
    assert browser.run(SHOWN) == ["NGINX Ingress"]
    assert browser.run("document.getElementById('cloud').innerText.split('\\n')") == [
        *("All clouds", "aws (2)", "azure (1)", "maas (1)")
    ]
    assert_quiet(browser)


def test_unknown_layers_are_one_filter(opened: Open) -> None:
    """Packs with invented layers must not fill the page with filters."""
    found = [entry(f"p-{each:02}", layer=f"layer {each}") for each in range(50)]
    browser = opened(Catalog("", "", grouped([*found, entry("a"), entry("b", layer="other")])))
    assert browser.run("byId('layers').innerText.split(/\\s+/)") == [
        *("Layer", "All", "52", "Other", "51", "Add-on", "1")
    ]
    browser.click("#layers label:nth-of-type(2)")
    assert browser.run(STATUS) == "51 of 52 packs"


def test_details(opened: Open) -> None:
    browser = opened(packs())
    browser.click("#list .card:nth-child(3)")
    browser.wait_until(IS_OPEN)
    assert browser.run(TITLE) == "NGINX Ingress"
    text = browser.run("document.getElementById('details').innerText")
    for part in (
        "registry.example.com/packs/spectro-packs/archive/nginx:1.10.0",
        "Add-on (addon)",
        "All clouds",
        "34.6 kB",
        "Feb 3, 2026",
        f"sha256:{'ab' * 32}",
        "# A pack\n\nThis pack installs something",
    ):
        assert part in text
    assert browser.run("[...document.getElementById('version').options].map((o) => o.text)") == [
        *("1.10.0 (newest)", "1.9.0")
    ]
    browser.click("#tab-1")
    assert "namespace: default" in browser.run("document.getElementById('file').innerText")
    assert_quiet(browser)


def test_other_version(opened: Open) -> None:
    browser = opened(packs(), "#pack=nginx&version=1.9.0")
    browser.wait_until(IS_OPEN)
    assert "gherkin" in browser.run("document.getElementById('file').innerText")
    assert "nginx:1.9.0" in browser.run("document.querySelector('.reference').innerText")
    browser.run("document.getElementById('version').focus()")
    browser.press("Home")
    browser.wait_until("location.hash === '#pack=nginx&version=1.10.0'")
    assert browser.run(FOCUS) == "version"
    assert "This pack installs" in browser.run("document.getElementById('file').innerText")
    browser.press("Escape")
    browser.wait_until(f"!{IS_OPEN} && location.hash === ''")
    assert browser.run(FOCUS) == "NGINX Ingress"
    assert_quiet(browser)


@pytest.mark.parametrize(
    "fragment", ["#pack=missing", "#pack=__proto__", "#%", "#<script>", "#version=1", "#list"]
)
def test_other_fragments(opened: Open, fragment: str) -> None:
    browser = opened(packs(), fragment)
    assert browser.run(IS_OPEN) is False
    assert_quiet(browser)


def test_files_that_are_missing(opened: Open) -> None:
    browser = opened(packs(), "#pack=cafe")
    browser.wait_until(IS_OPEN)
    assert (
        browser.run("document.querySelector('[aria-selected=true]').textContent") == "values.yaml"
    )
    browser.click("#tab-0")
    assert browser.run("document.getElementById('file').innerText") == "This version has no README."


def test_empty_catalog(opened: Open) -> None:
    browser = opened(Catalog("registry.example.com"))
    assert browser.run("document.getElementById('empty').innerText").startswith("No packs yet")
    assert browser.run("document.getElementById('controls').hidden") is True
    browser.press("/", "ArrowDown", "Escape")
    assert_quiet(browser)


def test_one_pack(opened: Open) -> None:
    browser = opened(Catalog("", "", grouped([entry("a")])))
    assert browser.run(STATUS) == "1 pack"
    assert browser.run("document.getElementById('layers').hidden") is True
    browser.press("/", "ArrowDown", "ArrowUp")
    assert_quiet(browser)


def test_two_thousand_packs(opened: Open) -> None:
    browser = opened(many(2000))
    assert browser.run("document.querySelectorAll('.card').length") == 2000
    assert browser.run("document.querySelectorAll('.has-image').length") < 200, "logos are lazy"
    search(browser, "keyword1234")
    assert browser.run(SHOWN) == ["Pack 1234"]
    elapsed = browser.run(
        "(() => { const began = performance.now(); query.value = 'keyword'; update();"
        "return performance.now() - began; })()"
    )
    assert elapsed < 1500
    assert_quiet(browser)


def test_damaged_image_leaves_initials(opened: Open) -> None:
    broken = entry("nginx", logo=("image/png", b"\x89PNG\r\n\x1a\n"))
    browser = opened(Catalog("", "", grouped([broken])))
    browser.wait_until("contents.size === 1")
    assert browser.run("document.querySelector('.logo').textContent") == "N"
    assert_quiet(browser)


def test_without_scripts(browser: Chromium, file: Path) -> None:
    file.write_text(render(packs()), encoding="ascii")
    browser.open_without_scripts(file.as_uri())
    text = browser.run("document.body.innerText")
    assert "NGINX Ingress" in text
    assert "registry.example.com/packs/spectro-packs/archive/nginx:1.9.0" in text
    assert browser.run("document.getElementById('controls').checkVisibility()") is False
