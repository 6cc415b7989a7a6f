"""Attempts to evade the policies, and compliant resources that look like them.

``evasions/*.yaml`` maps policies to titles, and titles to resources. The policy reports each title.
No policy reports any resource of ``lookalikes.yaml``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from policy.policies import POLICIES, expiry
from tests.policy.loader import NOW, load_stacks
from tests.support.policy_resources import Resource, violations

BY_NAME = {policy.name: policy for policy in POLICIES}
HERE = Path(__file__).parent
EVASIONS = {
    f"{policy}: {title}": (policy, stack)
    for path in sorted((HERE / "evasions").glob("*.yaml"))
    for policy, stacks in load_stacks(path).items()
    for title, stack in stacks.items()
}
LOOKALIKES = {
    f"{group}: {title}": stack
    for group, stacks in load_stacks(HERE / "lookalikes.yaml").items()
    for title, stack in stacks.items()
}


@pytest.fixture(autouse=True)
def fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "_now", lambda: NOW)


@pytest.mark.parametrize(("policy", "stack"), EVASIONS.values(), ids=EVASIONS)
def test_evasion_is_reported(policy: str, stack: tuple[Resource, ...]) -> None:
    found = violations(BY_NAME[policy], *stack)
    assert found
    assert not any("hunter2" in message for message in found), "no message contains a secret"


@pytest.mark.parametrize("stack", LOOKALIKES.values(), ids=LOOKALIKES)
def test_lookalike_passes(stack: tuple[Resource, ...]) -> None:
    found = {policy.name: violations(policy, *stack) for policy in POLICIES}
    assert {name: messages for name, messages in found.items() if messages} == {}
