"""Whether and how the Pulumi CLI checks a stack against the policy pack.

The policies are in ``policy``. Their configuration for a stack is validated here: Pulumi ignores
some errors in it, and its messages don't name the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.console import CommandError
from cli.paths import ROOT
from common.stacks import DEVELOPMENT_STACK
from common.suggestions import did_you_mean

if TYPE_CHECKING:
    from policy.policy import Policy

PACK = ROOT / "policy"

LEVEL = "enforcementLevel"
"""Key for a policy's enforcement level, next to its options."""

LEVELS = ("mandatory", "advisory", "disabled", "remediate")

ALL = "all"
"""Pulumi's name for all policies. It has a level and no options."""


def policies_enabled(stack: str, requested: bool | None) -> bool:
    """Whether to check a stack against the policies.

    :param requested: the user's choice; none for the default, which exempts the stack dev.
    """
    return stack != DEVELOPMENT_STACK if requested is None else requested


def policy_arguments(stack: str, requested: bool | None) -> list[str]:
    """Return the CLI options for the policy pack; none if the policies are disabled.

    :param requested: see :func:`policies_enabled`.
    :raises CommandError: if the stack's policy configuration is invalid, with all issues.
    """
    if not policies_enabled(stack, requested):
        return []
    config = PACK / f"{stack}.json"
    if not config.exists():
        return ["--policy-pack", str(PACK)]
    if issues := list(_issues(config)):
        lines = "".join(f"\n  - {PACK.name}/{config.name}{issue}" for issue in issues)
        count = "1 issue" if len(issues) == 1 else f"{len(issues)} issues"
        raise CommandError(
            f"Found {count} in the policy configuration of stack {stack}. "
            f"No changes were made.{lines}"
        )
    return ["--policy-pack", str(PACK), "--policy-pack-config", str(config)]


def missing_configuration_hint(stack: str, arguments: list[str]) -> str:
    """Say how a stack gets a policy configuration, if it is checked and has none; else empty.

    :param arguments: the options of :func:`policy_arguments`.
    """
    file = f"{PACK.name}/{stack}.json"
    if not arguments or (ROOT / file).exists():
        return ""
    return (
        f"Stack {stack} has no policy configuration ({file}), so every policy has its defaults. "
        "For the exemptions of the development stack, run "
        f"`cp {PACK.name}/{DEVELOPMENT_STACK}.json {file}`, and edit the copy."
    )


def _issues(path: Path) -> Iterator[str]:
    """Find all issues, each as the rest of a sentence that starts with the file's name."""
    try:
        text = path.read_text(encoding="utf-8")
        config = json.loads(text) if text.strip() else {}
    except OSError as error:
        yield f" can't be read ({error.strerror}). Check that it is a file and that you may read it"
    except json.JSONDecodeError as error:
        yield f" is not valid JSON: line {error.lineno}, column {error.colno}: {error.msg}"
    except (ValueError, RecursionError) as error:
        yield f" is not valid JSON: {error}"
    else:
        yield from _check_policies(config)


def _check_policies(config: Any) -> Iterator[str]:
    from policy.policies import POLICIES  # a slow import, for the few stacks that have a file

    policies = {policy.name: policy for policy in POLICIES}
    if not isinstance(config, dict):
        yield (
            f": invalid value {json.dumps(config)}. "
            "Must be an object with policies, each with its options"
        )
        return
    for name, value in config.items():
        if name not in (*policies, ALL):
            hint = (
                did_you_mean(name, (*policies, ALL))
                or "docs/reference/policies.md lists all policies"
            )
            yield f": Unknown policy {name}. {hint}"
        elif isinstance(value, dict):
            yield from _check_options(name, value, policies.get(name))
        elif value not in LEVELS:
            options = "" if name == ALL else ", or an object with options"
            yield f": {name}: {_invalid_level(value)}{options}"


def _check_options(name: str, values: dict[str, Any], policy: Policy | None) -> Iterator[str]:
    from jsonschema import Draft202012Validator

    options = policy.all_options if policy else {}
    for key, value in values.items():
        if key == LEVEL:
            if value not in LEVELS:
                yield f": {name}.{key}: {_invalid_level(value)}"
        elif key not in options:
            known = (*options, LEVEL)
            hint = did_you_mean(key, known) or f"Must be one of: {', '.join(known)}"
            yield f": Unknown option {name}.{key}. {hint}"
        elif not Draft202012Validator(dict(options[key].schema)).is_valid(value):
            option = options[key]
            example = f" (for example, {json.dumps(option.default)})" if option.default else ""
            yield (
                f": {name}.{key}: invalid value {json.dumps(value)}. "
                f"Must be {option.allowed}{example}"
            )


def _invalid_level(value: Any) -> str:
    return f"invalid value {json.dumps(value)}. Must be one of: {', '.join(LEVELS)}"
