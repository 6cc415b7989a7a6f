"""The commands of the README and the tutorials print what the pages show."""

from __future__ import annotations

import pytest

from cli.paths import ROOT
from tests.support.console import PAGES, Session, console_blocks, run_blocks, session
from tests.support.docker import skip_or_fail
from tests.support.processes import find_program

__all__ = ["session"]


@pytest.mark.parametrize("page", PAGES)
def test_documented_commands(page: str, session: Session) -> None:
    if "oras" in (ROOT / page).read_text() and not find_program("oras"):
        skip_or_fail("oras can't be found; `make tools` builds it", "REQUIRE_ORAS")
    assert run_blocks(console_blocks(page), *session) == []
