"""A registry on a Docker host that is reached over ssh, by an alias of ssh's, or over TCP with certificates."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.engine.conftest import configure, said, started
from tests.support.docker import DEVELOPMENT_IMAGE, skip_or_fail
from tests.support.registry import expect_guides_answers
from tests.support.remote_hosts import (
    RemoteHost,
    daemon_is_missing,
    over_ssh,
    over_tls,
    ssh_is_missing,
)

WAYS = {"ssh": (over_ssh, ssh_is_missing), "tcp": (over_tls, daemon_is_missing)}


@pytest.mark.parametrize(("way", "is_missing"), WAYS.values(), ids=list(WAYS))
def test_a_remote_host_runs_the_registry_and_is_left_clean(
    project: tuple[Path, str],
    way: Callable[[], AbstractContextManager[RemoteHost]],
    is_missing: Callable[[], str | None],
) -> None:
    skip_or_fail(is_missing(), "REQUIRE_REMOTE_HOSTS")
    directory, stack = project
    with way() as host:

        def made(*command: str) -> str:
            run = started(directory, stack, *command, environment=host.environment)
            return said(run)

        configure(directory, stack, **host.settings)
        assert "The registry is up and verified." in made("up", "--no-policy")
        running = host.client.containers.get(stack)
        assert running.image is not None
        assert DEVELOPMENT_IMAGE in running.image.tags
        expect_guides_answers(json.loads(made("outputs", "--only", "json", "--secrets")))
        made("up", "--no-policy")
        assert host.client.containers.get(stack).id == running.id, (
            "an update that changes nothing touches nothing"
        )
        made("down")
        assert [name for name in host.names() if stack in name] == [f"{stack}-data"], (
            "only the packs are left"
        )
