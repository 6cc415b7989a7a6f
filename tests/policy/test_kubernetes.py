"""Kubernetes resources under all policies together: compliant ones, and values in messages."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from policy.policies import POLICIES
from policy.readers import kubernetes, secret_patterns
from policy.readers.kubernetes import quantity
from tests.policy.loader import load
from tests.support.certificates import issue
from tests.support.kubernetes_resources import resource, workload
from tests.support.policy_resources import UNKNOWN, Resource, applies_to, violations

KINDS = sorted(type_.rpartition(":")[2] for type_ in kubernetes.TEMPLATES)
USERS = f"admin:$2y$05${'a' * 53}\n"


def rejections(*resources: Resource) -> dict[str, list[str]]:
    """The messages of all policies on a stack, by policy."""
    found = {}
    for policy in POLICIES:
        evaluated = [one for one in resources if applies_to(policy, one.type)]
        if messages := violations(policy, *evaluated):
            found[policy.name] = messages
    return found


@functools.cache
def compliant_stack() -> tuple[Resource, ...]:
    """A registry as the pack registry declares it, without a fixed shape of its pods."""
    served = issue("registry.example.com", ["registry.example.com"])
    pem = {"tls.crt": served.certificate_pem, "tls.key": served.key_pem}
    restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
    service = {
        "type": "LoadBalancer",
        "loadBalancerSourceRanges": ["203.0.113.0/24"],
        "ports": [{"port": 443.0, "targetPort": "registry", "appProtocol": "https"}],
    }
    return (
        resource(kubernetes.NAMESPACE, {"metadata": {"labels": restricted, "namespace": None}}),
        resource(kubernetes.SECRET, {"stringData": {"htpasswd-basic": USERS}}, name="users"),
        resource(kubernetes.SECRET, {"type": "kubernetes.io/tls", "stringData": pem}, name="tls"),
        resource(kubernetes.CONFIG_MAP, {"data": {"registry.yml": "log:\n  level: info\n"}}),
        resource(kubernetes.CLAIM, {"spec": {"accessModes": ["ReadWriteOnce"]}}, protect=True),
        resource(kubernetes.SERVICE, {"spec": service}),
        resource("kubernetes:policy/v1:PodDisruptionBudget", {"spec": {"maxUnavailable": 1.0}}),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_compliant_workload_passes_every_policy(kind: str) -> None:
    made = workload(kind, {"init": {}, "ephemeral": {}})
    assert rejections(made, *compliant_stack()) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_bare_workload_violates_base_of_pod_security(kind: str) -> None:
    bare = {"name": "x", "image": "registry:3"}
    changes = {"spec": {"containers": [bare], "securityContext": None, "volumes": None}}
    made = workload(kind, {**changes, "metadata": {"annotations": None}})
    assert set(rejections(made)) >= {
        "tls-required",
        "registry-authentication",
        "image-pinned",
        "image-registry",
        "container-read-only-root",
        "container-no-new-privileges",
        "container-capabilities-dropped",
        "container-security-options",
        "container-non-root",
        "container-memory-limit",
        "container-cpu-request",
        "kubernetes-ownership-annotations",
    }


def _as_unknown(value: Any) -> Any:
    """A value in which nothing but the structure is known."""
    if isinstance(value, dict):
        return {key: _as_unknown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_unknown(item) for item in value]
    return UNKNOWN


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_values_violate_nothing(kind: str) -> None:
    spec = _as_unknown(dict(workload("Pod", {"init": {}}).properties)["spec"])
    spec["containers"][0]["env"] = UNKNOWN
    made = workload(kind, {"spec": spec})
    assert rejections(made) == {}


@pytest.mark.parametrize("depth", ["spec", "metadata"])
def test_unknown_object_violates_nothing(depth: str) -> None:
    made = workload("Deployment", {"init": {}})
    properties = {**made.properties, depth: UNKNOWN}
    assert rejections(Resource(made.type, properties)) == {}


@pytest.mark.parametrize("value", [None, "x", 1.0, True, ["x"], {"x": "y"}, [["x"]], [None]])
@pytest.mark.parametrize(
    "field", ["containers", "volumes", "securityContext", "initContainers", "resourceClaims"]
)
def test_malformed_property_raises_nothing(field: str, value: Any) -> None:
    rejections(workload("Deployment", {"spec": {field: value}}))


@pytest.mark.parametrize("value", [None, "x", 1.0, True, ["x"], {"x": "y"}, [["x"]], [None]])
@pytest.mark.parametrize("type_", sorted(kubernetes.CHECKED - kubernetes.WORKLOADS), ids=str)
def test_malformed_resource_raises_nothing(type_: str, value: Any) -> None:
    keys = ("spec", "data", "stringData", "rules", "roleRef", "subjects", "metadata", "type")
    rejections(Resource(type_, dict.fromkeys(keys, value)))


def test_messages_contain_no_secret() -> None:
    cases = [case for case in load() if "kubernetes" in case.title and case.violates]
    assert len(cases) > 200, "the cases on Kubernetes"
    for case in cases:
        policy = next(one for one in POLICIES if one.name == case.policy)
        for message in violations(policy, *case.resources, config=case.config):
            assert "hunter2" not in message
            assert not secret_patterns.is_secret_value(message)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("512Mi", 2**29),
        ("1.5G", 1.5e9),
        ("1e9", 1e9),
        ("1E", 1e18),
        ("100m", 0.1),
        ("+2", 2),
        (".5", 0.5),
        (1073741824.0, 2**30),
        ("", 0),
        ("-1", 0),
        ("1gb", 0),
        ("1Mib", 0),
        ("1e3Mi", 0),
        (True, 0),
        (None, 0),
        (UNKNOWN, 0),
    ],
)
def test_quantity(text: Any, value: float) -> None:
    assert quantity(text) == pytest.approx(value)
