"""The server's YAML file: one reviewed file for each mode, and the schema that holds them all.

To renew them after a change that is meant: `RENEW=1 .venv/bin/python -m pytest tests/components/servers/distribution/test_config_file.py`, then read the difference.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from common.errors import UserError
from common.validation import SettingsError
from components.servers.distribution import config_file, schema
from components.validation import validate_settings
from tests.support.certificates import issue_chain
from tests.support.component import declare, uploads

GOLDEN = Path(__file__).parent / "golden"
SECRETS = {"http_secret": "HTTP-SECRET", "access_key": "ACCESS-KEY", "secret_key": "SECRET-KEY"}
S3 = {"bucket": "packs", "region": "eu-central-1"}
ACME = {"email": "ops@example.com", "hosts": ["packs.example.com"]}
OWN, CLIENTS = issue_chain("registry.example.com"), issue_chain("operator")
MUTUAL = {
    "clientCas": [CLIENTS.intermediate.certificate_pem, CLIENTS.root.certificate_pem],
    "clientCertificatePem": CLIENTS.leaf.certificate_pem,
    "clientPrivateKeyPem": CLIENTS.leaf.key_pem,
}
MODES: dict[str, dict[str, Any]] = {
    "log": {
        "logLevel": "debug",
        "server": {"logFormat": "json", "logFields": {"environment": "prod"}},
    },
    "headers": {
        "server": {
            "headers": {"x-frame-options": "SAMEORIGIN", "X-Packs": "yes"},
            "drainSeconds": 5,
            "addr": "[::]:8443",
        }
    },
    "http": {"tls": {"mode": "off"}, "realm": "Packs of ACME", "server": {"drainSeconds": 1}},
    "minimum-tls": {"tls": {"minimumTls": "tls1.3"}},
    "client-cas": {"tls": MUTUAL},
    "private-ca": {"tls": {"mode": "private-ca", "minimumTls": "tls1.2"}},
    "provided": {
        "tls": {"mode": "provided", "certificatePem": OWN.pem, "privateKeyPem": OWN.leaf.key_pem},
        "server": {"logFormat": "logstash"},
    },
    "oci": {"flavor": "oci", "server": {"logFormat": "text"}},
    "oci-s3": {"flavor": "oci", "storage": {"kind": "s3", "s3": {**S3, "prefix": "registry/prod"}}},
    "letsencrypt": {"tls": {"mode": "letsencrypt", "letsencrypt": ACME}},
    "letsencrypt-private": {
        "tls": {
            "mode": "letsencrypt",
            "letsencrypt": {**ACME, "directoryUrl": "https://acme.internal/directory"},
        }
    },
    "memory": {"storage": {"kind": "memory", "confirmLoss": True}},
    "s3": {"storage": {"kind": "s3", "s3": {**S3, "accessKey": "a", "secretKey": "b"}}},
    "s3-role": {"storage": {"kind": "s3", "s3": {**S3, "encrypt": True}}},
    "s3-other": {
        "storage": {
            "kind": "s3",
            "s3": {
                **S3,
                "prefix": "registry/prod",
                "endpoint": "http://10.0.0.5:9000",
                "pathStyle": True,
            },
        }
    },
    "extra": {
        "server": {
            "extra": {
                "http": {"debug": {"addr": ":5001"}},
                "notifications": {"endpoints": [{"name": "a"}]},
            }
        }
    },
}


def text(config: dict[str, Any]) -> str:
    settings = validate_settings({"hostname": "registry.example.com", **config}, "the test")
    assert config_file.needs_config_file(settings), "its environment can't say this"
    s3 = settings.storage.s3
    given = {"http_secret", *(["access_key", "secret_key"] if s3.access_key else [])}
    return config_file.render(
        settings, {name: value for name, value in SECRETS.items() if name in given}
    )


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_has_the_file_that_was_reviewed(mode: str) -> None:
    written = text(MODES[mode])
    golden = GOLDEN / f"{mode}.yml"
    if os.environ.get("RENEW") == "1":
        golden.write_text(written)
    assert written == golden.read_text()


@pytest.mark.parametrize("mode", MODES)
def test_each_file_is_what_a_server_takes(mode: str) -> None:
    assert list(schema.schema_issues(yaml.safe_load(text(MODES[mode])))) == []


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "extra"])
def test_whatever_a_setting_writes_nobody_else_may(mode: str) -> None:
    for place in leaves(yaml.safe_load(text(MODES[mode]))):
        *above, last = place
        said: Any = {last: "x"}
        for name in reversed(above):
            said = {name: said}
        told = str(
            refused({**MODES[mode], "server": {**MODES[mode].get("server", {}), "extra": said}})
        )
        clash = [
            line
            for line in told.splitlines()
            if "; set that instead" in line or "; remove it" in line
        ]
        assert clash, f"{'.'.join(place)}: {told}"


def leaves(group: dict[str, Any], *above: str) -> Iterator[tuple[str, ...]]:
    """The places of what is no group."""
    for name, value in group.items():
        yield from leaves(value, *above, name) if isinstance(value, dict) else [(*above, name)]


def refused(config: dict[str, Any]) -> SettingsError:
    with pytest.raises(SettingsError) as raised:
        validate_settings({"hostname": "registry.example.com", **config}, "the test")
    return raised.value


def test_a_file_that_no_server_would_take_is_not_written() -> None:
    settings = validate_settings({"hostname": "registry.example.com", **MODES["s3"]}, "the test")
    wrong: dict[str, Any] = {**SECRETS, "secret_key": ["MARKER"]}
    with pytest.raises(UserError) as raised:
        config_file.render(settings, wrong)
    assert str(raised.value) == (
        "The server's YAML file would not be taken; it was not written.\n  - storage.s3.secretkey is of the wrong type; allowed is a text"
    )


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.yml")} == set(MODES)


def test_clients_certificates_are_asked_for_by_a_file_of_their_authorities() -> None:
    made = declare(tls=MUTUAL)
    written = made.resources["registry-configuration-writer"].inputs["uploads"]
    files = {upload["file"]: upload for upload in written}
    assert (
        files["/config/client-cas.crt"]["content"]
        == CLIENTS.intermediate.certificate_pem + CLIENTS.root.certificate_pem
    )
    assert files["/config/registry.yml"]["permissions"] == "0400", "it holds secrets"


def test_secrets_are_in_the_file_alone() -> None:
    made = declare(
        storage={"kind": "s3", "s3": {**S3, "accessKey": "ACCESS-KEY", "secretKey": "SECRET-KEY"}}
    )
    writer = made.resources["registry-configuration-writer"]
    assert "uploads" in writer.secret_inputs, "what is not secret is plain text in the state"
    server = made.resources["registry-server"]
    assert server.inputs["command"] == ["serve", "/config/registry.yml"]
    assert not [
        secret for secret in ("ACCESS-KEY", "SECRET-KEY") if secret in str(server.inputs)
    ], "`docker inspect` shows these to everybody"
    assert "data" not in " ".join(mount["target"] for mount in server.inputs["mounts"]), (
        "packs are in the bucket"
    )
    assert made.outputs["dataVolume"] == ""


def test_another_file_is_another_container_and_its_label_tells_nothing() -> None:
    def label(**s3: Any) -> str:
        made = declare(storage={"kind": "s3", "s3": {**S3, **s3}})
        return str(
            {
                each["label"]: each["value"]
                for each in made.resources["registry-server"].inputs["labels"]
            }["pack-registry.configuration"]
        )

    assert label() == label(), "an unchanged file is no reason for a new container"
    keys = label(accessKey="a", secretKey="b")
    assert len({label(), keys, label(accessKey="a", secretKey="c")}) == 3, (
        "the server reads its file once"
    )
    assert "registry-configuration-writer" not in declare().resources, (
        "without such settings there is no such file"
    )
    assert "/config/registry.yml" not in uploads(declare())
