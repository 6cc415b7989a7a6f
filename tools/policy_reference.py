"""The reference of the policies, generated from the policies (``policy/policies``)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from policy import policies
from policy.policies import POLICIES
from policy.policy import Policy, ResourcePolicy


@dataclass(frozen=True)
class OptionReference:
    """One option of a policy."""

    name: str
    description: str
    allowed: str
    """For example `a list of strings`."""
    default: str
    """In JSON."""


@dataclass(frozen=True)
class PolicyReference:
    """What the documentation says of a policy. The strings are sentences."""

    name: str
    severity: str
    level: str
    has_remediation: bool
    """Whether the level `remediate` corrects violations."""
    what: str
    why: str
    settings: tuple[str, ...]
    """The settings to change."""
    fix: str
    fix_elsewhere: str
    """How to fix a resource of another program."""
    source: str
    """The file that defines it, relative to the project."""
    options: tuple[OptionReference, ...]
    """Without `exempt`, which every policy has."""


def policy_references() -> Iterator[PolicyReference]:
    """The policies in the order of the pack."""
    for policy in POLICIES:
        elsewhere = policy.remediation_elsewhere
        yield PolicyReference(
            name=policy.name,
            severity=policy.severity.value,
            level=policy.level.value,
            has_remediation=isinstance(policy, ResourcePolicy) and policy.remediate is not None,
            what=policy.description,
            why=policy.reason,
            settings=policy.settings,
            fix=f"{policy.remediation}.",
            fix_elsewhere=f"{elsewhere[0].upper()}{elsewhere[1:]}.",
            source=_source(policy),
            options=tuple(_options(policy)),
        )


def _source(policy: Policy) -> str:
    modules = (module for module in vars(policies).values() if isinstance(module, ModuleType))
    (name,) = (
        module.__name__
        for module in modules
        if any(value is policy for value in vars(module).values())
    )
    return f"{name.replace('.', '/')}.py"


def _options(policy: Policy) -> Iterator[OptionReference]:
    for name, option in policy.options.items():
        yield OptionReference(name, option.description, option.allowed, json.dumps(option.default))
