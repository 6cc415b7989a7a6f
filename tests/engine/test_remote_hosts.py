"""Docker hosts over ssh, with a host alias of the ssh configuration, and over TCP with TLS."""

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
    over_ssh,
    over_tls,
    ssh_is_missing,
)
from tests.support.second_daemon import daemon_is_missing

WAYS = {"ssh": (over_ssh, ssh_is_missing), "tcp": (over_tls, daemon_is_missing)}


@pytest.mark.parametrize(("way", "is_missing"), WAYS.values(), ids=list(WAYS))
def test_remote_host(
    project: tuple[Path, str],
    way: Callable[[], AbstractContextManager[RemoteHost]],
    is_missing: Callable[[], str | None],
) -> None:
    skip_or_fail(is_missing(), "REQUIRE_REMOTE_HOSTS")
    directory, stack = project
    with way() as host:

        def run(*command: str) -> str:
            return said(started(directory, stack, *command, environment=host.environment))

        configure(directory, stack, **host.settings)
        assert "The registry is up and verified." in run("up", "--no-policy")
        running = host.client.containers.get(stack)
        assert running.image is not None
        assert DEVELOPMENT_IMAGE in running.image.tags
        expect_guides_answers(json.loads(run("outputs", "--only", "json", "--secrets")))
        run("up", "--no-policy")
        assert host.client.containers.get(stack).id == running.id, (
            "an update without changes keeps the container"
        )
        run("down")
        assert [name for name in host.names() if stack in name] == [f"{stack}-data"], (
            "only the packs remain"
        )
