"""Whether a stack is held against the policy pack, and how the Pulumi CLI is told so; what is wrong with the stack's configuration of it.

The rules themselves are in ``policy/``.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.console import CommandError
from cli.paths import ROOT
from components.settings import DEVELOPMENT_STACK

if TYPE_CHECKING:
    from policy.policy import Policy

PACK = ROOT / "policy"

LEVEL = "enforcementLevel"
"""The key beside a rule's options that says what becomes of a violation."""

LEVELS = ("mandatory", "advisory", "disabled", "remediate")

EVERY_RULE = "all"
"""What Pulumi takes for all rules at once; it has a level and no options."""


def is_judged(stack: str, asked: bool | None) -> bool:
    """Whether a stack is held against the pack: as it was asked, else every stack but the one for development."""
    return stack != DEVELOPMENT_STACK if asked is None else asked


def policy_arguments(stack: str, asked: bool | None) -> list[str]:
    """What the CLI is told: the pack, and the stack's configuration of it where there is one; nothing where it is not judged.

    :param asked: what the user said; None for nothing.
    :raises CommandError: where that configuration is wrong, with a sentence for every fault: Pulumi passes over some, and names no file.
    """
    if not is_judged(stack, asked):
        return []
    config = PACK / f"{stack}.json"
    if not config.exists():
        return ["--policy-pack", str(PACK)]
    name = f"{PACK.name}/{config.name}"
    if faults := [f"{name}{fault}" for fault in _faults(config)]:
        count = "1 fault is" if len(faults) == 1 else f"{len(faults)} faults are"
        raise CommandError(
            "".join(
                [
                    f"{count} in the policy configuration of stack {stack}; nothing was touched.",
                    *(f"\n  - {told}" for told in faults),
                ]
            )
        )
    return ["--policy-pack", str(PACK), "--policy-pack-config", str(config)]


def _faults(path: Path) -> Iterator[str]:
    """What is wrong with a configuration, each as a sentence that goes on after the file's name."""
    try:
        text = path.read_text()
        config = json.loads(text) if text.strip() else {}
    except OSError as error:
        yield f" can't be read ({error.strerror}); allowed is a file that this user may read"
    except json.JSONDecodeError as error:
        yield f" is no valid JSON: line {error.lineno}, column {error.colno}: {error.msg}"
    except (ValueError, RecursionError) as error:
        yield f" is no valid JSON: {error}"
    else:
        yield from _wrong_rules(config)


def _wrong_rules(config: Any) -> Iterator[str]:
    from policy.policies import POLICIES  # a slow import that most stacks do not need

    rules = {rule.name: rule for rule in POLICIES}
    if not isinstance(config, dict):
        yield f": {json.dumps(config)} is not allowed; allowed is a group of rules, each with its options"
        return
    for name, given in config.items():
        if name not in (*rules, EVERY_RULE):
            yield f": there is no rule {name}; {_meant(name, (*rules, EVERY_RULE), 'docs/policy.md has them all')}"
        elif isinstance(given, dict):
            yield from _wrong_options(name, given, rules.get(name))
        elif given not in LEVELS:
            options = "" if name == EVERY_RULE else ", or a group of its options"
            yield f": {name}: {json.dumps(given)} is not allowed; allowed is one of {', '.join(LEVELS)}{options}"


def _wrong_options(name: str, given: dict[str, Any], rule: Policy | None) -> Iterator[str]:
    from jsonschema import Draft202012Validator

    options = rule.all_options if rule else {}
    for key, value in given.items():
        if key == LEVEL:
            if value not in LEVELS:
                yield f": {name}.{key}: {json.dumps(value)} is not allowed; allowed is one of {', '.join(LEVELS)}"
        elif key not in options:
            known = (*options, LEVEL)
            allowed = f"allowed is {', '.join(known)}"
            yield f": {name} has no option {key}; {_meant(key, known, allowed)}"
        elif not Draft202012Validator(dict(options[key].schema)).is_valid(value):
            option = options[key]
            example = f", for example {json.dumps(option.default)}" if option.default else ""
            yield f": {name}.{key}: {json.dumps(value)} is not allowed; allowed is {option.allowed}{example}"


def _meant(name: str, known: Iterable[str], otherwise: str) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f'did you mean "{near[0]}"?' if near else otherwise
