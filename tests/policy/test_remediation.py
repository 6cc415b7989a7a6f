"""Remediations of policies: labels, log rotation and the restart policy, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_policy import ResourceValidationPolicy
from pulumi_policy.deserialize import (
    SPECIAL_SECRET_SIG,
    SPECIAL_SIG_KEY,
    deserialize_properties,
    serialize_properties,
)

from policy.policies import POLICIES
from tests.support.policy_resources import (
    OWNERSHIP,
    UNKNOWN,
    Resource,
    container,
    file_writer,
    labels,
    remediate,
    violations,
)

BY_NAME = {policy.name: policy for policy in POLICIES}


def remediated(
    name: str, resource: Resource, config: dict[str, Any] | None = None
) -> dict[str, Any] | None:
    """The properties that the engine gets back, or nothing if the policy changes nothing."""
    properties = deserialize_properties(dict(resource.properties), True)
    changed = remediate(BY_NAME[name], resource, properties, config)
    return None if changed is None else dict(serialize_properties(changed))


def test_only_safe_remediations_are_offered() -> None:
    checks = [policy.to_pulumi() for policy in POLICIES]
    offered = {
        check.name
        for check in checks
        if isinstance(check, ResourceValidationPolicy) and check.has_remediation()
    }
    assert offered == {
        "container-ownership-labels",
        "container-log-rotation",
        "container-restart-policy",
    }, "other labels would replace a volume and delete its data"


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("container-restart-policy", container(restart="no")),
        ("container-restart-policy", container(restart=None)),
        ("container-log-rotation", container(logDriver=None, logOpts=None)),
        (
            "container-log-rotation",
            container(logOpts={"max-size": "10g", "max-file": "99", "compress": "true"}),
        ),
        ("container-ownership-labels", container(labels=None)),
        ("container-ownership-labels", container(labels=labels(**{**OWNERSHIP, "stack": ""}))),
        ("container-ownership-labels", file_writer(labels=[])),
    ],
)
def test_remediation_changes_only_its_property(name: str, wrong: Resource) -> None:
    assert violations(BY_NAME[name], wrong) != [], "the resource violates the policy"
    right = remediated(name, wrong)
    assert right is not None
    assert violations(BY_NAME[name], Resource(wrong.type, right, parent=wrong.parent)) == []
    touched = {"restart", "logDriver", "logOpts", "labels"}
    assert {key: value for key, value in right.items() if key not in touched} == {
        key: value for key, value in wrong.properties.items() if key not in touched
    }, "nothing else changes"
    kept = {label["label"] for label in wrong.properties.get("labels", [])}
    assert kept <= {label["label"] for label in right.get("labels", [])}, "existing labels stay"
    if "compress" in (wrong.properties.get("logOpts") or {}):
        assert right["logOpts"]["compress"] == "true", "other options stay"


@pytest.mark.parametrize(
    "name", ["container-restart-policy", "container-log-rotation", "container-ownership-labels"]
)
def test_compliant_resource_is_unchanged(name: str) -> None:
    assert remediated(name, container()) is None, "nothing is reported as remediated"
    assert remediated(name, Resource("docker:index/volume:Volume", {"name": "x"})) is None, (
        "a volume is never touched"
    )


def test_exempt_resource_is_unchanged() -> None:
    assert (
        remediated("container-restart-policy", container(restart="no"), {"exempt": ["packs"]})
        is None
    )


def test_file_writer_is_unchanged() -> None:
    assert remediated("container-restart-policy", file_writer()) is None, (
        "Docker would start it after a reboot of the host"
    )
    assert remediated("container-log-rotation", file_writer()) is None, "it has no log"


@pytest.mark.parametrize(
    ("name", "unknown"),
    [
        ("container-restart-policy", container(restart=UNKNOWN)),
        ("container-log-rotation", container(logOpts=UNKNOWN)),
        (
            "container-log-rotation",
            container(logDriver="json-file", logOpts={"max-size": "10g", "tag": UNKNOWN}),
        ),
        ("container-ownership-labels", container(labels=UNKNOWN)),
    ],
)
def test_unknown_value_is_not_overwritten(name: str, unknown: Resource) -> None:
    assert remediated(name, unknown) is None, "the value would be lost"


def test_labels_name_stack_and_component() -> None:
    child = Resource(
        container().type,
        {},
        name="registry-server",
        parent="urn:pulumi:prod::packs::pack-registry:index:PackRegistry::registry",
    )
    added = remediated("container-ownership-labels", child)
    assert added == {
        "labels": labels(project="pack-registry", stack="test", component="registry")
    }, "the component is the parent"
    alone = remediated("container-ownership-labels", Resource(container().type, {}, name="thing"))
    assert alone == {"labels": labels(project="pack-registry", stack="test", component="thing")}, (
        "without a component, it is the resource itself"
    )


def test_first_allowed_restart_policy_is_set() -> None:
    right = remediated(
        "container-restart-policy", container(restart="no"), {"allowed": ["unless-stopped"]}
    )
    assert right is not None
    assert right["restart"] == "unless-stopped", "as configured"
    assert (
        remediated("container-restart-policy", container(restart="no"), {"allowed": []}) is None
    ), "there is none to set"


def test_secrets_stay_secrets() -> None:
    secret = {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": "-----BEGIN PRIVATE KEY-----"}
    envs = {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": ["A=b"]}
    wrong = container(restart="no", envs=envs, uploads=[{"file": "/k", "content": secret}])
    right = remediated("container-restart-policy", wrong)
    assert right is not None
    assert (right["envs"], right["uploads"]) == (envs, [{"file": "/k", "content": secret}]), (
        "the state encrypts what is marked"
    )
