"""The server's configuration file: a reviewed file for each mode, and its schema.

To renew the files after an intended change, run this test with RENEW=1, and review the difference.
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
from components.servers.distribution.config_file import needs_config_file, render
from components.servers.distribution.schema import schema_issues
from components.validation import validate_settings
from tests.support.cases import check_each
from tests.support.certificates import issue_chain
from tests.support.component import HOSTNAME, declare, declared, distribution_of, labels, uploads
from tests.support.flavors import DISTRIBUTION
from tests.support.recording import Run

GOLDEN = Path(__file__).parent / "golden"
SECRETS = {"http_secret": "HTTP-SECRET", "access_key": "ACCESS-KEY", "secret_key": "SECRET-KEY"}
S3 = {"bucket": "packs", "region": "eu-central-1"}
ACME = {"email": "ops@example.com", "hosts": ["packs.example.com"]}
WITH_EXTRA = {"extra", "cache", "relative-urls"}
"""Modes with keys that no setting manages."""
FREE_KEYS = {("storage", "cache", "blobdescriptor")}
"""Keys with a default that server.extra may change."""
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
    "oci": {**DISTRIBUTION, "server": {"logFormat": "text"}},
    "oci-s3": {**DISTRIBUTION, "storage": {"kind": "s3", "s3": {**S3, "prefix": "registry/prod"}}},
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
    "oci-s3-other": {
        **DISTRIBUTION,
        "storage": {"kind": "s3", "s3": {**S3, "endpoint": "https://s3.example.com"}},
    },
    "public-endpoint": {"publicEndpoint": "https://packs.example.com/registry"},
    "relative-urls": {
        "publicEndpoint": "https://packs.example.com",
        "server": {"extra": {"http": {"relativeurls": True}}},
    },
    "cache": {"server": {"extra": {"storage": {"cache": {"blobdescriptor": ""}}}}},
    "extra": {
        "server": {
            "extra": {
                "http": {"http2": {"disabled": True}},
                "health": {"tcp": [{"addr": "cache:6379"}]},
            }
        }
    },
    "notifications": {
        "notifications": {
            "endpoints": [
                {"name": "plain", "url": "http://10.0.0.5:8080"},
                {
                    "name": "audit",
                    "url": "https://audit.example.com/events",
                    "headers": {"Authorization": "Bearer token-of-the-receiver"},
                    "timeout": "5s",
                    "threshold": 3,
                    "backoff": "1m",
                    "ignore": {"mediaTypes": ["application/octet-stream"], "actions": ["pull"]},
                },
            ],
            "includeReferences": True,
        }
    },
}


def text(config: dict[str, Any]) -> str:
    settings = distribution_of(**config)
    assert needs_config_file(settings)
    has_keys = settings.storage.s3.access_key is not None
    names = ["http_secret", *(["access_key", "secret_key"] if has_keys else [])]
    return render(settings, {name: SECRETS[name] for name in names})


@pytest.mark.parametrize("mode", MODES)
def test_reviewed_file(mode: str) -> None:
    written = text(MODES[mode])
    golden = GOLDEN / f"{mode}.yml"
    if os.environ.get("RENEW") == "1":
        golden.write_text(written)
    assert written == golden.read_text()


def test_file_matches_schema() -> None:
    def check(mode: str) -> None:
        assert list(schema_issues(yaml.safe_load(text(MODES[mode])))) == []

    check_each(MODES, check)


@pytest.mark.parametrize("mode", sorted(MODES.keys() - WITH_EXTRA))
def test_managed_keys_are_rejected(mode: str) -> None:
    for path in leaf_paths(yaml.safe_load(text(MODES[mode]))):
        if path in FREE_KEYS:
            continue
        *parents, last = path
        extra: Any = {last: "x"}
        for name in reversed(parents):
            extra = {name: extra}
        server = {**MODES[mode].get("server", {}), "extra": extra}
        message = rejection({**MODES[mode], "server": server})
        lines = [
            line
            for line in message.splitlines()
            if " Set that instead." in line or " Remove it." in line
        ]
        assert lines, f"{'.'.join(path)}: {message}"


def leaf_paths(section: dict[str, Any], *parents: str) -> Iterator[tuple[str, ...]]:
    """Return the paths of all values that are not sections."""
    for name, value in section.items():
        if isinstance(value, dict):
            yield from leaf_paths(value, *parents, name)
        else:
            yield (*parents, name)


def rejection(config: dict[str, Any]) -> str:
    with pytest.raises(SettingsError) as raised:
        validate_settings({"hostname": "registry.example.com", **config}, "the test")
    return str(raised.value)


def test_invalid_file_is_not_written() -> None:
    secrets: dict[str, Any] = {**SECRETS, "secret_key": ["MARKER"]}
    with pytest.raises(UserError) as raised:
        render(distribution_of(**MODES["s3"]), secrets)
    assert str(raised.value) == (
        "The server would reject its configuration file. The file was not written.\n"
        "  - storage.s3.secretkey: invalid type. Must be a string"
    ), "the value may be secret"


def test_no_unused_golden_files() -> None:
    assert {path.stem for path in GOLDEN.glob("*.yml")} == set(MODES)


def test_client_ca_file() -> None:
    made = declare(tls=MUTUAL)
    written = made.resources["registry-configuration-writer"].inputs["uploads"]
    files = {upload["file"]: upload for upload in written}
    assert (
        files["/config/client-cas.crt"]["content"]
        == CLIENTS.intermediate.certificate_pem + CLIENTS.root.certificate_pem
    )
    assert files["/config/registry.yml"]["permissions"] == "0400", "it holds secrets"


def test_secrets_are_only_in_file() -> None:
    made = declare(
        storage={"kind": "s3", "s3": {**S3, "accessKey": "ACCESS-KEY", "secretKey": "SECRET-KEY"}}
    )
    writer = made.resources["registry-configuration-writer"]
    assert "uploads" in writer.secret_inputs
    server = made.resources["registry-server"]
    assert server.inputs["command"] == ["serve", "/config/registry.yml"]
    assert not [
        secret for secret in ("ACCESS-KEY", "SECRET-KEY") if secret in str(server.inputs)
    ], "`docker inspect` shows these inputs"
    assert "/data" not in [mount["target"] for mount in server.inputs["mounts"]]
    assert made.outputs["dataVolume"] == ""


def test_file_change_replaces_container() -> None:
    def label(made: Run | None = None, **s3: Any) -> str:
        made = made or declared(storage={"kind": "s3", "s3": {**S3, **s3}})
        return labels(made)["pack-registry.configuration"]

    assert label() == label(declare(storage={"kind": "s3", "s3": S3}))
    keys = label(accessKey="a", secretKey="b")
    other_keys = label(accessKey="a", secretKey="c")
    assert len({label(), keys, other_keys}) == 3, "the server reads its file once"


def test_changed_files_replace_container() -> None:
    """The server reads them once. The fingerprint is that of the first certificate alone."""

    def digest(server: dict[str, Any] | None = None, **tls: Any) -> str:
        made = declare(tls=tls, server=server or {}, verify=False)
        return labels(made)["pack-registry.configuration"]

    chain, other = issue_chain(HOSTNAME), issue_chain(HOSTNAME)
    pair: dict[str, Any] = {"mode": "provided", "privateKeyPem": chain.leaf.key_pem}
    whole, shorter = (
        {**pair, "certificatePem": pem}
        for pem in (chain.pem, chain.leaf.certificate_pem + chain.intermediate.certificate_pem)
    )
    roots = [chain.root.certificate_pem], [other.root.certificate_pem]
    digests = [
        digest(**whole),
        digest(**shorter),
        digest({"privateKeyMode": "0444"}, **whole),
        *(digest(**whole, clientCas=root) for root in roots),
    ]
    assert digest(**whole) == digests[0]
    assert len(set(digests)) == 5


def test_new_users_keep_container() -> None:
    first, second = (labels(declare(rotation=rotation)) for rotation in ("1", "2"))
    assert first == second, "a rotation takes effect while the server runs"


def test_no_file_by_default(default: Run) -> None:
    assert "registry-configuration-writer" not in default.resources
    assert "/config/registry.yml" not in uploads(default)
