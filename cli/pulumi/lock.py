"""Locks that interrupted updates leave in Pulumi's file backend."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil

from cli.console import CommandError, info
from cli.pulumi.binary import Pulumi


def release_stale_lock(pulumi: Pulumi, stack: str) -> None:
    """Release the lock of an update whose process has ended, if state is in files of this machine.

    Each lock file names its holder: host, user and process. Only the files that were read are
    removed. `pulumi cancel` would release all locks of the stack, including one that another
    command has just acquired.

    :raises CommandError: if another update is running, or the lock can't be removed.
    """
    stale = {}
    for file, process, machine in _locks(pulumi, stack):
        if _may_run(process, machine):
            raise CommandError(
                f"Another update of stack {stack} is running (process {process} on {machine}). "
                "No changes were made. Wait until it ends. If you are certain that it has ended, "
                f"run `pulumi cancel --stack {stack}{pulumi.project.option}`."
            )
        stale[file] = process
    for file, process in stale.items():
        info(f"Releasing the lock of an interrupted update (process {process} has ended)")
        try:
            for part in (file, file.with_name(f"{file.name}.attrs")):
                part.unlink(missing_ok=True)
        except OSError as error:
            raise CommandError(
                f"The lock of stack {stack} could not be released ({error.strerror}). "
                f"Remove {file}, then run this command again."
            ) from None


def running_update(pulumi: Pulumi, stack: str) -> str:
    """Return the process and the machine of an update under way; empty if none is known.

    Only the file backend shows it.
    """
    found = _locks(pulumi, stack)
    return next((f"process {p} on {m}" for _, p, m in found if _may_run(p, m)), "")


def _locks(pulumi: Pulumi, stack: str) -> Iterator[tuple[Path, int, str]]:
    """Yield file, process and machine of each lock. The CLI reports an invalid one."""
    for file in _lock_files(pulumi, stack):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            holder = json.loads(file.read_text(encoding="utf-8"))
            yield file, int(holder["pid"]), str(holder["hostname"])


def _may_run(process: int, machine: str) -> bool:
    """Whether an update may be under way. Processes of other machines can't be checked."""
    return machine != socket.gethostname() or _is_pulumi(process)


def _lock_files(pulumi: Pulumi, stack: str) -> list[Path]:
    if pulumi.state_directory is None:
        return []
    locks = pulumi.state_directory / "locks" / "organization" / pulumi.project.name / stack
    return sorted(locks.glob("*.json"))


def _is_pulumi(process: int) -> bool:
    """Whether a process is a running Pulumi, and not a zombie or a program that reuses its ID."""
    try:
        found = psutil.Process(process)
        return "pulumi" in found.name() and found.status() != psutil.STATUS_ZOMBIE
    except psutil.AccessDenied:
        return True
    except psutil.Error:
        return False
