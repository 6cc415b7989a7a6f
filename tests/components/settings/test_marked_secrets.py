"""Settings that the user marks as secret: messages name them and hide their values."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.components.settings.data_loader import load_file, with_hostname
from tests.components.settings.rejection import (
    check_message,
    rejected,
    render,
    setting_names,
)

CASES = load_file("marked_secrets")


def test_messages(snapshot: SnapshotAssertion) -> None:
    messages = {
        case: rejected(with_hostname(given["config"]), secret=frozenset(given["secret"]))
        for case, given in CASES.items()
    }
    assert render(messages) == snapshot


@pytest.mark.parametrize("case", CASES)
def test_value_hidden(case: str) -> None:
    config = with_hostname(CASES[case]["config"])
    error = rejected(config, secret=frozenset(CASES[case]["secret"]))
    check_message(error, config)
    assert "marker" not in str(error).lower(), "the user marks a setting as secret for a reason"
    assert setting_names(error) == setting_names(rejected(config)), "every issue is reported"


@pytest.mark.parametrize("case", CASES)
def test_value_shown_if_not_marked(case: str) -> None:
    config = with_hostname(CASES[case]["config"])
    assert "marker" in str(rejected(config)).lower(), "the value helps most"


def test_secret_group_hides_only_its_secrets() -> None:
    case = CASES["nested settings of secret groups"]
    message = str(rejected(with_hostname(case["config"]), secret=frozenset(case["secret"])))
    assert "not ok" in message, "Pulumi marks the whole object for a private key in it"
