"""Pulumi's record and the stack's file in a backup. The record's secrets stay encrypted."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

from backup.manifest import File, Manifest
from cli.console import CommandError
from cli.paths import REGISTRY, ROOT
from cli.pulumi.binary import Pulumi
from cli.pulumi.export import NO_STACK
from cli.pulumi.passphrase import wrong_passphrase_hint
from cli.pulumi.stack import read_outputs

RECORD = "record.json"
STACK_FILE = "Pulumi.yaml"


class RecordState(Enum):
    """Whether Pulumi has a record of a stack."""

    PRESENT = "present"
    MISSING = "missing"
    """There is none, or one without resources."""
    DAMAGED = "damaged"


def stack_files(pulumi: Pulumi, stack: str) -> tuple[File, ...]:
    """Return the record and the stack's file.

    :raises CommandError: if Pulumi can't export the record.
    """
    exported = pulumi.run_captured("stack", "export", "--stack", stack)
    if exported.returncode:
        raise CommandError(exported.stderr.strip())
    text = stack_file(stack).read_text(encoding="utf-8")
    return File.of_text(RECORD, exported.stdout), File.of_text(STACK_FILE, text)


def stack_file(stack: str) -> Path:
    """Return the path of a stack's file."""
    return ROOT / f"Pulumi.{stack}.yaml"


def record_state(pulumi: Pulumi, stack: str) -> RecordState:
    """Return whether Pulumi has a record of a stack."""
    exported = pulumi.run_captured("stack", "export", "--stack", stack)
    if exported.returncode:
        return RecordState.MISSING if NO_STACK in exported.stderr else RecordState.DAMAGED
    deployment = json.loads(exported.stdout).get("deployment") or {}
    return RecordState.PRESENT if deployment.get("resources") else RecordState.MISSING


def recorded_outputs(manifest: Manifest) -> dict[str, Any]:
    """Return the outputs in a backup's record. Secrets are encrypted."""
    record = json.loads(manifest.stack_file(RECORD) or "{}")
    resources = (record.get("deployment") or {}).get("resources") or []
    roots = [each for each in resources if each.get("type") == "pulumi:pulumi:Stack"]
    return dict(roots[0].get("outputs") or {}) if roots else {}


def import_record(pulumi: Pulumi, stack: str, record: str) -> None:
    """Make a record the one of a stack. The stack is created if it does not exist.

    :raises CommandError: if the passphrase is wrong, or Pulumi fails.
    """
    _import(pulumi, stack, record, ROOT)


def decrypted_outputs(pulumi: Pulumi, stack: str, record: str) -> dict[str, Any]:
    """Return the outputs in a record with their secrets. Its own stack exists only for this.

    :raises CommandError: if the passphrase is wrong.
    """
    if secrets_provider(record) == "service":  # Pulumi Cloud has a key for each stack
        return read_outputs(pulumi, stack, secrets=True)
    with tempfile.TemporaryDirectory(prefix="drill-") as name:
        directory = Path(name)
        (directory / "Pulumi.yaml").write_text(f"name: {REGISTRY.name}\nruntime: python\n")
        isolated = replace(
            pulumi, environment={**pulumi.environment, "PULUMI_BACKEND_URL": f"file://{name}"}
        )
        _import(isolated, stack, record, directory)
        outputs = ("stack", "output", "--stack", stack, "--json", "--show-secrets")
        return dict(isolated.run_json("--cwd", name, *outputs))


def secrets_provider(record: str) -> str:
    """Return what encrypts a record: `passphrase`, `service` for Pulumi Cloud, or another name."""
    providers = (json.loads(record).get("deployment") or {}).get("secrets_providers") or {}
    return str(providers.get("type", ""))


def _import(pulumi: Pulumi, stack: str, record: str, directory: Path) -> None:
    options = ("--cwd", str(directory))
    created = pulumi.run_captured(*options, "stack", "init", stack, "--no-select")
    if created.returncode and "already exists" not in created.stderr:
        raise CommandError(_failure(pulumi, stack, created.stderr))
    done = pulumi.run_captured(*options, "stack", "import", "--stack", stack, stdin=record)
    if done.returncode:
        raise CommandError(_failure(pulumi, stack, done.stderr))


def _failure(pulumi: Pulumi, stack: str, said: str) -> str:
    hint = wrong_passphrase_hint(stack_file(stack), pulumi.environment)
    reason = " ".join(said.split())
    return (
        f"Pulumi's record of stack {stack} could not be restored: {reason}. "
        f"{hint or 'The passphrase must be the one that the stack had when it was backed up.'}"
    )
