"""The commands of the pages that need no Pulumi CLI print what the pages show."""

from __future__ import annotations

import pytest

from tests.support.console import PAGES, Session, console_blocks, run_blocks, session
from tests.support.docker import docker_is_missing, skip_or_fail

__all__ = ["session"]


@pytest.mark.parametrize("page", [page for page in PAGES if console_blocks(page, "docker")])
def test_documented_commands_without_engine(page: str, session: Session) -> None:
    skip_or_fail(docker_is_missing(), "REQUIRE_DOCKER")
    assert run_blocks(console_blocks(page, "docker"), *session) == []
