"""What rules put right by themselves where they are asked to: labels, log rotation, the restart policy; and nothing else."""

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

from policy.policies import RULES
from tests.support.judging import (
    OWNERSHIP,
    UNKNOWN,
    Shown,
    container,
    labelled,
    remedied,
    said,
    writer,
)

BY_NAME = {rule.name: rule for rule in RULES}


def put_right(
    name: str, shown: Shown, config: dict[str, Any] | None = None
) -> dict[str, Any] | None:
    """What the engine is given back; nothing where the rule changes nothing."""
    changed = remedied(
        BY_NAME[name], shown, deserialize_properties(dict(shown.properties), True), config
    )
    return None if changed is None else dict(serialize_properties(changed))


def test_a_remediation_is_offered_where_it_is_safe_and_nowhere_else() -> None:
    offered = {
        rule.name
        for rule in RULES
        if isinstance(policy := rule.policy(), ResourceValidationPolicy)
        and policy.has_remediation()
    }
    assert offered == {
        "container-ownership-labels",
        "container-log-rotation",
        "container-restart-policy",
    }, "labels replace a volume, and its data goes"


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
        ("container-ownership-labels", container(labels=labelled(**{**OWNERSHIP, "stack": ""}))),
        ("container-ownership-labels", writer(labels=[])),
    ],
)
def test_what_is_put_right_complies_and_the_rest_is_left_alone(name: str, wrong: Shown) -> None:
    assert said(BY_NAME[name], wrong) != [], "there is something to put right"
    right = put_right(name, wrong)
    assert right is not None
    assert said(BY_NAME[name], Shown(wrong.typ, right, parent=wrong.parent)) == [], (
        "now it complies"
    )
    touched = {"restart", "logDriver", "logOpts", "labels"}
    assert {key: value for key, value in right.items() if key not in touched} == {
        key: value for key, value in wrong.properties.items() if key not in touched
    }, "nothing else changes"
    kept = {label["label"] for label in wrong.properties.get("labels", [])}
    assert kept <= {label["label"] for label in right.get("labels", [])}, (
        "labels that are there stay"
    )
    if "compress" in (wrong.properties.get("logOpts") or {}):
        assert right["logOpts"]["compress"] == "true", "options of one's own stay"


@pytest.mark.parametrize(
    "name", ["container-restart-policy", "container-log-rotation", "container-ownership-labels"]
)
def test_what_complies_is_left_as_it_is(name: str) -> None:
    assert put_right(name, container()) is None, "nothing is reported as remediated"
    assert put_right(name, Shown("docker:index/volume:Volume", {"name": "x"})) is None, (
        "a volume is never touched"
    )


def test_a_resource_that_a_rule_leaves_alone_is_not_put_right() -> None:
    assert (
        put_right("container-restart-policy", container(restart="no"), {"exempt": ["packs"]})
        is None
    )


def test_a_container_that_is_never_started_needs_no_restart() -> None:
    assert put_right("container-restart-policy", writer()) is None, (
        "Docker would start it with its host"
    )
    assert put_right("container-log-rotation", writer()) is None, "it has no log"


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
def test_what_is_not_known_is_not_written_over(name: str, unknown: Shown) -> None:
    assert put_right(name, unknown) is None, "the value would be lost"


def test_the_labels_are_those_of_the_resources_own_stack_and_component() -> None:
    child = Shown(
        container().typ,
        {},
        name="registry-server",
        parent="urn:pulumi:prod::packs::pack-registry:index:PackRegistry::registry",
    )
    added = put_right("container-ownership-labels", child)
    assert added == {
        "labels": labelled(project="pack-registry", stack="test", component="registry")
    }, "the component is the parent"
    alone = put_right("container-ownership-labels", Shown(container().typ, {}, name="thing"))
    assert alone == {
        "labels": labelled(project="pack-registry", stack="test", component="thing")
    }, "or the resource itself"


def test_the_first_allowed_restart_policy_is_set() -> None:
    right = put_right(
        "container-restart-policy", container(restart="no"), {"allowed": ["unless-stopped"]}
    )
    assert right is not None
    assert right["restart"] == "unless-stopped", "as configured"
    assert (
        put_right("container-restart-policy", container(restart="no"), {"allowed": []}) is None
    ), "there is none to set"


def test_secrets_stay_secrets() -> None:
    secret = {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": "-----BEGIN PRIVATE KEY-----"}
    envs = {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": ["A=b"]}
    wrong = container(restart="no", envs=envs, uploads=[{"file": "/k", "content": secret}])
    right = put_right("container-restart-policy", wrong)
    assert right is not None
    assert (right["envs"], right["uploads"]) == (envs, [{"file": "/k", "content": secret}]), (
        "the state encrypts what is marked"
    )
