"""One stack's life: up, preview, down, and what an interrupted update left behind."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import psutil

from cli import stack_file
from cli.console import CommandError, say
from cli.paths import REGISTRY, ROOT, STATE
from cli.pulumi_cli import Pulumi, json_answer
from components.settings import DEVELOPMENT_STACK

PROJECT = REGISTRY.name

UNCHECKED = "--skip-config-validation"
"""For commands that run a program: it checks its settings itself, and tells all faults at once."""


def written_config(stack: str) -> dict[str, Any]:
    """A stack's config as it is written, by key without the project's namespace.

    :raises CommandError: where there is no such file, or it can't be read.
    """
    path = ROOT / f"Pulumi.{stack}.yaml"
    try:
        written = stack_file.read(path)
        config = written.get("config") or {}
    except FileNotFoundError:
        known = ", ".join(sorted(file.name.split(".")[1] for file in ROOT.glob("Pulumi.*.yaml")))
        raise CommandError(
            f"STACK: there is no {path.name}; allowed are the stacks that have such a file ({known}), "
            f"or copy Pulumi.prod.yaml to {path.name} and edit it."
        ) from None
    except OSError as error:
        raise CommandError(
            f"{path.name} can't be read ({error.strerror}); allowed is a file that this user may read."
        ) from None
    for key in written:
        if key not in STACK_FILE_KEYS:
            raise CommandError(
                f"{path.name}: {key} stands outside config, where nobody reads it; put it under config, as {PROJECT}:{key}."
            )
    if not isinstance(config, dict):
        raise CommandError(
            f"{path.name} is no valid stack file: config must be a group of keys, such as {PROJECT}:hostname."
        )
    return {str(key).removeprefix(f"{PROJECT}:"): value for key, value in config.items()}


STACK_FILE_KEYS = ("config", "encryptionsalt", "encryptedkey", "secretsprovider", "environment")
"""What Pulumi has at the top of a stack's file."""

_NO_STACK = "no stack named"
"""Pulumi's words for a stack that was never made."""


def make(target: str, stack: str) -> str:
    """A command to type, for a stack."""
    return f"make {target}" if stack == DEVELOPMENT_STACK else f"make {target} STACK={stack}"


def is_up(pulumi: Pulumi, stack: str) -> bool:
    """Whether anything is recorded of a stack; it is not made by asking."""
    return _is_recorded(_deployment(pulumi, stack) or {})


def recorded_containers(pulumi: Pulumi, stack: str) -> set[str]:
    """Identifiers of the containers that are recorded of a stack."""
    return {
        str(resource.get("id"))
        for resource in recorded_resources(pulumi, stack)
        if resource.get("type") == "docker:index/container:Container"
    }


def recorded_resources(pulumi: Pulumi, stack: str) -> list[dict[str, Any]]:
    """All that is recorded of a stack."""
    return list((_deployment(pulumi, stack) or {}).get("resources") or [])


def _is_recorded(deployment: dict[str, Any]) -> bool:
    return bool(deployment.get("resources") or deployment.get("pending_operations"))


def _deployment(pulumi: Pulumi, stack: str) -> dict[str, Any] | None:
    """What is recorded of a stack; none where there is no such stack.

    :raises CommandError: where Pulumi refuses.
    """
    exported = pulumi.ask("stack", "export", "--stack", stack)
    if not exported.returncode:
        return json.loads(exported.stdout).get("deployment") or {}
    if _NO_STACK in exported.stderr:
        return None
    raise CommandError(exported.stderr.strip())


def is_in_files(pulumi: Pulumi, stack: str) -> bool:
    """Whether anything is recorded of a stack in the files where state is kept as long as no other backend is in use."""
    file = STATE / ".pulumi" / "stacks" / pulumi.project.name / f"{stack}.json"
    for path, opened in ((file, open), (file.with_name(f"{file.name}.gz"), gzip.open)):
        with contextlib.suppress(OSError, EOFError, ValueError), opened(path) as record:
            return _is_recorded(json.load(record)["checkpoint"].get("latest") or {})
    return False


def ensure_stack(
    pulumi: Pulumi, stack: str, if_unrecorded: Callable[[], None] | None = None
) -> None:
    """Create the stack where it is new; clear away what an interrupted update left of itself.

    :param if_unrecorded: what is seen to first where nothing is recorded of it.
    :raises CommandError: where another update is at work, or Pulumi refuses.
    """
    _clear_stale_lock(pulumi, stack)
    deployment = _deployment(pulumi, stack)
    if if_unrecorded and not _is_recorded(deployment or {}):
        if_unrecorded()
    if deployment is None:
        created = pulumi.ask("stack", "init", stack, "--no-select")
        if created.returncode:
            raise CommandError(created.stderr.strip())
        say(f"Created the stack {stack}")
        return
    if pending := deployment.get("pending_operations"):
        say(
            f"An update was interrupted ({len(pending)} operations under way); bringing the state in line with {pulumi.project.world}"
        )
        if pulumi.run(
            "refresh",
            "--stack",
            stack,
            "--yes",
            "--skip-preview",
            "--clear-pending-creates",
            UNCHECKED,
        ):
            raise CommandError(
                f"The state of {stack} could not be refreshed, for the reason above; mend it and run this again."
            )


def _clear_stale_lock(pulumi: Pulumi, stack: str) -> None:
    """Release the lock of an update whose process has ended, where state is kept in files of this machine.

    Pulumi's file backend writes who holds a lock into it: host, user and process. Only what was read is removed: `pulumi cancel` would release
    every lock of the stack, and another command may have released this one meanwhile and hold its own.

    :raises CommandError: where another update is at work, or the lock can't be removed.
    """
    scheme, _, place = pulumi.backend.partition("://")
    if scheme != "file":
        return
    state = ROOT / pulumi.project.folder / Path(unquote(place)).expanduser()
    ended = {}
    for file in sorted(
        (state / ".pulumi" / "locks").glob(f"organization/{pulumi.project.name}/{stack}/*.json")
    ):
        try:
            holder = json.loads(file.read_text())
            process, machine = int(holder["pid"]), str(holder["hostname"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # Pulumi says itself what is wrong with it
        if machine != socket.gethostname() or _is_running(process):
            raise CommandError(
                f"Another update of {stack} is at work (process {process} on {machine}); wait for its end. "
                f"If it is certain that it has ended, run `pulumi cancel --stack {stack}{pulumi.project.option}`."
            )
        ended[file] = process
    for file, process in ended.items():
        say(f"Releasing the lock of an interrupted update (process {process} has ended)")
        try:
            for part in (file, file.with_name(f"{file.name}.attrs")):
                part.unlink(missing_ok=True)
        except OSError as error:
            raise CommandError(
                f"The lock of {stack} could not be released ({error.strerror}); remove {file} and run this again."
            ) from None


def _is_running(process: int) -> bool:
    """Whether a process is a Pulumi at work, not one that has ended or another program that has its number by now."""
    try:
        found = psutil.Process(process)
        return "pulumi" in found.name() and found.status() != psutil.STATUS_ZOMBIE
    except psutil.AccessDenied:
        return True
    except psutil.Error:
        return False


def outputs(pulumi: Pulumi, stack: str, *, secrets: bool) -> dict[str, Any]:
    """A stack's outputs, none where there is no such stack; secrets only where they are asked for."""
    arguments = (
        "stack",
        "output",
        "--stack",
        stack,
        "--json",
        *(["--show-secrets"] if secrets else []),
    )
    try:
        return dict(json_answer(pulumi, *arguments))
    except CommandError as refused:
        if _NO_STACK in refused.message:
            return {}
        raise
