"""A killed `make gc`: the next command starts the server again, and nothing else changes."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.engine.conftest import make_up, said, started
from tests.support.collections import READ_ONLY, delete_version
from tests.support.docker import container_names, inspect
from tests.support.packs import push_versions, whole
from tests.support.registry import Client

SECONDS = 60
PACK = "packs/a"


def has_lock(stack: str) -> bool:
    return f"{stack}-maintenance" in container_names(stack)


def has_copy(stack: str) -> bool:
    return f"{stack}-read-only" in container_names(stack)


def has_stopped_server(stack: str) -> bool:
    return has_copy(stack) and inspect(stack)["State"]["Status"] == "exited"


def collects(stack: str) -> bool:
    return has_copy(stack) and f"{stack}-collector" in container_names(stack)


def outputs_of(directory: Path, stack: str) -> dict[str, object]:
    shown = said(started(directory, stack, "outputs", "--only", "json", "--secrets"))
    return dict(json.loads(shown))


def kill_when(command: subprocess.Popen[str], is_reached: Callable[[], bool]) -> None:
    """Kill a command and its children at a moment."""
    end = time.monotonic() + SECONDS
    while not is_reached():
        assert command.poll() is None, f"the command ended before: {command.communicate()[0]}"
        assert time.monotonic() < end
        time.sleep(0.002)
    for process in psutil.Process(command.pid).children(recursive=True):
        process.kill()
    command.kill()
    command.communicate()


@pytest.mark.parametrize(
    ("moment", "repair"),
    [
        (has_lock, ["gc", "--apply"]),
        (has_copy, ["up", "--no-policy"]),
        (has_stopped_server, ["up", "--no-policy"]),
        (has_stopped_server, ["unlock"]),
        (collects, ["gc", "--apply"]),
        (collects, ["down"]),
    ],
    ids=["lock-gc", "copy-up", "stopped-up", "stopped-unlock", "collector-gc", "collector-down"],
)
def test_next_command_recovers(
    project: tuple[Path, str], moment: Callable[[str], bool], repair: list[str]
) -> None:
    directory, stack = project
    said(make_up(directory, stack))
    expected, server = container_names(stack), inspect(stack)["Id"]
    admin = Client.of(outputs_of(directory, stack), "admin")
    contents = push_versions(admin, PACK, "1.0.0", "2.0.0")
    delete_version(admin, PACK, "2.0.0")
    kill_when(started(directory, stack, "gc", "--apply"), lambda: moment(stack))

    shown = said(started(directory, stack, *repair))
    assert "Traceback" not in shown
    if repair == ["down"]:
        assert container_names(stack) == set()
        said(make_up(directory, stack))
        admin = Client.of(outputs_of(directory, stack), "admin")
    else:
        assert container_names(stack) == expected
        assert inspect(stack)["Id"] == server, "the container is the same"
    admin.push(PACK, contents["2.0.0"], "2.0.0")
    for version, content in contents.items():
        assert content in whole(admin, PACK, version).values()


def test_commands_during_collection(project: tuple[Path, str]) -> None:
    directory, stack = project
    said(make_up(directory, stack))
    admin = Client.of(outputs_of(directory, stack), "admin")
    contents = push_versions(admin, PACK, "1.0.0", "2.0.0")
    delete_version(admin, PACK, "2.0.0")
    running = started(directory, stack, "gc", "--apply")
    end = time.monotonic() + SECONDS
    while not collects(stack):
        assert time.monotonic() < end
        time.sleep(0.002)
    process = psutil.Process(running.pid)
    process.suspend()
    try:
        for command in (["up", "--no-policy"], ["gc"], ["down"], ["unlock"]):
            refused = said(started(directory, stack, *command), 1)
            assert f"The lock of stack {stack} is held: garbage collection by " in refused
        assert admin.status(f"/v1/{PACK}/blobs/uploads/", "POST") == READ_ONLY
        assert contents["1.0.0"] in whole(admin, PACK, "1.0.0").values()
    finally:
        process.resume()
    assert "Removed 2 blobs" in said(running)
    assert not has_lock(stack)
    push_versions(admin, PACK, "2.0.0")


def test_terminated_collection_recovers_itself(project: tuple[Path, str]) -> None:
    directory, stack = project
    said(make_up(directory, stack))
    expected = container_names(stack)
    admin = Client.of(outputs_of(directory, stack), "admin")
    push_versions(admin, PACK, "1.0.0", "2.0.0")
    delete_version(admin, PACK, "2.0.0")
    running = started(directory, stack, "gc", "--apply")
    end = time.monotonic() + SECONDS
    while not has_stopped_server(stack):
        assert time.monotonic() < end
        time.sleep(0.002)
    running.terminate()
    assert "Traceback" not in said(running, 130)
    assert container_names(stack) == expected
    push_versions(admin, PACK, "2.0.0")
