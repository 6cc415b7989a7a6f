"""Wrong settings: each is told in a sentence, all of them at once, and never a secret's value."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from common.validation import SettingsError
from components.validation import validate_settings
from tests.unit import (
    wrong_at_second_sight,
    wrong_certificates,
    wrong_server_settings,
    wrong_settings,
    wrong_together,
)

TABLE = {
    **wrong_settings.WRONG,
    **wrong_at_second_sight.WRONG,
    **wrong_certificates.WRONG,
    **wrong_server_settings.WRONG,
    **wrong_together.WRONG,
}


def complete(config: dict[str, Any]) -> dict[str, Any]:
    """A configuration with a hostname, unless that is what is missing."""
    return {
        name: value
        for name, value in {"hostname": "registry.example.com", **config}.items()
        if value is not wrong_settings.MISSING
    }


def refused(config: dict[str, Any], **how: Any) -> SettingsError:
    with pytest.raises(SettingsError) as raised:
        validate_settings(config, "the config of stack test", **how)
    return raised.value


@pytest.mark.parametrize("case", TABLE)
def test_a_wrong_configuration_is_told_in_sentences(case: str) -> None:
    config, sentences = TABLE[case]
    first, *lines = str(refused(complete(config))).splitlines()
    count = "1 setting is" if len(sentences) == 1 else f"{len(sentences)} settings are"
    assert first == f"{count} wrong in the config of stack test; nothing was touched.", (
        "the user must know that nothing has happened yet"
    )
    assert sorted(lines) == sorted(f"  - {sentence}" for sentence in sentences), (
        "a sentence names the key, the value, what is allowed and an example"
    )


def test_the_table_is_large_enough_to_mean_something() -> None:
    assert len(TABLE) >= 320, "entries that vanish must be missed"


def test_every_setting_has_a_wrong_value_in_the_table() -> None:
    from tools.reference import settings_table

    told = " ".join(sentence for _, sentences in TABLE.values() for sentence in sentences)
    settings = [row[0].replace("[]", "[0]") for row in settings_table()]
    missing = [
        setting
        for setting in settings
        if f"{setting}: " not in told and f"{setting}[" not in told and f"{setting} is" not in told
    ]
    assert missing == [], "a new setting wants its wrong values read as a user reads them"


def test_all_faults_are_told_at_once_in_the_order_of_the_settings_names() -> None:
    config = {
        "hostname": "https://registry",
        "port": 0.5,
        "image": "registry",
        "tls": {"mode": "of", "subject": {"country": "USA"}, "sans": ["ok.example.com", "not ok"]},
        "users": [
            {"name": "ci", "password": "MARKER", "cost": 99},
            {"name": "ci"},
            {"nmae": "x"},
            "spectro",
        ],
        "storage": {"kind": "path"},
        "limits": {"memory": 1, "pids": "many"},
        "replicas": 2,
    }
    faults = [
        line.partition(":")[0].partition(" is ")[0].removeprefix("  - ")
        for line in str(refused(config)).splitlines()[1:]
    ]
    assert faults == [
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
        "users[0].cost",
        "users[0].password",
        "users[1].name",
        "users[2].name",
        "users[2].nmae",
        "users[3]",
    ], (
        "one run per fault would take all day; among them are contradictions, which are seen in what is left when the faulty settings are left out"
    )


def test_users_are_told_in_the_order_of_the_list() -> None:
    config = {
        "hostname": "registry.example.com",
        "users": [{"name": f"user {number}"} for number in range(12)],
    }
    told = [fault.path[1] for fault in refused(config).faults]
    assert told == list(range(12)), "the tenth user comes after the second, not before"


def test_the_same_fault_is_told_once() -> None:
    error = refused(
        {
            "hostname": "registry.example.com",
            "tls": {"certificatePem": 1.5j, "mode": "provided", "privateKeyPem": 1.5j},
        }
    )
    assert len(error.faults) == len({fault.path for fault in error.faults}) == 2, (
        "a type that may be one of several is checked several times"
    )


def test_a_contradiction_with_a_faulty_setting_is_not_told_too() -> None:
    error = refused(
        {"hostname": "registry.example.com", "tls": {"mode": "offf", "certificatePem": "x"}}
    )
    assert [fault.path for fault in error.faults] == [("tls", "mode")], (
        "what mode was meant is not known, so nothing can be said of the rest"
    )


def test_a_secret_setting_is_named_and_not_shown() -> None:
    error = refused({"hostname": "MARKER of a host"}, secret=frozenset({"hostname"}))
    assert (
        str(error)
        .splitlines()[1]
        .startswith(
            "  - hostname: the value given (not shown, it is a secret) is not allowed; allowed is a DNS name"
        )
    )
    assert "MARKER" not in str(error), "whoever marks a setting as secret has a reason"


CLASHES: dict[str, tuple[dict[str, Any], str, str]] = {
    "a setting that clashes with a switch": (
        {
            "hostname": "marker.corp",
            "tls": {"mode": "letsencrypt", "letsencrypt": {"email": "ops@example.com"}},
        },
        "hostname",
        "hostname does not go with tls.mode (why is not shown, for hostname is a secret); allowed is a DNS name (letters",
    ),
    "a setting that another one clashes with": (
        {"dockerCertPath": "/etc/docker", "dockerHost": "ssh://marker"},
        "dockerHost",
        "dockerCertPath does not go with dockerHost (why is not shown, for dockerHost is a secret); allowed is an absolute path",
    ),
    "an item of a list": (
        {"networks": ["marker", "marker"]},
        "networks",
        "networks[1] can't be used (why is not shown, for networks is a secret); allowed are Docker networks' names",
    ),
    "a setting by its other name": (
        {"container_name": "marker", "storage": {"volume": "marker-config"}},
        "container_name",
        "storage.volume does not go with containerName, tls.mode (why is not shown, for containerName is a secret); allowed is",
    ),
}


@pytest.mark.parametrize("case", CLASHES)
def test_a_contradiction_does_not_show_what_is_marked_as_secret(case: str) -> None:
    config, marked, sentence = CLASHES[case]
    (told,) = str(refused(complete(config), secret=frozenset({marked}))).splitlines()[1:]
    assert told.startswith(f"  - {sentence}"), (
        "the settings concerned are named, and what is allowed"
    )
    assert "marker" not in told, "whoever marks a setting as secret has a reason"
    assert "marker" in str(refused(complete(config))), (
        "what is no secret is shown, for that helps most"
    )


def test_a_secret_in_a_group_hides_itself_alone() -> None:
    config = {
        "tls": {"mode": "off", "certificatePem": "x", "sans": ["not ok"]},
        "limits": {"memory": "MARKER"},
        "networks": ["MARKER/"],
    }
    told = str(refused(complete(config), secret=frozenset({"tls", "limits", "networks"})))
    assert "tls.sans[0]: not ok is not allowed" in told, (
        "Pulumi marks the whole group for a private key in it"
    )
    assert "tls.certificatePem is set, but tls.mode is off" in told
    assert "MARKER" not in told, "nothing in these is secret by itself, so the user meant the whole"


@pytest.mark.parametrize("written", ["hostname", "ip_addresses", "container_name", "log_level"])
def test_a_setting_is_named_as_it_was_written(written: str) -> None:
    error = refused({"hostname": "registry.example.com", written: {"a": "b"}})
    assert (
        str(error)
        .splitlines()[1]
        .startswith(f"  - {written}: a group of settings is not allowed; allowed is")
    ), "a program writes snake_case, stack config camelCase"


@pytest.mark.parametrize(
    "setting", ["hostname", "port", "imagePassword", "bindAddresses", "users", "limits"]
)
def test_an_output_in_the_place_of_a_plain_value_is_told_as_one(setting: str) -> None:
    error = refused({"hostname": "registry.example.com", setting: pulumi.Output.secret("MARKER")})
    (told,) = str(error).splitlines()[1:]
    assert told.startswith(
        f"  - {setting}: an output, which is known only while the update runs, is not allowed; allowed is a"
    )
    assert "MARKER" not in told


def test_arguments_that_are_no_group_at_all_are_refused_in_a_sentence() -> None:
    nothing: Any = None
    with pytest.raises(SettingsError) as raised:
        validate_settings(nothing, "the arguments of the pack registry registry")
    assert "allowed is a group of settings" in str(raised.value), (
        "whoever forgets the arguments must be told so, not shown a traceback"
    )


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
def test_a_key_that_is_no_text_is_refused_in_a_sentence(config: dict[Any, Any]) -> None:
    assert refused({"hostname": "registry.example.com", **config}).faults, (
        "YAML has such keys, and Python's groups too"
    )
