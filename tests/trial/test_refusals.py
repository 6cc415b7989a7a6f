"""What the trial does not know how to make it refuses, before anything is made, rather than make something else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pulumi.runtime import MockCallArgs, MockResourceArgs, rpc

from common.labels import Owner
from trial.engine import ON_DOCKER, PLAIN, Engine
from trial.resources import TrialError, unwrapped

CONTAINER = "docker:index/container:Container"
KNOWN: dict[str, dict[str, Any]] = {
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
    "docker:index/volume:Volume": {"name": "never-made"},
    "docker:index/remoteImage:RemoteImage": {"name": "never-made", "keepLocally": True},
    CONTAINER: {"name": "never-made", "image": "sha256:0"},
}
"""Inputs of each known resource type with nothing in them that is not required."""


def secret(value: Any) -> dict[str, Any]:
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


def refusal(typ: str, inputs: dict[str, Any], **more: Any) -> str:
    """The sentence with which a resource is refused; no Docker is there to be touched."""
    engine = Engine(Owner("pack-registry", "trial/test", "registry"))
    with pytest.raises(TrialError) as raised:
        engine.new_resource(MockResourceArgs(typ, "thing", inputs, **more))
    assert not engine.has_begun, "nothing may be begun"
    return str(raised.value)


def test_the_known_types_are_all_tested_here() -> None:
    assert set(KNOWN) == {*PLAIN, *ON_DOCKER}


@pytest.mark.parametrize(
    "typ",
    [
        "docker:index/network:Network",
        "random:index/randomId:RandomId",
        "pulumi:providers:aws",
        "other:index:Thing",
    ],
)
def test_an_unknown_type_is_refused_with_the_known_ones(typ: str) -> None:
    told = refusal(typ, {})
    assert told.startswith(f"thing: a trial does not know the resource type {typ}; it knows ")
    assert all(known in told for known in KNOWN)
    assert told.endswith("Only `make up`, with Pulumi, does.")


@pytest.mark.parametrize("typ", KNOWN)
def test_an_unknown_input_is_refused_by_name(typ: str) -> None:
    assert (
        f"a trial can't make this {typ} as it is declared: the input notKnown is not known."
        in refusal(typ, {**KNOWN[typ], "notKnown": 1.0})
    )


@pytest.mark.parametrize("typ", KNOWN)
def test_a_missing_input_is_told_by_name(typ: str) -> None:
    missing = next(iter(KNOWN[typ]))
    assert f"the input {missing} is missing" in refusal(
        typ, {name: value for name, value in KNOWN[typ].items() if name != missing}
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
def test_an_unknown_input_is_refused_at_every_depth(inputs: dict[str, Any], place: str) -> None:
    assert f"the input {place} is not known." in refusal(CONTAINER, {**KNOWN[CONTAINER], **inputs})


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
def test_a_value_that_it_could_not_honour_is_refused(typ: str, inputs: dict[str, Any]) -> None:
    told = refusal(typ, {**KNOWN[typ], **inputs})
    assert re.search(
        rf"the input {next(iter(inputs))}(\[0\])? has a value that is not known", told
    ), told


def test_all_that_is_wrong_is_told_at_once_and_no_value_is() -> None:
    told = refusal(
        CONTAINER,
        {**KNOWN[CONTAINER], "hostname": secret("hunter2 hunter2"), "restart": "hunter3 hunter3"},
    )
    assert (
        "the input hostname is not known; the input restart has a value that is not known" in told
    )
    assert "hunter" not in told, "it might be a secret"


def test_what_is_there_already_is_not_taken_over() -> None:
    assert "a trial takes over nothing that is there already" in refusal(
        "docker:index/volume:Volume", {"name": "a"}, resource_id="a"
    )


def test_functions_of_providers_are_refused() -> None:
    with pytest.raises(
        TrialError, match="does not know the function docker:index/getNetwork:getNetwork"
    ):
        Engine(Owner("pack-registry", "trial/test", "registry")).call(
            MockCallArgs("docker:index/getNetwork:getNetwork", {}, "")
        )


def test_nothing_is_made_after_the_end() -> None:
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


def test_secrets_are_unwrapped_at_every_depth() -> None:
    assert unwrapped({"a": [secret({"b": secret("c")})], "d": secret([secret(1.0)]), "e": "f"}) == {
        "a": [{"b": "c"}],
        "d": [1.0],
        "e": "f",
    }


def test_a_docker_host_is_asked_with_the_certificates_that_its_provider_has() -> None:
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
        "a daemon with TLS answers nothing else"
    )


def test_what_is_secret_is_marked_for_the_program() -> None:
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
