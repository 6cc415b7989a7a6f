"""Policies: whether what the last update recorded satisfies them now.

The policies of this program are asked directly. A preview would take seconds. Time alone can make a
policy fail, and so can a change of the policies or of their configuration.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cli.condition import Line, State
from cli.policy import ALL, LEVEL, PACK, policies_enabled, policy_arguments
from cli.status.registry import Registry

if TYPE_CHECKING:
    from policy.policy import Policy
    from policy.resources import Resource

SHOWN = 3
PROVIDER = "pulumi:providers:"


def check_policies(registry: Registry) -> Iterator[Line]:
    """Ask the policies that `make up` checks for this stack."""
    stack = registry.stack
    if not policies_enabled(stack, None):
        yield Line(
            "policies", State.OK, f"not checked, because `make up` checks none for stack {stack}"
        )
        return
    policy_arguments(stack, None)  # validates the configuration
    from policy.policies import POLICIES

    config = _config(stack)
    resources = list(_resources(registry.record.resources))
    mandatory: list[str] = []
    advisory: list[str] = []
    for policy in POLICIES:
        level = _level(config, policy)
        if level == "disabled" or not _is_violated(policy, resources, _options(config, policy)):
            continue
        (advisory if level == "advisory" else mandatory).append(policy.name)
    figures = {"checked": len(POLICIES), "violated": mandatory, "advisories": advisory}
    violated = [*mandatory, *advisory]
    if not violated:
        value = f"{len(POLICIES)} policies are satisfied"
        yield Line("policies", State.OK, value, figures=figures)
        return
    more = f" and {len(violated) - SHOWN} more" if len(violated) > SHOWN else ""
    number = "1 policy is" if len(violated) == 1 else f"{len(violated)} policies are"
    value = f"{number} violated: {', '.join(violated[:SHOWN])}{more}"
    fix = f"To see the violations and their fixes, run `{registry.make('preview')}`."
    state = State.ERROR if mandatory else State.WARNING
    yield Line("policies", state, value, fix, figures)


def _config(stack: str) -> Mapping[str, Any]:
    file = PACK / f"{stack}.json"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    return dict(json.loads(text)) if text.strip() else {}


def _level(config: Mapping[str, Any], policy: Policy) -> str:
    """Return a policy's level, as Pulumi does: its own, that of all policies, or the default."""
    for name in (policy.name, ALL):
        found = config.get(name)
        level = found.get(LEVEL) if isinstance(found, dict) else found
        if isinstance(level, str):
            return level
    return str(policy.level.value)


def _options(config: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    found = config.get(policy.name)
    options = found if isinstance(found, dict) else {}
    return {key: value for key, value in options.items() if key != LEVEL}


def _is_violated(
    policy: Policy, resources: list[tuple[Resource, Resource]], options: dict[str, Any]
) -> bool:
    from policy.policy import ResourcePolicy, StackPolicy

    match policy:
        case ResourcePolicy():
            return any(policy.violations(declared, options) for declared, _ in resources)
        case StackPolicy():
            return bool(policy.violations([created for _, created in resources], options))
        case _:
            return False


def _resources(recorded: tuple[Mapping[str, Any], ...]) -> Iterator[tuple[Resource, Resource]]:
    """Yield each resource as declared, and as created: with its inputs, and with its outputs."""
    from policy.resources import Resource

    providers = {
        f"{each['urn']}::{each.get('id')}": each.get("inputs") or {}
        for each in recorded
        if str(each["type"]).startswith(PROVIDER)
    }
    for each in recorded:
        if each.get("delete") or str(each["type"]).startswith(PROVIDER):
            continue
        found = [
            Resource(
                type=str(each["type"]),
                urn=str(each["urn"]),
                properties=each.get(key) or {},
                protected=bool(each.get("protect")),
                parent=str(each.get("parent") or ""),
                is_component=not each.get("custom"),
                provider=providers.get(str(each.get("provider")), {}),
                secret_outputs=frozenset(each.get("additionalSecretOutputs") or ()),
            )
            for key in ("inputs", "outputs")
        ]
        yield found[0], found[1]
