"""A registry on a Docker host that is reached over ssh, or over TCP with certificates."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.engine.conftest import Factory
from tests.support.docker import DEVELOPMENT_IMAGE, skip_or_fail
from tests.support.registry import expect_guides_answers
from tests.support.remote_hosts import RemoteHost, daemon_is_missing, over_ssh, over_tls, ssh_is_missing

WAYS = {"ssh": (over_ssh, ssh_is_missing), "tcp": (over_tls, daemon_is_missing)}


@pytest.mark.parametrize(("way", "is_missing"), WAYS.values(), ids=list(WAYS))
def test_a_remote_host_runs_the_registry_and_is_left_clean(
    registry: Factory, way: Callable[[], AbstractContextManager[RemoteHost]], is_missing: Callable[[], str | None]
) -> None:
    skip_or_fail(is_missing(), "REQUIRE_REMOTE_HOSTS")
    with way() as host:
        made = registry(**host.settings)
        made.use_environment(host.environment)
        outputs = made.up()
        running = host.client.containers.get(made.stack_name)
        assert running.image is not None
        assert DEVELOPMENT_IMAGE in running.image.tags
        expect_guides_answers(outputs)
        made.expect_no_changes()
        made.down()
        assert [name for name in host.names() if made.stack_name in name] == [f"{made.stack_name}-data"], "only the packs are left"
