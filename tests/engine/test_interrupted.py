"""A killed `make up`: the next command recovers the lock, pending creations and orphans."""

from __future__ import annotations

import contextlib
import re
import subprocess
import time
from pathlib import Path

import docker
import psutil
import pytest

from tests.engine.conftest import make_up, said, started
from tests.support.docker import DEVELOPMENT_IMAGE, container_names, inspect, volume_names

SECONDS = 60


def family_when(update: subprocess.Popen[str], stack: str, container: str) -> list[psutil.Process]:
    """The update's processes, as soon as a container exists."""
    end = time.monotonic() + SECONDS
    while container not in container_names(stack):
        assert update.poll() is None, (
            f"the update ended before it created {container}: {update.communicate()[0]}"
        )
        assert time.monotonic() < end, f"the update did not create {container} within {SECONDS} s"
        time.sleep(0.005)
    return [*psutil.Process(update.pid).children(recursive=True), psutil.Process(update.pid)]


@pytest.mark.parametrize(
    "container",
    ["{}-config-users-writer", "{}-config-certificate-writer", "{}"],
    ids=[
        "users",
        "certificate",
        "server",
    ],
)
def test_next_update_recovers(project: tuple[Path, str], container: str) -> None:
    directory, stack = project
    killed = make_up(directory, stack)
    for process in family_when(killed, stack, container.format(stack)):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    killed.communicate()
    again = make_up(directory, stack)
    shown = said(again)
    assert "Releasing the lock of an interrupted update" in shown
    assert "The registry is up and verified." in shown
    assert container_names(stack) == {
        stack,
        f"{stack}-config-users-writer",
        f"{stack}-config-certificate-writer",
    }
    assert "Traceback" not in shown


def test_down_recovers(project: tuple[Path, str]) -> None:
    directory, stack = project
    killed = make_up(directory, stack)
    for process in family_when(killed, stack, f"{stack}-config-users-writer"):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    killed.communicate()
    # It depends on timing which containers exist and are recorded. This one is never recorded.
    orphan, writer = f"{stack}-candidate", f"{stack}-config-users-writer"
    docker.from_env().api.create_container(
        DEVELOPMENT_IMAGE, name=orphan, labels=inspect(writer)["Config"]["Labels"]
    )
    down = started(directory, stack, "down")
    shown = said(down)
    message = re.search("Removed the containers? (.+), left by an interrupted update", shown)
    assert message, shown
    assert (
        {orphan}
        <= set(message[1].split(", "))
        <= {orphan, writer, f"{stack}-config-certificate-writer", stack}
    ), shown
    assert container_names(stack) == set()
    assert volume_names(stack) <= {f"{stack}-data"}, "only the packs remain"
    assert "Traceback" not in shown


def test_concurrent_update(project: tuple[Path, str]) -> None:
    directory, stack = project
    first = make_up(directory, stack)
    engine = next(
        process
        for process in family_when(first, stack, f"{stack}-config-users-writer")
        if process.name() == "pulumi"
    )
    engine.suspend()
    try:
        second = make_up(directory, stack)
        shown = second.communicate()[0]
    finally:
        engine.resume()
    said(first)
    assert second.returncode == 1
    assert f"Another update of stack {stack} is running (process {engine.pid}" in shown
