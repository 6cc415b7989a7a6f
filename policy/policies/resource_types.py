"""Resource types that the policies can check."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from policy.factories import forbidden_value
from policy.policy import Config, ResourcePolicy, string_list
from policy.readers import kubernetes
from policy.readers.docker import CONTAINER, NETWORK, REMOTE_IMAGE, VOLUME
from policy.resources import UNKNOWN, Resource

_CHECKED = frozenset({CONTAINER, VOLUME, REMOTE_IMAGE, NETWORK})


def _validate(resource: Resource, config: Config) -> Iterator[str]:
    package = resource.type.partition(":")[0]
    if package == kubernetes.PACKAGE:
        return  # `kubernetes-resource-types` checks it.
    if resource.type in (*_CHECKED, *config["allowed"]) or package in config["packages"]:
        return
    yield f"Resource must not have the type {resource.type}, which no policy checks"


RESOURCE_TYPES = ResourcePolicy(
    name="docker-resource-types",
    description="Resources must have a type that the policies check (Container, Volume, "
    "RemoteImage or Network of the Docker provider), or a type of an allowed package.",
    reason="A service, a plugin, a build or a command can do what the policies refuse to a "
    "container.",
    severity=Severity.HIGH,
    types=frozenset(),
    all_types=True,
    condition=lambda resource: not resource.is_component,
    validate=_validate,
    settings=(),
    remediation="Remove the transformation in the program that adds it: the pack registry declares "
    "no other types",
    remediation_elsewhere="use a checked type. If you checked the resource, add its type under "
    "docker-resource-types.allowed, or its package under docker-resource-types.packages",
    options={
        "allowed": string_list(
            (), "Other types that are allowed, for example docker:index/service:Service."
        ),
        "packages": string_list(
            ("pulumi", "random", "tls", "pack-registry"),
            "Packages whose types are all allowed: the part of a type before the first colon.",
        ),
    },
)


def _validate_kubernetes(resource: Resource, config: Config) -> Iterator[str]:
    if resource.type in config["allowed"]:
        return
    if resource.type not in kubernetes.CHECKED:
        yield f"Resource must not have the type {resource.type}, which no policy checks"
        return
    _, group, kind = resource.type.split(":")
    # The provider creates what the object says, whatever its type in the program.
    for key, expected in (("apiVersion", group.removeprefix("core/")), ("kind", kind)):
        value = resource.get(key, expected)
        if value not in (UNKNOWN, expected):
            yield f"Resource must have the {key} of its type, {expected}, not {value}"


KUBERNETES_RESOURCE_TYPES = ResourcePolicy(
    name="kubernetes-resource-types",
    description="Resources of the Kubernetes provider must have a type that the policies check.",
    reason="A Helm release, a YAML file, a custom resource or a patch can do what the policies "
    "refuse to a pod.",
    severity=Severity.HIGH,
    types=frozenset(),
    packages=frozenset({kubernetes.PACKAGE}),
    validate=_validate_kubernetes,
    settings=(),
    remediation="Remove the transformation in the program that adds it: the pack registry declares "
    "no other types",
    remediation_elsewhere="use a checked type of a stable API version, such as "
    f"{kubernetes.POD}. If you checked the resource, add its type under "
    "kubernetes-resource-types.allowed",
    options={
        "allowed": string_list(
            (), "Other types that are allowed, for example kubernetes:helm.sh/v3:Release."
        )
    },
)

NETWORK_DRIVER = forbidden_value(
    lambda value, config: value not in config["allowed"],
    {"driver": "bridge"},
    "Network must have an allowed driver, not {value}",
    name="network-driver",
    description="Networks must have an allowed driver.",
    reason="Other drivers connect containers to the networks of the host, past the ports that "
    "they publish.",
    severity=Severity.HIGH,
    types=frozenset({NETWORK}),
    settings=("networks",),
    remediation="Set networks to networks with an allowed driver",
    remediation_elsewhere="set driver of the Network to bridge",
    options={"allowed": string_list(("bridge",), "Allowed network drivers.")},
)
