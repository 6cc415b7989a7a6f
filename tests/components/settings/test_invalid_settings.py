"""Invalid settings: one sentence for each issue, all at once, and never a secret."""

from __future__ import annotations

import functools
import re
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from common.redaction import forget_secrets
from common.validation import Issue, SettingsError
from tests.components.settings.data_loader import HOSTNAME, load_cases, load_file, with_hostname
from tests.components.settings.rejection import (
    check_message,
    rejected,
    render,
    secret_values,
    sentences,
    setting_names,
)
from tests.support.cases import check_each
from tools.settings_rows import settings_rows

FILES = (
    "invalid",
    "invalid_edge_cases",
    "invalid_certificates",
    "invalid_server",
    "invalid_kubernetes",
    "invalid_zot",
    "conflicting",
    "misplaced_secrets",
    "outputs",
)


def all_cases() -> list[tuple[str, str]]:
    return [(file, case) for file in FILES for case in load_file(file)]


@functools.cache
def error_of(file: str, case: str) -> SettingsError:
    """Return the error of a case. Three tests read it, so it must not depend on their order."""
    forget_secrets()
    return rejected(load_cases(file)[case])


@pytest.mark.parametrize("file", FILES)
def test_messages(file: str, snapshot: SnapshotAssertion) -> None:
    assert render({case: error_of(file, case) for case in load_cases(file)}) == snapshot


@pytest.mark.parametrize("file", FILES)
def test_message_form(file: str) -> None:
    cases = load_cases(file)
    check_each(cases, lambda case: check_message(error_of(file, case), cases[case]))


def test_whole_message(snapshot: SnapshotAssertion) -> None:
    configs: dict[str, Any] = {
        "one issue": {"hostname": HOSTNAME, "port": -1},
        "two issues": {"hostname": HOSTNAME, "port": -1, "verify": 2},
        "no object": None,
    }
    messages = [f"{case}:\n{rejected(config)}\n" for case, config in configs.items()]
    assert "\n".join(messages) == snapshot


def test_table_size() -> None:
    assert len(all_cases()) >= 500, "cases that vanish must be noticed"


def test_every_setting_has_invalid_case() -> None:
    reported = {
        re.sub(r"\[\d+\]", "[]", name)
        for file, case in all_cases()
        for name in setting_names(error_of(file, case))
    }
    settings = {row.key for row in settings_rows()}
    missing = {name for name in settings if not {name, f"{name}[]"} & reported}
    assert missing == set(), "a new setting needs a case with an invalid value"


def test_secrets_in_cases() -> None:
    secrets = [text for file, case in all_cases() for text in secret_values(load_cases(file)[case])]
    assert len(secrets) > 100, "the data must contain secrets to look for"


def test_issue_order_by_setting_name() -> None:
    config = {
        "hostname": "https://registry",
        "port": 0.5,
        "image": "registry",
        "tls": {"mode": "of", "subject": {"country": "USA"}, "sans": ["ok.example.com", "not ok"]},
        "users": [
            {"name": "ci", "password": "MARKER", "rotation": [99]},
            {"name": "ci"},
            {"nmae": "x"},
            "spectro",
        ],
        "storage": {"kind": "path"},
        "limits": {"memory": 1, "pids": "many"},
        "replicas": 2,
    }
    assert setting_names(rejected(config)) == [
        "hostname",
        "image",
        "limits.memory",
        "limits.pids",
        "port",
        "replicas",
        "storage.path",
        "tls.mode",
        "tls.sans[1]",
        "tls.subject.country",
        "users[0].password",
        "users[0].rotation",
        "users[1].name",
        "users[2].name",
        "users[2].nmae",
        "users[3]",
    ], "all issues are reported in one run; conflicts are found in the settings that are valid"


def test_user_order() -> None:
    config = with_hostname({"users": [{"name": f"user {number}"} for number in range(12)]})
    reported = setting_names(rejected(config))
    assert reported == [f"users[{number}].name" for number in range(12)], "numeric order"


def test_no_duplicate_issues() -> None:
    tls = {"certificatePem": 1.5j, "mode": "provided", "privateKeyPem": 1.5j}
    names = setting_names(rejected(with_hostname({"tls": tls})))
    assert names == ["tls.certificatePem", "tls.privateKeyPem"], "a union type is checked twice"


def test_no_conflict_with_invalid_setting() -> None:
    error = rejected(with_hostname({"tls": {"mode": "offf", "certificatePem": "x"}}))
    assert setting_names(error) == ["tls.mode"], "the intended mode is unknown"


@pytest.mark.parametrize("written", ["hostname", "ip_addresses", "container_name", "log_level"])
def test_setting_named_as_written(written: str) -> None:
    (sentence,) = sentences(rejected(with_hostname({written: {"a": "b"}})))
    assert re.search(rf"\b{written}\b", sentence), "programs write snake_case, stacks camelCase"


@pytest.mark.parametrize(
    "config",
    [
        {1: 2},
        {"tls": {1: 2}},
        {"users": [{None: "x", "name": "ci"}]},
        {"limits": {"cpus": 1, 2.5: 3}},
        {True: {}},
    ],
)
def test_key_of_other_type(config: dict[Any, Any]) -> None:
    assert sentences(rejected(with_hostname(config))), "YAML and Python objects have such keys"


def test_issue_order_within_setting() -> None:
    issues = [Issue(("a",), text) for text in ("third", "first", "second", "first")]
    assert [issue.sentence for issue in SettingsError(issues, "x").issues] == [
        "third",
        "first",
        "second",
    ], "in the order in which they are found, so that two runs report the same"


@pytest.mark.parametrize("setting", ["headers", "logFields"])
def test_integer_key_in_map(setting: str) -> None:
    assert sentences(rejected(with_hostname({"server": {setting: {0: None}}})))
