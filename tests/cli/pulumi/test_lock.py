"""Locks of interrupted updates."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from cli.paths import PALETTE
from cli.pulumi import lock as lock_module
from cli.pulumi.stack import ensure_stack
from tests.support.commands import FakePulumi
from tests.support.programs import error_of

EXPORT = "stack export"
HERE = socket.gethostname()


LIVE, DEAD = 4242, 4343


LOCKS = Path("a state", ".pulumi", "locks", "organization", "pack-registry")


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> dict[int, tuple[str, str]]:
    """Name and status by process ID. Other processes have ended."""
    known = {LIVE: ("pulumi", psutil.STATUS_SLEEPING)}

    def process(pid: int) -> Any:
        if pid < 0:
            raise ValueError("pid must be a positive integer")
        if pid not in known:
            raise psutil.NoSuchProcess(pid)
        if known[pid][0] == "denied":
            raise psutil.AccessDenied(pid)
        return SimpleNamespace(
            name=lambda: known[pid][0],
            status=lambda: known[pid][1],
            cmdline=lambda: [known[pid][0]],
        )

    monkeypatch.setattr(psutil, "Process", process)
    return known


def held(tmp_path: Path, name: str = "dev") -> list[str]:
    """Names of a stack's locks."""
    return sorted({file.name.partition(".")[0] for file in (tmp_path / LOCKS / name).iterdir()})


def locked(tmp_path: Path, *locks: Any, name: str = "dev") -> FakePulumi:
    """A Pulumi CLI whose file backend has locks of a stack."""
    folder = tmp_path / LOCKS / name
    folder.mkdir(parents=True)
    for number, lock in enumerate(locks):
        (folder / f"{number}.json").write_text(lock if isinstance(lock, str) else json.dumps(lock))
        (folder / f"{number}.json.attrs").write_text("{}")  # the backend's metadata of the file
    return FakePulumi(
        {EXPORT: (0, "{}", "")}, {"PULUMI_BACKEND_URL": (tmp_path / "a state").as_uri()}
    )


def held_by(pid: Any, hostname: Any = HERE) -> dict[str, Any]:
    return {
        "pid": pid,
        "username": "root",
        "hostname": hostname,
        "timestamp": "2026-11-23T00:00:00Z",
    }


def busy(process: int, machine: str) -> str:
    return (
        f"Another update of stack dev is running (process {process} on {machine}). No changes "
        "were made. Wait until it ends. If you are certain that it has ended, run `pulumi cancel "
        "--stack dev`."
    )


def test_killed_update(tmp_path: Path, processes: Any, messages: list[str]) -> None:
    pulumi = locked(tmp_path, held_by(DEAD))
    ensure_stack(pulumi, "dev")
    assert held(tmp_path) == []
    assert messages == [f"Releasing the lock of an interrupted update (process {DEAD} has ended)"]


@pytest.mark.parametrize(
    "program", [("bash", psutil.STATUS_RUNNING), ("pulumi", psutil.STATUS_ZOMBIE)]
)
def test_reused_process_id(tmp_path: Path, processes: Any, program: tuple[str, str]) -> None:
    processes[DEAD] = program
    pulumi = locked(tmp_path, held_by(DEAD))
    ensure_stack(pulumi, "dev")
    assert held(tmp_path) == []


