"""A browser for the tests of the page, and isolation that all unit tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.chromium import Chromium, chromium, require_chromium
from tests.support.unit import default, event_loop, http, isolated

__all__ = ["default", "event_loop", "http", "isolated"]


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
