"""The trial rejects resources that it can't create exactly, before it creates anything."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pulumi.runtime import MockCallArgs, MockResourceArgs, rpc

from common.labels import Owner
from trial.engine import DOCKER_TYPES, LOCAL_TYPES, Engine
from trial.resources import TrialError, unwrap_secrets

CONTAINER = "docker:index/container:Container"
SUPPORTED: dict[str, dict[str, Any]] = {
    "tls:index/privateKey:PrivateKey": {"algorithm": "ECDSA", "ecdsaCurve": "P256"},
    "tls:index/selfSignedCert:SelfSignedCert": {
        "privateKeyPem": "not read",
        "subject": {"commonName": "localhost"},
        "validityPeriodHours": 24.0,
        "allowedUses": ["server_auth"],
    },
    "tls:index/certRequest:CertRequest": {
        "privateKeyPem": "not read",
        "subject": {"commonName": "localhost"},
    },
    "tls:index/locallySignedCert:LocallySignedCert": {
        "certRequestPem": "not read",
        "caCertPem": "not read",
        "caPrivateKeyPem": "not read",
        "validityPeriodHours": 24.0,
        "allowedUses": ["server_auth"],
    },
    "random:index/randomPassword:RandomPassword": {"length": 32.0, "special": False},
    "docker:index/volume:Volume": {"name": "never-created"},
    "docker:index/remoteImage:RemoteImage": {"name": "never-created", "keepLocally": True},
    CONTAINER: {"name": "never-created", "image": "sha256:0"},
}
"""The required inputs of each supported resource type."""


def secret(value: Any) -> dict[str, Any]:
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


def rejection(typ: str, inputs: dict[str, Any], **more: Any) -> str:
    """Return the message of a rejected resource. No Docker host is needed."""
    engine = Engine(Owner("pack-registry", "trial/test", "registry"))
    with pytest.raises(TrialError) as raised:
        engine.new_resource(MockResourceArgs(typ, "thing", inputs, **more))
    assert not engine.has_started, "creation must not start"
    return str(raised.value)


def test_all_supported_types_are_covered() -> None:
    assert set(SUPPORTED) == {*LOCAL_TYPES, *DOCKER_TYPES}


@pytest.mark.parametrize(
    "typ",
    [
        "docker:index/network:Network",
        "random:index/randomId:RandomId",
        "pulumi:providers:aws",
        "other:index:Thing",
    ],
)
def test_unknown_type_lists_supported_types(typ: str) -> None:
    message = rejection(typ, {})
    assert message.startswith(f"thing: a trial does not support the resource type {typ}. ")
    assert all(supported in message for supported in SUPPORTED)
    assert message.endswith("Only `make up` with Pulumi supports others.")


@pytest.mark.parametrize("typ", SUPPORTED)
def test_unknown_input_is_rejected(typ: str) -> None:
    assert f"a trial can't create this {typ}: the input notKnown is not supported." in rejection(
        typ, {**SUPPORTED[typ], "notKnown": 1.0}
    )


@pytest.mark.parametrize("typ", SUPPORTED)
def test_missing_input_is_reported(typ: str) -> None:
    missing = next(iter(SUPPORTED[typ]))
    assert f"the input {missing} is missing" in rejection(
        typ, {name: value for name, value in SUPPORTED[typ].items() if name != missing}
    )


@pytest.mark.parametrize(
    ("inputs", "place"),
    [
        (
            {
                "mounts": [
                    {
                        "type": "volume",
                        "source": "v",
                        "target": "/d",
                        "volumeOptions": {"noCopy": True},
                    }
                ]
            },
            "mounts[0].volumeOptions",
        ),
        (
            {"ports": [{"internal": 1.0, "external": 1.0, "ip": "::", "protocol": "udp"}]},
            "ports[0].protocol",
        ),
        (
            {
                "uploads": [
                    {"file": "/a", "content": "x"},
                    {"file": "/b", "content": "x", "executable": True},
                ]
            },
            "uploads[1].executable",
        ),
        ({"capabilities": {"drops": ["ALL"], "more": []}}, "capabilities.more"),
        ({"labels": [{"label": "a", "value": "b", "kind": "c"}]}, "labels[0].kind"),
    ],
)
def test_nested_unknown_input_is_rejected(inputs: dict[str, Any], place: str) -> None:
    assert f"the input {place} is not supported." in rejection(
        CONTAINER, {**SUPPORTED[CONTAINER], **inputs}
    )


@pytest.mark.parametrize(
    ("typ", "inputs"),
    [
        ("tls:index/privateKey:PrivateKey", {"algorithm": "ED25519"}),
        ("tls:index/selfSignedCert:SelfSignedCert", {"allowedUses": ["code_signing"]}),
        ("tls:index/locallySignedCert:LocallySignedCert", {"allowedUses": ["client_auth"]}),
        ("random:index/randomPassword:RandomPassword", {"special": True}),
        ("docker:index/remoteImage:RemoteImage", {"keepLocally": False}),
        (CONTAINER, {"networkMode": "host"}),
        (CONTAINER, {"restart": "on-failure"}),
        (CONTAINER, {"logDriver": "syslog"}),
        (CONTAINER, {"memory": 1.5}),
        (CONTAINER, {"destroyGraceSeconds": 3.0, "stopTimeout": 10.0}),
    ],
)
def test_unsupported_value_is_rejected(typ: str, inputs: dict[str, Any]) -> None:
    message = rejection(typ, {**SUPPORTED[typ], **inputs})
    pattern = rf"the input {next(iter(inputs))}(\[0\])? has an unsupported value"
    assert re.search(pattern, message), message


def test_all_issues_at_once_without_values() -> None:
    message = rejection(
        CONTAINER,
        {
            **SUPPORTED[CONTAINER],
            "hostname": secret("hunter2 hunter2"),
            "restart": "hunter3 hunter3",
        },
    )
    issues = "the input hostname is not supported; the input restart has an unsupported value"
    assert issues in message
    assert "hunter" not in message, "it might be a secret"


def test_existing_resource_is_not_adopted() -> None:
    assert "a trial does not adopt existing resources" in rejection(
        "docker:index/volume:Volume", {"name": "a"}, resource_id="a"
    )


def test_provider_functions_are_rejected() -> None:
    with pytest.raises(
        TrialError, match="does not support the function docker:index/getNetwork:getNetwork"
    ):
        Engine(Owner("pack-registry", "trial/test", "registry")).call(
            MockCallArgs("docker:index/getNetwork:getNetwork", {}, "")
        )


def test_closed_engine_creates_nothing() -> None:
    engine = Engine(Owner("pack-registry", "trial/test", "registry"))
    engine.close()
    with pytest.raises(TrialError, match=r"The trial was stopped\."):
        engine.new_resource(
            MockResourceArgs(
                "random:index/randomPassword:RandomPassword",
                "thing",
                {"length": 32.0, "special": False},
            )
        )


def test_unwrap_secrets_at_every_depth() -> None:
    assert unwrap_secrets(
        {"a": [secret({"b": secret("c")})], "d": secret([secret(1.0)]), "e": "f"}
    ) == {
        "a": [{"b": "c"}],
        "d": [1.0],
        "e": "f",
    }


def test_provider_certificates_are_used() -> None:
    engine = Engine(Owner("pack-registry", "trial/test", "registry"))
    engine.new_resource(
        MockResourceArgs(
            "pulumi:providers:docker",
            "there",
            {"host": "tcp://10.0.0.5:2376", "certPath": "/etc/docker-certs"},
        )
    )
    host = engine._hosts["there"]
    assert (host.url, host.cert_path) == ("tcp://10.0.0.5:2376", "/etc/docker-certs"), (
        "a daemon with TLS requires them"
    )


def test_secret_outputs_are_marked() -> None:
    engine = Engine(Owner("pack-registry", "trial/test", "registry"))
    _, state = engine.new_resource(
        MockResourceArgs(
            "random:index/randomPassword:RandomPassword",
            "thing",
            {"length": 32.0, "special": False},
        )
    )
    assert state["result"][rpc._special_sig_key] == rpc._special_secret_sig
    assert len(state["result"]["value"]) == 32
    assert state["result"]["value"].isalnum()
