"""Every policy on its cases in ``data``. The messages are reviewed snapshots.

``pytest tests/policy --snapshot-update`` renews the snapshots.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from policy.policies import POLICIES, expiry, htpasswd
from tests.policy.loader import NOW, SECTIONS, Case, load, user_line, users_file
from tests.support.policy_resources import UNKNOWN, container, file_writer, violations

BY_NAME = {policy.name: policy for policy in POLICIES}
CASES = load()

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.id))
each_policy = pytest.mark.parametrize("name", BY_NAME)


@pytest.fixture(autouse=True)
def fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time from which the cases' dates count, so that the dates in messages don't move."""
    monkeypatch.setattr(expiry, "_now", lambda: NOW)


@functools.cache
def messages(case: Case) -> list[str]:
    return violations(BY_NAME[case.policy], *case.resources, config=case.config)


def cases_of(name: str, section: str) -> list[Case]:
    return [case for case in CASES if (case.policy, case.section) == (name, section)]


def test_data_covers_every_policy() -> None:
    assert {case.policy for case in CASES} == set(BY_NAME)


@each_policy
def test_data_covers_every_section(name: str) -> None:
    sections = set(SECTIONS) if BY_NAME[name].options else set(SECTIONS) - {"configured"}
    assert {case.section for case in CASES if case.policy == name} == sections


@each_case
def test_verdict(case: Case) -> None:
    found = messages(case)
    assert bool(found) is case.violates, found


@each_policy
def test_messages(name: str, snapshot: SnapshotAssertion) -> None:
    assert "\n".join(_report(name)) == snapshot


def _report(name: str) -> Iterator[str]:
    """All messages of a policy for review; the remediation, which all share, comes last."""
    advice: set[str] = set()
    for case in CASES:
        if case.policy == name and case.violates:
            yield f"{case.section}{f', {case.title}' if case.title else ''}:"
            for message in messages(case):
                found, _, rest = message.partition("\n")
                advice.add(rest)
                yield f"  {found}"
    yield "every message ends with:"
    yield from (f"  {line}" for rest in sorted(advice) for line in rest.splitlines())


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.violates], ids=lambda case: str(case.id)
)
def test_message_ends_with_remediation(case: Case) -> None:
    for message in messages(case):
        what, _, steps = message.partition("\n")
        assert re.search(r" must (not )?[a-z]+ .*\S\.$", what), "X must Y."
        policy = BY_NAME[case.policy]
        fix, _, command = steps.partition("\nRun: ")
        assert fix == f"Fix: {policy.remediation_steps}"
        assert bool(policy.command) is bool(re.fullmatch(r"`.+`", command)), "the command is last"


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.section == "unknown"], ids=lambda case: str(case.id)
)
def test_unknown_case_has_unknown_value(case: Case) -> None:
    assert UNKNOWN in str([resource.properties for resource in case.resources])


@pytest.mark.parametrize(
    ("name", "option"),
    [(policy.name, option) for policy in POLICIES for option in policy.options],
)
def test_option_changes_result(name: str, option: str) -> None:
    cases = [case for case in cases_of(name, "configured") if option in (case.config or {})]
    assert cases, "the option has no case"
    unconfigured = [violations(BY_NAME[name], *case.resources) for case in cases]
    assert unconfigured != [messages(case) for case in cases]


@each_policy
def test_exempt_resource_is_ignored(name: str) -> None:
    case = cases_of(name, "violating")[0]
    exempt = {"exempt": [resource.name for resource in case.resources]}
    assert violations(BY_NAME[name], *case.resources, config=exempt) == []


@each_policy
def test_other_exemption_changes_nothing(name: str) -> None:
    case = cases_of(name, "violating")[0]
    exempt = {"exempt": ["another-resource"]}
    assert violations(BY_NAME[name], *case.resources, config=exempt) == messages(case) != []


def test_unknown_value_hides_no_other_violation() -> None:
    wrong = user_line("admin", 4, hash="a")
    uploads = [
        {"file": "/a/htpasswd", "content": UNKNOWN},
        {"file": "/b/htpasswd", "content": wrong},
    ]
    assert len(violations(BY_NAME["htpasswd-cost"], file_writer(uploads=uploads))) == 1


def test_password_guessing_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    guesses: list[str] = []
    monkeypatch.setattr(htpasswd, "_is_password", lambda guess, _digest: guesses.append(guess))
    crowd = [user_line(f"user-{number}", 5, hash="a") for number in range(1000)]
    policy = BY_NAME["htpasswd-no-default-password"]
    violations(policy, users_file(*crowd, user_line("admin", 5, hash="a")))
    assert 500 < len(guesses) < 1000, "1.5 s at 2 ms each"
    defaults = set(policy.options["passwords"].default)
    assert defaults <= set(guesses), "all are tried on the user who may write"


@pytest.mark.parametrize(
    "switches",
    [
        {"start": False},
        {"mustRun": False},
        {"start": None, "mustRun": None},
        {"start": False, "mustRun": True},
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        "container-read-only-root",
        "container-memory-limit",
        "container-restart-policy",
        "tls-required",
    ],
)
def test_container_that_may_start_is_evaluated(name: str, switches: dict[str, Any]) -> None:
    envs = ["REGISTRY_AUTH=htpasswd"]
    wrong = {"readOnly": False, "memory": None, "restart": "no", "envs": envs, **switches}
    assert len(violations(BY_NAME[name], container(**wrong))) == 1
