"""``docs/reference/policies.md``: the policies of the pack."""

from __future__ import annotations

import json

from policy.policies import RULES
from policy.policy import ResourceRule, Rule
from tools.docs.markdown import page, table

INTRODUCTION = """
`make preview` and `make up` check these policies for every stack except `dev`.
[Use the policies in CI](../how-to/policies-in-ci.md) shows how to run and configure them.
"""


def render() -> str:
    """Render the page."""
    summary = (
        (f"[`{rule.name}`](#{rule.name})", rule.severity.value, rule.level.value) for rule in RULES
    )
    return page(
        "Policies",
        INTRODUCTION,
        table(("Policy", "Severity", "Level"), summary),
        *(_section(rule) for rule in RULES),
    )


def _section(rule: Rule) -> str:
    remediates = isinstance(rule, ResourceRule) and rule.remedy
    parts = [f"## `{rule.name}`", rule.description]
    facts = [f"- Severity: {rule.severity.value}. Level: {rule.level.value}."]
    if remediates:
        facts.append("- The level `remediate` is supported.")
    if rule.keys:
        facts.append(f"- Settings: {', '.join(f'`{key}`' for key in rule.keys)}.")
    parts.append("\n".join(facts))
    if rule.options:
        rows = (
            (f"`{key}`", f"`{json.dumps(option.default)}`", option.text)
            for key, option in rule.options.items()
        )
        parts.append(table(("Option", "Default", "Description"), rows))
    return "\n\n".join(parts)
