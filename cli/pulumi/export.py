"""Pulumi's record of a stack, as the CLI exports it."""

from __future__ import annotations

from cli.console import CommandError
from cli.pulumi.binary import Pulumi

NO_STACK = "no stack named"
"""Pulumi's message for a stack that does not exist."""


def export_record(pulumi: Pulumi, stack: str) -> str:
    """Return the record with decrypted secrets, as JSON; empty if there is no such stack.

    :raises CommandError: if it can't be read.
    """
    exported = pulumi.run_captured("stack", "export", "--stack", stack, "--show-secrets")
    if exported.returncode and NO_STACK in exported.stderr:
        return ""
    if exported.returncode:
        raise CommandError(" ".join(exported.stderr.split()))
    return exported.stdout
