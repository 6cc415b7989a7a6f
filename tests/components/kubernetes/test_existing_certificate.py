"""The certificate of tls.mode secret: what is read of it, and what the servers mount."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from common.errors import UserError
from components.kubernetes.cluster import Cluster
from tests.support.certificates import issue_chain
from tests.support.component import HOSTNAME, served
from tests.support.flavors import DISTRIBUTION
from tests.support.kubernetes import declare_on_kubernetes, pod, pod_annotations
from tests.support.recording import Run

CHAIN = issue_chain(HOSTNAME)
CERTIFICATES = "".join(each.certificate_pem for each in (CHAIN.leaf, CHAIN.intermediate))
DATA = {
    "tls.crt": CERTIFICATES,
    "tls.key": CHAIN.leaf.key_pem,
    "ca.crt": CHAIN.root.certificate_pem,
}


_runs: dict[str, Run] = {}


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Declares a registry with a Secret in its cluster, once for all tests that read it."""

    def declared(data: Mapping[str, str] | None = DATA, **settings: Any) -> Run:
        key = json.dumps([data, settings])
        _runs[key] = _runs.get(key) or declare(data, **settings)
        return _runs[key]

    def declare(data: Mapping[str, str] | None, **settings: Any) -> Run:
        monkeypatch.setattr(Cluster, "secret_data", lambda *_: data)
        trust = {"tlsTrustPem": settings.pop("trust")} if "trust" in settings else {}
        return declare_on_kubernetes(
            tls={"mode": "secret"}, kubernetes={"tlsSecret": "registry-tls", **trust}, **settings
        )

    return declared


def test_outputs(declared: Any) -> None:
    outputs = declared().outputs
    assert outputs["caCertificate"] == CHAIN.root.certificate_pem
    assert len(outputs["certificateFingerprint"]) == 64
    assert outputs["certificateNotAfter"].endswith("Z")


def test_pods_mount_secret(declared: Any) -> None:
    made = declared()
    (volume,) = [each for each in pod(made)["volumes"] if each["name"] == "certificate"]
    (source,) = volume["projected"]["sources"]
    assert source["secret"]["name"] == "registry-tls"
    assert [item["key"] for item in source["secret"]["items"]] == ["tls.crt", "tls.key"]
    assert "registry-certificate-secret" not in made.resources
    assert not any(each.typ.startswith("tls:") for each in made.resources.values())


def test_private_key_is_not_in_state(declared: Any) -> None:
    made = declared()
    everything = repr([each.inputs for each in made.resources.values()]) + repr(made.outputs)
    assert CHAIN.leaf.key_pem.splitlines()[1] not in everything


def test_renewed_certificate_changes_pods(declared: Any) -> None:
    key = "pack-registry.certificate"
    other = {**DATA, "tls.crt": served().certificate_pem}
    assert pod_annotations(declared())[key] != pod_annotations(declared(other))[key]


def test_public_certificate_has_no_ca(declared: Any) -> None:
    made = declared({**DATA, "ca.crt": ""}, **DISTRIBUTION)
    assert made.outputs["caCertificate"] == ""
    assert "--ca-file" not in made.outputs["cliLogin"]
    assert "--ca-file" in declared(**DISTRIBUTION).outputs["cliLogin"]


def test_ca_from_settings(declared: Any) -> None:
    made = declared({**DATA, "ca.crt": ""}, trust=CHAIN.intermediate.certificate_pem)
    assert made.outputs["caCertificate"] == CHAIN.intermediate.certificate_pem


@pytest.mark.parametrize("data", [None, {}, {"tls.key": "a key"}], ids=["none", "empty", "no crt"])
def test_secret_without_certificate(data: Any, declared: Any) -> None:
    with pytest.raises(UserError) as error:
        declared(data)
    assert str(error.value) == (
        "kubernetes.tlsSecret: the Secret registry-tls in namespace pack-registry has no tls.crt. "
        "No changes were made."
    )


def test_unreadable_certificate(declared: Any) -> None:
    with pytest.raises(UserError, match=r"registry-tls in namespace pack-registry, tls.crt: "):
        declared({**DATA, "tls.crt": "MARKER"})
