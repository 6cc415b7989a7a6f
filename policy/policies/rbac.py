"""Rights in the Kubernetes API: roles, and who has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from policy.policy import Config, ResourcePolicy, string_list
from policy.readers.kubernetes import BINDINGS, ROLES, kind
from policy.resources import UNKNOWN, Resource, dig, to_list, to_objects, to_string

_ESCALATING = frozenset({"escalate", "bind", "impersonate"})
"""Verbs with which a subject gets the rights of others."""
_SENSITIVE = frozenset(
    {
        "secrets",
        "pods/exec",
        "pods/attach",
        "pods/portforward",
        "pods/ephemeralcontainers",
        "nodes/proxy",
        "serviceaccounts/token",
    }
)
"""Resources that contain credentials or give access to containers."""
_EVERYONE = (
    "system:masters",
    "system:authenticated",
    "system:unauthenticated",
    "system:anonymous",
    "system:serviceaccounts",
)


def _validate_role(role: Resource, _: Config) -> Iterator[str]:
    title = kind(role)
    if role.get("aggregationRule") not in (None, UNKNOWN):
        yield f"{title} must not aggregate the rules of other roles"
    for number, rule in enumerate(to_list(role.get("rules")), start=1):
        yield from (f"{title} must not {what} (rule {number})" for what in _issues(rule))


def _issues(rule: Any) -> Iterator[str]:
    for key in ("verbs", "resources", "apiGroups", "nonResourceURLs"):
        if any(to_string(value).startswith("*") for value in to_list(dig(rule, key))):
            yield f"have * in {key}"
    verbs = {to_string(verb).lower() for verb in to_list(dig(rule, "verbs"))}
    if found := sorted(verbs & _ESCALATING):
        yield f"grant the verbs {', '.join(found)}"
    resources = {to_string(one).lower() for one in to_list(dig(rule, "resources"))}
    if (found := sorted(resources & _SENSITIVE)) and not to_list(dig(rule, "resourceNames")):
        yield f"grant all {', '.join(found)}; resourceNames is not set"


def _validate_binding(binding: Resource, config: Config) -> Iterator[str]:
    role = to_string(dig(binding.properties, "roleRef", "name"))
    is_wide = role in ("admin", "edit") or role.startswith(("system:", "cluster-admin"))
    if is_wide and role not in config["allowed"]:
        yield f"{kind(binding)} must not grant the role {role}"
    for subject in to_objects(binding.get("subjects")):
        name = to_string(subject.get("name"))
        if name.startswith(_EVERYONE) and name not in config["allowed"]:
            yield f"{kind(binding)} must not have the subject {name}"


def _validate(resource: Resource, config: Config) -> Iterator[str]:
    yield from (_validate_role if resource.type in ROLES else _validate_binding)(resource, config)


LEAST_PRIVILEGE = ResourcePolicy(
    name="rbac-least-privilege",
    description="Roles must not grant wildcards, rights of others or all secrets. Bindings must "
    "not grant wide roles or have everyone as a subject.",
    reason="Who controls such a subject controls the namespace or the cluster.",
    severity=Severity.CRITICAL,
    types=ROLES | BINDINGS,
    validate=_validate,
    settings=(),
    remediation="Remove the transformation in the program that adds them: the pack registry needs "
    "no rights in the Kubernetes API",
    remediation_elsewhere="list the verbs, resources and resourceNames that the subject needs in a "
    "Role",
    options={
        "allowed": string_list((), "Roles and subjects that bindings may name, by their names.")
    },
)
