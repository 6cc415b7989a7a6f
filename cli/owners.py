"""Owners of what the commands find on a host: a stack, or its trial."""

from __future__ import annotations

from cli.paths import REGISTRY
from common.labels import TRIAL, Owner

COMPONENT = "registry"
"""Name of the registry's component in the program."""


def stack_owner(stack: str) -> Owner:
    """Return the owner of what Pulumi created for a stack."""
    return Owner(REGISTRY.name, stack, COMPONENT)


def trial_owner(stack: str) -> Owner:
    """Return the owner of a trial's objects. No Pulumi stack's name can contain a slash."""
    return Owner(REGISTRY.name, f"{TRIAL}{stack}", COMPONENT)
