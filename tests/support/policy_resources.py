"""Resources as the engine shows them to a policy, and the violations that a policy reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi_policy
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policy.policy import Policy, ResourcePolicy, StackPolicy
from policy.readers.docker import CONTAINER

UNKNOWN = UNKNOWN_STRING_VALUE
"""Represents a value that is unknown during a preview."""

COMPONENT_URN = "urn:pulumi:test::pack-registry::pack-registry:index:PackRegistry::registry"
STACK_URN = "urn:pulumi:test::pack-registry::pulumi:pulumi:Stack::pack-registry-test"


@dataclass(frozen=True)
class Resource:
    """One resource as the engine shows it to a policy."""

    type: str
    properties: Mapping[str, Any]
    name: str = "thing"
    protect: bool = False
    parent: str = STACK_URN
    host: str = ""
    """The Docker host of its provider."""
    component: bool = False
    """Whether it has no provider."""
    secret_outputs: tuple[str, ...] = ()
    """The option `additionalSecretOutputs`."""

    @property
    def urn(self) -> str:
        return f"urn:pulumi:test::pack-registry::{self.type}::{self.name}"

    @property
    def options(self) -> pulumi_policy.PolicyResourceOptions:
        timeouts = pulumi_policy.PolicyCustomTimeouts(0, 0, 0)
        return pulumi_policy.PolicyResourceOptions(
            self.protect, [], None, [], timeouts, list(self.secret_outputs), self.parent
        )

    @property
    def provider(self) -> pulumi_policy.PolicyProviderResource | None:
        if self.component:
            return None
        properties = {"host": self.host} if self.host else {}
        return pulumi_policy.PolicyProviderResource(
            "pulumi:providers:docker", properties, "urn", "default"
        )


def violations(
    policy: Policy, *resources: Resource, config: Mapping[str, Any] | None = None
) -> list[str]:
    """The messages that a policy reports.

    :raises UnknownValueError: if the policy reads an unknown value without checking it.
    """
    messages: list[str] = []

    def report(message: str, urn: str | None = None) -> None:
        messages.append(message)

    check = policy.to_pulumi()
    if isinstance(check, pulumi_policy.StackValidationPolicy):
        stack = [_of_stack(resource) for resource in resources]
        check.validate(pulumi_policy.StackValidationArgs(stack, config), report)
        return messages
    assert isinstance(check, pulumi_policy.ResourceValidationPolicy)
    for resource in resources:
        properties = unknown_checking_proxy(dict(resource.properties))
        check.validate(_of_resource(resource, properties, config), report)
    return messages


def remediate(
    policy: Policy, resource: Resource, properties: Any, config: Mapping[str, Any] | None = None
) -> Any:
    """The properties after the policy's remediation."""
    check = policy.to_pulumi()
    assert isinstance(check, pulumi_policy.ResourceValidationPolicy)
    return check.remediate(_of_resource(resource, properties, config))


def _of_resource(
    resource: Resource, properties: Any, config: Mapping[str, Any] | None
) -> pulumi_policy.ResourceValidationArgs:
    return pulumi_policy.ResourceValidationArgs(
        resource.type,
        properties,
        resource.urn,
        resource.name,
        resource.options,
        resource.provider,
        config,
    )


def _of_stack(resource: Resource) -> pulumi_policy.PolicyResource:
    return pulumi_policy.PolicyResource(
        resource.type,
        unknown_checking_proxy(dict(resource.properties)),
        resource.urn,
        resource.name,
        resource.options,
        resource.provider,
        None,
        [],
        {},
    )


def labels(**values: str) -> list[dict[str, str]]:
    """Labels in the form of the Docker provider. A `_` in a name becomes a hyphen."""
    names = {name: f"pack-registry.{name.replace('_', '-')}" for name in values}
    return [{"label": names[name], "value": value} for name, value in values.items()]


OWNERSHIP = {"project": "pack-registry", "stack": "test", "component": "registry"}
DIGEST = "sha256:" + "0123456789abcdef" * 4
OFFICIAL_IMAGE = f"us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0@{DIGEST}"


def container(**changes: Any) -> Resource:
    """The container of a pack registry that complies with every policy, with changes.

    `None` removes a property.
    """
    properties = {
        "name": "packs",
        "image": OFFICIAL_IMAGE,
        "envs": [
            "REGISTRY_AUTH_HTPASSWD_PATH=/auth/htpasswd-basic",
            "REGISTRY_HTTP_TLS_CERTIFICATE=/certs/tls.crt",
            "REGISTRY_HTTP_TLS_KEY=/certs/tls.key",
        ],
        "ports": [{"internal": 5000.0, "external": 443.0, "ip": "0.0.0.0", "protocol": "tcp"}],
        "mounts": [
            {"type": "volume", "source": "packs-config", "target": "/auth", "readOnly": True},
            {"type": "volume", "source": "packs-config", "target": "/certs", "readOnly": True},
            {"type": "volume", "source": "packs-data", "target": "/data"},
        ],
        "readOnly": True,
        "securityOpts": ["no-new-privileges:true"],
        "capabilities": {"adds": [], "drops": ["ALL"]},
        "restart": "always",
        "memory": 2048.0,
        "cpus": "1.0",
        "logDriver": "json-file",
        "logOpts": {"max-size": "10m", "max-file": "3"},
        "labels": labels(**OWNERSHIP, pids_limit="256", keeps_data="true"),
        "networkMode": "bridge",
        "start": True,
        "mustRun": True,
    }
    name = str(changes.get("name", "packs"))
    return Resource(CONTAINER, changed(properties, changes), name=name, parent=COMPONENT_URN)


def file_writer(**changes: Any) -> Resource:
    """A container that Pulumi creates to write files into a volume and never starts."""
    properties = {
        "name": "packs-writer",
        "image": DIGEST,
        "start": False,
        "mustRun": False,
        "restart": "no",
        "networkMode": "none",
        "labels": labels(**OWNERSHIP),
    }
    return Resource(CONTAINER, changed(properties, changes), name="packs-writer")


def changed(properties: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties with changes. The value `None` removes a property."""
    return {key: value for key, value in {**properties, **changes}.items() if value is not None}


def applies_to(policy: Policy, type_: str) -> bool:
    """Whether a policy evaluates resources of a type."""
    if isinstance(policy, StackPolicy):
        return True
    return isinstance(policy, ResourcePolicy) and policy.applies_to(type_)
