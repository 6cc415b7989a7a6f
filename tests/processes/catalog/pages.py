"""How the tests of the page open it, and what they read of it."""

from __future__ import annotations

from collections.abc import Callable

from packs.catalog.model import Catalog, grouped
from tests.support.catalog import entry
from tests.support.chromium import Chromium

SHOWN = "[...document.querySelectorAll('#list h2')].map((title) => title.textContent)"
STATUS = "document.getElementById('status').textContent"
FOCUS = "document.activeElement.id || document.activeElement.textContent"
IS_OPEN = "document.getElementById('details').open"
TITLE = "document.getElementById('details-title')?.textContent"

Open = Callable[..., Chromium]


def assert_quiet(browser: Chromium) -> None:
    assert browser.requests() == []
    assert browser.complaints() == []


def search(browser: Chromium, text: str) -> None:
    browser.press("/")
    browser.type(text)


def packs() -> Catalog:
    found = [
        entry("nginx", "1.9.0", readme="old words: gherkin", layer="addon"),
        entry("nginx", "1.10.0", display_name="NGINX Ingress", addon_type="ingress"),
        entry("calico", layer="cni", cloud_types=("aws", "azure", "maas"), readme="# Pods talk"),
        entry("portworx", layer="csi", cloud_types=("aws",), readme="Talks of volumes.", values=""),
        entry("cafe", display_name="Caf\u00e9", layer="addon", readme="", logo=None),
    ]
    return Catalog("registry.example.com", "2026-02-03T04:05:06+00:00", grouped(found))
