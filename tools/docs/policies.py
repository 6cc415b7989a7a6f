"""``docs/reference/policies.md``: the policies of the pack."""

from __future__ import annotations

from tools.docs.markdown import anchor, page, table
from tools.policy_reference import PolicyReference, policy_references

INTRODUCTION = """
`make preview` and `make up` check these policies for every stack except `dev`.
[Use the policies in CI](../how-to/policies-in-ci.md) shows how to run and configure them.
Every policy also has the options `enforcementLevel` and `exempt`.
"""


def render() -> str:
    """Render the page."""
    policies = list(policy_references())
    summary = (
        (
            f"[`{policy.name}`](#{anchor(policy.name)})",
            policy.severity,
            f"{policy.level}, remediates" if policy.has_remediation else policy.level,
        )
        for policy in policies
    )
    sections = (_section(policy) for policy in policies)
    return page(
        "Policies", INTRODUCTION, table(("Policy", "Severity", "Level"), summary), *sections
    )


def _section(policy: PolicyReference) -> str:
    parts = [f"## `{policy.name}`", policy.what, policy.why]
    facts = [f"- Fix: {policy.fix}", f"- Fix in another program: {policy.fix_elsewhere}"]
    if policy.settings:
        facts.insert(0, f"- Settings: {', '.join(f'`{key}`' for key in policy.settings)}")
    facts.append(f"- Source: [`{policy.source}`](../../{policy.source})")
    if policy.has_remediation:
        facts.append("- The level `remediate` corrects the resource.")
    parts.append("\n".join(facts))
    if policy.options:
        rows = (
            (f"`{option.name}`", option.allowed, f"`{option.default}`", option.description)
            for option in policy.options
        )
        parts.append(table(("Option", "Type", "Default", "Description"), rows))
    return "\n\n".join(parts)
