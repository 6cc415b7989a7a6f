"""No secret's value is ever told, wherever it was put by mistake."""

from __future__ import annotations

from typing import Any

import pytest

from common.validation import SettingsError
from components.validation import validate_settings
from tests.support.certificates import issue
from tests.unit.test_wrong_settings import TABLE, complete

MARKER = "MARKER-of-a-secret"
GOOD = issue("registry.example.com", ["registry.example.com"])

PLACES: dict[str, dict[str, Any]] = {
    "a password that is too long": {"users": [{"name": "ci", "password": MARKER * 9}]},
    "a password with a control character": {"users": [{"name": "ci", "password": MARKER + "\n"}]},
    "a password in a list": {"users": [{"name": "ci", "password": [MARKER]}]},
    "a password in a group": {"users": [{"name": "ci", "password": {MARKER: MARKER}}]},
    "a password in bytes": {"users": [{"name": "ci", "password": MARKER.encode() * 9}]},
    "a password under a misspelt key": {"users": [{"name": "ci", "pasword": MARKER}]},
    "a password under a key of another level": {"password": MARKER, "users": [{"name": "ci"}]},
    "a password under an unknown key": {"adminPassword": MARKER},
    "a password as the user": {"users": [MARKER]},
    "a password as the users": {"users": MARKER},
    "passwords by user": {"users": {"admin": MARKER}},
    "passwords by user in a list": {"users": [{"admin": MARKER}]},
    "a password as a list for the name": {"users": [{"name": ["ci", MARKER]}]},
    "a password beside a hash": {
        "users": [{"name": "ci", "password": MARKER, "bcrypt": "$2y$05$" + "a" * 53}]
    },
    "a password with a rotation": {"users": [{"name": "ci", "password": MARKER, "rotation": "1"}]},
    "a password that is the user's name": {"users": [{"name": MARKER.lower(), "password": MARKER}]},
    "a password for the hash": {"users": [{"name": "ci", "bcrypt": MARKER}]},
    "a hash in a list": {"users": [{"name": "ci", "bcrypt": [MARKER]}]},
    "a hash that is too dear": {
        "users": [{"name": "ci", "bcrypt": f"{MARKER}:$2y$31$" + "a" * 53}]
    },
    "a user twice": {
        "users": [{"name": "ci", "password": MARKER}, {"name": "ci", "password": MARKER}]
    },
    "a key that is no PEM": {
        "tls": {"mode": "provided", "certificatePem": GOOD.certificate_pem, "privateKeyPem": MARKER}
    },
    "a key in a list": {
        "tls": {
            "mode": "provided",
            "certificatePem": GOOD.certificate_pem,
            "privateKeyPem": [MARKER],
        }
    },
    "a key in a group": {
        "tls": {
            "mode": "provided",
            "certificatePem": GOOD.certificate_pem,
            "privateKeyPem": {"text": MARKER},
        }
    },
    "a key under a misspelt name": {
        "tls": {"mode": "provided", "certificatePem": GOOD.certificate_pem, "privateKey": MARKER}
    },
    "a key as the certificate": {
        "tls": {"mode": "provided", "certificatePem": MARKER, "privateKeyPem": GOOD.key_pem}
    },
    "a key without its mode": {"tls": {"privateKeyPem": MARKER}},
    "a key without TLS": {"tls": {"mode": "off", "privateKeyPem": MARKER}},
    "a key as the whole of tls": {"tls": MARKER},
    "a key in a list for tls": {"tls": [MARKER]},
    "a key within the subject": {"tls": {"subject": {"privateKeyPem": MARKER}}},
    "a user's group for another setting": {
        "logLevel": {"name": "ci", "password": MARKER},
        "port": [MARKER],
        "verify": {"password": MARKER},
    },
}


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_is_not_told_wherever_it_stands(place: str) -> None:
    with pytest.raises(SettingsError) as raised:
        validate_settings(
            {"hostname": "registry.example.com", **PLACES[place]}, "the config of stack test"
        )
    shown = str(raised.value) + repr(raised.value)
    if place != "a password that is the user's name":  # the name is told, and is no secret
        assert MARKER.lower() not in shown.lower(), "update logs are kept, shared and indexed"
    assert MARKER not in shown, "update logs are kept, shared and indexed"


def test_no_sentence_of_the_table_of_wrong_settings_shows_what_is_secret() -> None:
    looked_at = 0
    for case, (config, _) in TABLE.items():
        secrets = _secrets(config)
        looked_at += len(secrets)
        shown = told(complete(config))
        assert not [secret for secret in secrets if secret in shown], (
            f"{case}: update logs are kept, shared and indexed"
        )
    assert looked_at > 30, "there must be secrets to look for"


def told(config: dict[str, Any]) -> str:
    """What is said of a configuration; nothing where it passes, which another test reports."""
    try:
        validate_settings(config, "the config of stack test")
    except SettingsError as error:
        return str(error)
    return ""


def _secrets(config: dict[str, Any]) -> list[str]:
    """The secret texts of a configuration that are long enough to tell apart from the sentences' own words."""
    tls, users = config.get("tls"), config.get("users")
    values = [tls.get("privateKeyPem")] if isinstance(tls, dict) else []
    for user in users if isinstance(users, list) else []:
        if isinstance(user, dict):
            values += [user.get(name) for name in ("password", "bcrypt", "pasword")]
    return [str(value) for value in values if value is not None and len(str(value)) > 4]


def test_whatever_is_marked_as_secret_in_the_config_is_not_told() -> None:
    config = {
        "hostname": MARKER + "!",
        "port": MARKER,
        "realm": MARKER + '"',
        "tls": MARKER,
        "limits": {"memory": "1"},
    }
    with pytest.raises(SettingsError) as raised:
        validate_settings(config, "the config of stack test", frozenset(config))
    assert len(raised.value.faults) == 5, "each of them is told"
    assert MARKER not in str(raised.value), "`pulumi config set --secret` is a promise"
