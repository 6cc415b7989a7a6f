"""A browser for the tests of the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from packs.catalog.model import Catalog
from packs.catalog.page import render
from tests.processes.catalog.pages import Open
from tests.support.chromium import Chromium, chromium, require_chromium


@pytest.fixture(scope="session")
def session_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with chromium(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def browser(request: pytest.FixtureRequest) -> Chromium:
    """The browser of this process. Tests are skipped without Chromium."""
    require_chromium()
    running: Chromium = request.getfixturevalue("session_browser")
    return running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "catalog.html"


@pytest.fixture
def opened(browser: Chromium, file: Path) -> Open:
    """Opens a page with packs."""

    def open_page(packs: Catalog, fragment: str = "", **options: Any) -> Chromium:
        file.write_text(render(packs), encoding="ascii")
        browser.open(f"{file.as_uri()}{fragment}", **options)
        browser.wait_until("performance.getEntriesByName('complete').length === 1")
        return browser

    return open_page