def test_lock_of_concurrent_command(
    tmp_path: Path, processes: Any, messages: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi = locked(tmp_path, held_by(DEAD))

    def meanwhile(message: str) -> None:
        messages.append(message)
        (tmp_path / LOCKS / "dev" / "0.json").unlink()  # by the other one, which has seen the same
        (tmp_path / LOCKS / "dev" / "another.json").write_text(json.dumps(held_by(LIVE)))

    monkeypatch.setattr(lock_module, "info", meanwhile)
    ensure_stack(pulumi, "dev")
    assert held(tmp_path) == ["another"]
    assert not [call for call in pulumi.calls if "cancel" in call]


def test_project(tmp_path: Path, processes: Any, messages: list[str]) -> None:
    of_the_registry = locked(tmp_path, held_by(LIVE))
    ensure_stack(FakePulumi({EXPORT: (0, "{}", "")}, of_the_registry.environment, PALETTE), "dev")
    folder = (
        tmp_path
        / "a state"
        / ".pulumi"
        / "locks"
        / "organization"
        / "pack-registry-palette"
        / "dev"
    )
    folder.mkdir(parents=True)
    (folder / "0.json").write_text(json.dumps(held_by(LIVE)))
    message = error_of(ensure_stack, FakePulumi({}, of_the_registry.environment, PALETTE), "dev")
    assert message.endswith("run `pulumi cancel --stack dev --cwd palette`.")
    (folder / "0.json").unlink()
    pending = (0, json.dumps({"deployment": {"pending_operations": [{}]}}), "")
    ensure_stack(FakePulumi({EXPORT: pending}, of_the_registry.environment, PALETTE), "dev")
    assert messages == [
        "An update was interrupted (1 unfinished operations). Refreshing the state from Palette"
    ]


def test_running_update(tmp_path: Path, processes: Any) -> None:
    pulumi = locked(tmp_path, held_by(LIVE))
    assert error_of(ensure_stack, pulumi, "dev") == busy(LIVE, HERE)
    assert (pulumi.calls, held(tmp_path)) == ([], ["0"])
    assert lock_module.running_update(pulumi, "dev") == f"process {LIVE} on {HERE}"
    assert lock_module.running_update(locked(tmp_path / "2", held_by(DEAD)), "dev") == ""


def test_other_machine(tmp_path: Path, processes: Any) -> None:
    pulumi = locked(tmp_path, held_by(DEAD, "build-1"))
    assert error_of(ensure_stack, pulumi, "dev") == busy(DEAD, "build-1")
    assert (pulumi.calls, held(tmp_path)) == ([], ["0"])


def test_live_and_stale_lock(tmp_path: Path, processes: Any) -> None:
    pulumi = locked(tmp_path, held_by(DEAD), held_by(LIVE))
    error_of(ensure_stack, pulumi, "dev")
    reversed_order = locked(tmp_path / "2", held_by(LIVE), held_by(DEAD))
    error_of(ensure_stack, reversed_order, "dev")
    assert pulumi.calls == reversed_order.calls == []
    assert held(tmp_path) == held(tmp_path / "2") == ["0", "1"]


def test_inaccessible_process(tmp_path: Path, processes: Any) -> None:
    processes[DEAD] = ("denied", "")
    assert error_of(ensure_stack, locked(tmp_path, held_by(DEAD)), "dev") == busy(DEAD, HERE)


@pytest.mark.parametrize("broken", ["", "{", "[]", held_by("x"), held_by(None)])
def test_unreadable_lock(tmp_path: Path, processes: Any, broken: Any) -> None:
    pulumi = locked(tmp_path, broken)
    ensure_stack(pulumi, "dev")
    assert (pulumi.calls, held(tmp_path)) == (["stack export --stack dev"], ["0"])


def test_other_stack(tmp_path: Path, processes: Any) -> None:
    pulumi = locked(tmp_path, held_by(DEAD), held_by(LIVE), name="prod")
    ensure_stack(pulumi, "dev")
    assert (pulumi.calls, held(tmp_path, "prod")) == (["stack export --stack dev"], ["0", "1"])


@pytest.mark.parametrize("login", ["file://{}/a%20state", "file://~/a%20state"])
def test_login_to_files(
    tmp_path: Path, home: Path, processes: Any, monkeypatch: pytest.MonkeyPatch, login: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (home / "credentials.json").write_text(json.dumps({"current": login.format(tmp_path)}))
    pulumi = FakePulumi({EXPORT: (0, "{}", "")}, {})
    locked(tmp_path, held_by(DEAD))
    ensure_stack(pulumi, "dev")
    assert held(tmp_path) == []


@pytest.mark.parametrize("url", ["https://api.pulumi.com", "s3://bucket", ""])
def test_other_backends(home: Path, url: str) -> None:
    (home / "credentials.json").write_text(json.dumps({"current": url}))
    pulumi = FakePulumi()
    ensure_stack(pulumi, "dev")
    assert pulumi.calls == ["stack export --stack dev"]


def test_unremovable_lock(tmp_path: Path, processes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    message = error_of(ensure_stack, locked(tmp_path, held_by(DEAD)), "dev")
    file = tmp_path / LOCKS / "dev" / "0.json"
    assert message == (
        "The lock of stack dev could not be released (Permission denied). "
        f"Remove {file}, then run this command again."
    )


def test_own_process() -> None:
    assert lock_module._is_pulumi(os.getpid()) is False
    assert lock_module._is_pulumi(0) is False
