"""Every rule, through the policy that it becomes: content, objecting, and what becomes of missing, unknown and newly configured values."""

from __future__ import annotations

from typing import Any

import pytest

from policy.policies import RULES, htpasswd
from tests.policy.cases import ADMIN, CASES, Stack, users
from tests.support.judging import UNKNOWN, container, said, writer

BY_NAME = {rule.name: rule for rule in RULES}


def rows(table: str) -> pytest.MarkDecorator:
    """Each entry of a part of the table, with the rule's name before it."""
    found = [
        (name, title, entry)
        for name, case in CASES.items()
        for title, entry in getattr(case, table).items()
    ]
    return pytest.mark.parametrize(
        ("name", "title", "entry"), found, ids=[f"{name}: {title}" for name, title, _ in found]
    )


def expect(messages: list[str], text: str | None) -> None:
    if text is None:
        assert messages == [], "there is nothing to object to"
    else:
        assert any(text in message for message in messages), (
            f"the message must say what is wrong ({text}): {messages}"
        )


def test_every_rule_has_its_cases() -> None:
    assert set(CASES) == set(BY_NAME), "a rule without cases is not tested"
    lacking = [
        name
        for name, case in CASES.items()
        if not (case.compliant and case.violating and case.unknown and case.configured)
    ]
    assert not lacking, "each in every way"


@rows("compliant")
def test_a_rule_is_content_with_what_complies(name: str, title: str, entry: Stack) -> None:
    assert said(BY_NAME[name], *entry) == [], f"{title} is as it must be"


@rows("violating")
def test_a_rule_objects_to_what_does_not_comply(
    name: str, title: str, entry: tuple[Stack, str]
) -> None:
    resources, text = entry
    expect(said(BY_NAME[name], *resources), text)


@rows("violating")
def test_a_message_says_what_to_do(name: str, title: str, entry: tuple[Stack, str]) -> None:
    rule = BY_NAME[name]
    for message in said(rule, *entry[0]):
        assert message.startswith("Found: "), "what was found comes first"
        assert message.endswith(f"\nFix: {rule.remediation}"), "then what to do"


@pytest.mark.parametrize("name", CASES)
def test_a_property_that_is_missing_counts_as_the_providers_default(name: str) -> None:
    resources, text = CASES[name].missing
    expect(said(BY_NAME[name], *resources), text)


@rows("unknown")
def test_a_rule_passes_over_what_a_preview_does_not_know(
    name: str, title: str, entry: Stack
) -> None:
    assert UNKNOWN in str([shown.properties for shown in entry]), "something is unknown"
    assert said(BY_NAME[name], *entry) == [], f"{title} is judged by the update, quietly till then"


@rows("configured")
def test_a_rule_goes_by_its_configuration(
    name: str, title: str, entry: tuple[dict[str, Any], Stack, str | None]
) -> None:
    config, resources, text = entry
    expect(said(BY_NAME[name], *resources, config=config), text)


@pytest.mark.parametrize(
    ("name", "option"), [(rule.name, option) for rule in RULES for option in rule.all_options]
)
def test_every_option_makes_a_difference(name: str, option: str) -> None:
    trials = [
        (config, resources)
        for config, resources, _ in CASES[name].configured.values()
        if option in config
    ]
    assert trials, "an option without a case is not tested"
    different = [
        config
        for config, resources in trials
        if said(BY_NAME[name], *resources, config=config) != said(BY_NAME[name], *resources)
    ]
    assert different, "an option that changes nothing is no option"


def test_one_unknown_value_hides_no_other_fault() -> None:
    uploads = [
        {"file": "/a/htpasswd", "content": UNKNOWN},
        {"file": "/b/htpasswd", "content": ADMIN.replace("$05$", "$04$")},
    ]
    assert len(said(BY_NAME["htpasswd-cost"], writer(uploads=uploads))) == 1, (
        "the second file is known, and wrong"
    )


@pytest.mark.parametrize(
    ("name", "properties", "text"),
    [
        (
            "container-pids-limit",
            {"labels": None, "ulimits": [{"name": "nproc", "soft": 128.0, "hard": 256.0}]},
            None,
        ),
        (
            "container-pids-limit",
            {"labels": None, "ulimits": [{"name": "nproc", "hard": 100000.0}]},
            "is 100000",
        ),
        (
            "container-pids-limit",
            {"labels": None, "ulimits": [{"name": "nofile", "hard": 256.0}]},
            "there is no limit of processes",
        ),
        ("container-pids-limit", {"labels": None, "ulimits": UNKNOWN}, None),
        ("container-cpu-limit", {"cpus": None, "cpuQuota": 200000.0}, None),
        (
            "container-cpu-limit",
            {"cpus": None, "cpuQuota": 10000.0, "cpuPeriod": 50000.0},
            "is 0.2 processors",
        ),
        ("container-cpu-limit", {"cpus": None, "cpuQuota": UNKNOWN}, None),
    ],
)
def test_another_program_may_set_a_limit_in_another_way(
    name: str, properties: dict[str, Any], text: str | None
) -> None:
    expect(said(BY_NAME[name], container(**properties)), text)


def test_a_variable_that_only_sounds_like_a_secret_is_none() -> None:
    envs = [
        "PWD=/srv",
        "OLDPWD=/",
        "COMPASS=north",
        "REGISTRY_AUTH_HTPASSWD_REALM=Registry Realm",
        "dbPasswordFile=/run/secrets/db",
        "KEYBOARD=us",
    ]
    assert said(BY_NAME["container-no-secret-in-env"], container(envs=envs)) == []


def test_guessing_passwords_ends_in_time_whatever_the_number_of_users(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[str] = []
    monkeypatch.setattr(htpasswd, "_is_password", lambda guess, _digest: tried.append(guess))
    crowd = users(*[f"user-{number}:$2y$05${'a' * 53}" for number in range(1000)], ADMIN)
    said(BY_NAME["htpasswd-no-default-password"], crowd)
    assert 500 < len(tried) < 1000, "1.5 s at 2 ms each"
    assert set(BY_NAME["htpasswd-no-default-password"].options["passwords"].default) <= set(
        tried
    ), "all are tried on whoever may write"


@pytest.mark.parametrize(
    "started",
    [
        {"start": False},
        {"mustRun": False},
        {"start": None, "mustRun": None},
        {"start": False, "mustRun": True},
    ],
)
def test_a_container_is_spared_only_where_it_is_neither_started_nor_kept_running(
    started: dict[str, Any],
) -> None:
    for name in (
        "container-read-only-root",
        "container-memory-limit",
        "container-restart-policy",
        "tls-required",
    ):
        wrong = container(
            **{
                "readOnly": False,
                "memory": None,
                "restart": "no",
                "envs": ["REGISTRY_AUTH=htpasswd"],
                **started,
            }
        )
        assert len(said(BY_NAME[name], wrong)) == 1, (
            "one switch alone does not keep it from running"
        )
