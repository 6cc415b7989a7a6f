"""One stack of a Pulumi project: its creation, its state and its outputs."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cli.console import CommandError, info
from cli.paths import ROOT, STATE
from cli.pulumi.binary import Pulumi
from cli.pulumi.export import NO_STACK
from cli.pulumi.lock import release_stale_lock
from cli.pulumi.lost_record import DAMAGED, damaged_record

SKIP_CONFIG_VALIDATION = "--skip-config-validation"
"""For commands that run the program: it validates its settings and reports all errors at once."""

SALT = "encryptionsalt"
"""Key of a stack file that belongs to the passphrase."""

STACK_REMOVAL_HINT = (
    "You can ignore the command that Pulumi suggests. To delete the empty stack, see "
    "docs/how-to/remove.md."
)
"""After a removal: as printed, `pulumi stack rm` lacks the backend and deletes the stack file."""


def is_up(pulumi: Pulumi, stack: str) -> bool:
    """Whether the stack has resources or unfinished operations. The stack is not created."""
    return _is_recorded(_deployment(pulumi, stack) or {})


def recorded_containers(pulumi: Pulumi, stack: str) -> set[str]:
    """Return the IDs of the containers in a stack's state."""
    return {
        str(resource.get("id"))
        for resource in recorded_resources(pulumi, stack)
        if resource.get("type") == "docker:index/container:Container"
    }


def recorded_resources(pulumi: Pulumi, stack: str) -> list[dict[str, Any]]:
    """Return the resources in a stack's state."""
    return list((_deployment(pulumi, stack) or {}).get("resources") or [])


def _is_recorded(deployment: dict[str, Any]) -> bool:
    return bool(deployment.get("resources") or deployment.get("pending_operations"))


def _deployment(pulumi: Pulumi, stack: str) -> dict[str, Any] | None:
    """Export a stack's state; none if there is no such stack.

    :raises CommandError: with the CLI's message, if the export fails.
    """
    exported = pulumi.run_captured("stack", "export", "--stack", stack)
    if not exported.returncode:
        return json.loads(exported.stdout).get("deployment") or {}
    if NO_STACK in exported.stderr:
        return None
    if DAMAGED in exported.stderr:
        raise CommandError(damaged_record(pulumi, stack, exported.stderr))
    raise CommandError(exported.stderr.strip())


def is_in_local_state(pulumi: Pulumi, stack: str) -> bool:
    """Whether the local state files, which another backend may hide, have resources of a stack."""
    file = STATE / ".pulumi" / "stacks" / pulumi.project.name / f"{stack}.json"
    compressed = file.with_name(f"{file.name}.gz")
    for path, decompress in ((file, bytes), (compressed, gzip.decompress)):
        with contextlib.suppress(OSError, EOFError, ValueError):
            state = json.loads(decompress(path.read_bytes()))
            return _is_recorded(state["checkpoint"].get("latest") or {})
    return False


def ensure_stack(
    pulumi: Pulumi, stack: str, if_unrecorded: Callable[[], None] | None = None
) -> None:
    """Create the stack if it does not exist. Recover from an interrupted update.

    :param if_unrecorded: called first if the stack has no resources.
    :raises CommandError: if another update is running, or Pulumi fails.
    """
    release_stale_lock(pulumi, stack)
    deployment = _deployment(pulumi, stack)
    if if_unrecorded and not _is_recorded(deployment or {}):
        if_unrecorded()
    if deployment is None:
        _create_stack(pulumi, stack)
        return
    if pending := deployment.get("pending_operations"):
        info(
            f"An update was interrupted ({len(pending)} unfinished operations). "
            f"Refreshing the state from {pulumi.project.target_system}"
        )
        options = ("--yes", "--skip-preview", "--clear-pending-creates", SKIP_CONFIG_VALIDATION)
        if pulumi.run("refresh", "--stack", stack, *options):
            raise CommandError(
                f"Refresh of stack {stack} failed. Fix the error above and run this command again."
            )


def _create_stack(pulumi: Pulumi, stack: str) -> None:
    """Create a stack. For secrets, Pulumi may add a line to its file, which Git may track."""
    path = Path(pulumi.project.folder) / f"Pulumi.{stack}.yaml"
    had_salt = _has_salt(ROOT / path)
    created = pulumi.run_captured("stack", "init", stack, "--no-select")
    if created.returncode:
        raise CommandError(created.stderr.strip())
    added = _has_salt(ROOT / path) and not had_salt
    info(f"Created stack {stack}{f'. Pulumi added {SALT} to {path}.' if added else ''}")


def _has_salt(file: Path) -> bool:
    try:
        return re.search(rf"^{SALT}:", file.read_text(encoding="utf-8"), re.MULTILINE) is not None
    except (OSError, ValueError):  # Pulumi reports them
        return False


def destroy(pulumi: Pulumi, stack: str) -> bool:
    """Remove all resources of a stack. Returns whether it succeeded."""
    options = ("--yes", "--skip-preview", "--refresh", "--suppress-outputs")
    return not pulumi.run("destroy", "--stack", stack, *options, SKIP_CONFIG_VALIDATION)


def read_outputs(pulumi: Pulumi, stack: str, *, secrets: bool) -> dict[str, Any]:
    """Return a stack's outputs; none if there is no such stack.

    :param secrets: whether to decrypt secrets. Otherwise they are masked.
    """
    options = ["--json", *(["--show-secrets"] if secrets else [])]
    try:
        return dict(pulumi.run_json("stack", "output", "--stack", stack, *options))
    except CommandError as error:
        if NO_STACK in error.message:
            return {}
        if DAMAGED in error.message:
            raise CommandError(damaged_record(pulumi, stack, error.message)) from None
        raise
