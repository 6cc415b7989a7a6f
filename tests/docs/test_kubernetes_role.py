"""The example role grants what the preflight check requires in the namespace."""

from __future__ import annotations

from typing import Any

import yaml

from cli.paths import ROOT
from components.kubernetes.cluster import Permission
from components.kubernetes.maintenance_lock import PERMISSIONS as LOCK
from components.kubernetes.preflight import CLAIMS, NAMESPACED

ROLE = ROOT / "docs" / "examples" / "kubernetes-role.yml"
WITHOUT_CHECK = {"replicasets", "endpoints", "endpointslices", "events"}
"""What Pulumi reads while it waits, and the report of a failure."""


def documents() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(ROLE.read_text()))


def document(kind: str) -> dict[str, Any]:
    (found,) = [each for each in documents() if each["kind"] == kind]
    return found


def granted() -> set[Permission]:
    return {
        Permission(verb, name, group, subresource)
        for rule in document("Role")["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for name, _, subresource in [resource.partition("/")]
        for verb in rule["verbs"]
    }


def test_role_grants_what_preflight_checks() -> None:
    assert {str(each) for each in {*NAMESPACED, *CLAIMS, *LOCK} - granted()} == set()


def test_role_grants_nothing_unrelated() -> None:
    checked = {each.resource for each in (*NAMESPACED, *CLAIMS, *LOCK)}
    assert {each.resource for each in granted()} - checked == WITHOUT_CHECK
    written = {each for each in granted() if each.verb not in ("get", "list", "watch")}
    extra = {str(each) for each in written - {*NAMESPACED, *CLAIMS, *LOCK}}
    assert extra == {f"{verb} persistentvolumeclaims" for verb in ("patch", "delete")}


def test_bindings_name_roles() -> None:
    roles = {(each["kind"], each["metadata"]["name"]) for each in documents() if "rules" in each}
    bound = {
        (each["roleRef"]["kind"], each["roleRef"]["name"])
        for each in documents()
        if "roleRef" in each
    }
    assert roles == bound
    assert (
        document("RoleBinding")["metadata"]["namespace"]
        == (document("Role")["metadata"]["namespace"])
    )
