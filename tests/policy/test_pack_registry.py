"""The policies on the pack registry: compliant and noncompliant settings."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]  # as the SDK itself uses it
from pulumi_policy.deserialize import deserialize_properties

from cli.policy import PACK
from common.features import Features, use_features
from policy.policies import POLICIES
from policy.readers.docker import CONTAINER
from tests.policy.oci_servers import OCI_SERVERS
from tests.support.certificates import Issued, issue
from tests.support.component import declare, served
from tests.support.noncompliant import HOSTNAME, PINNED, compliant, noncompliant, provided, shipped
from tests.support.policy_resources import UNKNOWN, Resource, applies_to, violations
from tests.support.recording import Declared, FirstPreview, Recorder, Run

HASH = "$2y$10$" + "a" * 53


@pytest.fixture(autouse=True)
def _isolated() -> Iterator[None]:
    """Switch off requests to Docker hosts, and resource hooks."""
    with use_features(Features(checks=False, resource_hooks=False)):
        yield


def as_shown(resource: Declared) -> Resource:
    """A resource as the engine shows it to a policy: the program's inputs, with unknown values."""
    properties = deserialize_properties(MessageToDict(resource.request.object))
    request = resource.request
    return Resource(
        resource.typ,
        properties,
        name=resource.name,
        protect=request.protect,
        parent=request.parent,
        secret_outputs=tuple(request.additionalSecretOutputs),
    )


def rejections(run: Run, stack: str) -> dict[str, list[str]]:
    """The messages of the policies on a run under a stack's configuration, by policy."""
    config = json.loads((PACK / f"{stack}.json").read_text())
    resources = [as_shown(resource) for resource in run.resources.values()]
    found: dict[str, list[str]] = {}
    for policy in POLICIES:
        options = {**config.get(policy.name, {})}
        options.pop("enforcementLevel", None)
        evaluated = [resource for resource in resources if applies_to(policy, resource.type)]
        if messages := violations(policy, *evaluated, config=options):
            found[policy.name] = messages
    return found


def run(
    settings: dict[str, Any], *, preview: bool = False, certificate: Issued | None = None
) -> Run:
    recorder = (FirstPreview if preview else Recorder)(certificate or served())
    return declare(recorder=recorder, preview=preview, **settings)


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_dev_complies(preview: bool) -> None:
    assert rejections(run(shipped("dev"), preview=preview), "dev") == {}, (
        "the development stack supports POLICY=1"
    )


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_prod_example_needs_only_a_digest(preview: bool) -> None:
    found = rejections(run(shipped("prod"), preview=preview), "prod")
    assert set(found) == {"image-pinned"}, "the message names what to set in a copy of the example"
    assert rejections(run({**shipped("prod"), "image": PINNED}, preview=preview), "prod") == {}, (
        "it complies with a digest"
    )


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_prod_with_provided_certificate_complies(preview: bool) -> None:
    assert rejections(run(compliant(), preview=preview), "prod") == {}


CA = issue("Example Client CA", ca=True).certificate_pem
VARIANTS: dict[str, dict[str, Any]] = {
    "directory": {"storage": {"kind": "path", "path": "/srv/packs"}},
    "NFS": {"storage": {"kind": "nfs", "nfs": {"server": "nas", "export": "/packs"}}},
    "SMB": {"storage": {"kind": "cifs", "cifs": {"server": "nas", "share": "packs"}}},
    "S3": {
        "storage": {
            "kind": "s3",
            "s3": {
                "bucket": "packs",
                "region": "eu-central-1",
                "accessKey": "AKIAABCDEFGHIJKLMNOP",
                "secretKey": "x" * 40,
            },
        }
    },
    "Let's Encrypt": {"tls": {"mode": "letsencrypt", "letsencrypt": {"email": "a@example.com"}}},
    "private CA": {"tls": {"mode": "private-ca", "validityDays": 90}},
    "client CAs": {
        "tls": {"mode": "private-ca", "validityDays": 90, "clientCas": [CA]},
        "verify": False,
    },
    "settings file": {"server": {"headers": {"X-Frame-Options": "DENY"}}},
    "networks": {"networks": ["backend"]},
    "metrics": {"metrics": {"port": 5001}},
    "metrics on a private address": {"metrics": {"port": 5001, "address": "10.0.0.5"}},
    "notifications": {
        "notifications": {
            "endpoints": [
                {
                    "name": "audit",
                    "url": "https://audit.example.com/events",
                    "headers": {"Authorization": "Bearer Zm9yIHRoZSByZWNlaXZlciBvbmx5"},
                }
            ]
        }
    },
    **OCI_SERVERS,
    "passwords": {"users": [{"name": "ci", "password": "correct horse battery staple"}]},
}


@pytest.mark.parametrize("title", VARIANTS)
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_variant_complies(title: str, preview: bool) -> None:
    settings = {**compliant(), **VARIANTS[title]}
    assert rejections(run(settings, preview=preview), "prod") == {}


@pytest.mark.parametrize("title", noncompliant())
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_noncompliant_setting_is_rejected(title: str, preview: bool) -> None:
    change, policies = noncompliant()[title]
    found = rejections(run({**compliant(), **change}, preview=preview), "prod")
    assert set(found) == policies, "by these policies and no others"


@pytest.mark.parametrize(
    ("change", "policy"),
    [
        ({"bcryptCost": 4}, "htpasswd-cost"),
        ({"users": [{"name": "admin", "bcrypt": HASH}]}, None),
        (
            {"users": [{"name": "other", "bcrypt": HASH}, {"name": "ci", "bcrypt": HASH}]},
            "htpasswd-no-repeated-hash",
        ),
    ],
)
def test_users_are_evaluated_in_update(change: dict[str, Any], policy: str | None) -> None:
    settings = {**compliant(), **change}
    assert rejections(run(settings, preview=True), "prod") == {}, (
        "a preview does not know the seed of the salts"
    )
    assert set(rejections(run(settings), "prod")) == ({policy} if policy else set()), (
        "the update knows it"
    )


def test_other_directory_is_rejected() -> None:
    made = run({**compliant(), "storage": {"kind": "path", "path": "/home/packs"}}, preview=True)
    assert set(rejections(made, "prod")) == {"container-bind-sources"}


def test_too_many_cpus_are_rejected() -> None:
    made = run({**compliant(), "limits": {"cpus": 64}}, preview=True)
    assert set(rejections(made, "prod")) == {"container-cpu-limit"}


def test_expiring_certificate_is_reported() -> None:
    soon = issue(HOSTNAME, [HOSTNAME], ends=datetime.timedelta(days=20))
    for preview in (True, False):
        assert set(
            rejections(run({**compliant(), "tls": provided(soon)}, preview=preview), "prod")
        ) == {"certificate-expires-soon"}


@pytest.mark.parametrize(
    ("tls", "is_rejected"),
    [
        ({"mode": "off"}, True),
        ({"validityDays": 90}, False),
        ({"mode": "letsencrypt", "letsencrypt": {"email": "ops@example.com"}}, False),
    ],
)
def test_tls_is_recognized_with_settings_file(tls: dict[str, Any], is_rejected: bool) -> None:
    for server in ({}, {"headers": {"X-Frame-Options": "DENY"}}):
        found = set(rejections(run({**compliant(), "tls": tls, "server": server}), "prod"))
        assert ("tls-required" in found) is is_rejected, (
            "the label states it if the environment does not"
        )


@pytest.mark.parametrize("change", [{"port": 8080}, {"port": 80}, {"server": {"addr": ":8080"}}])
def test_tls_may_use_any_port(change: dict[str, Any]) -> None:
    for preview in (True, False):
        assert rejections(run({**compliant(), **change}, preview=preview), "prod") == {}, (
            "a port number does not determine the protocol"
        )
    assert "http-port-not-public" in rejections(
        run({**compliant(), **change, "tls": {"mode": "off"}}), "prod"
    )


def test_data_label_matches_retention() -> None:
    for keep in (True, False):
        made = declare(storage={"keepOnDestroy": keep}).resources
        labels = {
            label["label"]: label["value"] for label in made["registry-server"].inputs["labels"]
        }
        assert labels["pack-registry.keeps-data"] == str(keep).lower(), "policies read the label"
        assert made["registry-data"].request.retainOnDelete is keep, "the engine reads the option"


def test_messages_contain_no_secret() -> None:
    change = {
        "users": [{"name": "ci", "password": "correct horse battery staple"}],
        "bcryptCost": 4,
        "server": {"privateKeyMode": "0444"},
    }
    made = run({**compliant(), **change})
    messages = json.dumps(rejections(made, "prod"))
    secrets = [
        upload["content"]
        for resource in made.resources.values()
        for upload in resource.inputs.get("uploads", [])
        if "tls.crt" not in upload["file"]
    ]
    lines = {line for text in secrets for line in text.splitlines() if line and "-----" not in line}
    assert len(lines) > 3, "the test has secrets to search for"
    parts = lines | {line.partition(":")[2] for line in lines} | {"correct horse battery staple"}
    assert not [part for part in parts - {""} if part in messages], "messages appear in logs"


def test_preview_has_unknown_values() -> None:
    resources = [
        as_shown(resource) for resource in run(compliant(), preview=True).resources.values()
    ]
    unknown = {
        key
        for resource in resources
        if resource.type == CONTAINER
        for key in resource.properties
        if UNKNOWN in str(resource.properties[key])
    }
    assert {"image", "uploads"} <= unknown, "the previews above depend on them"
