"""Resources as the engine shows them to a policy, and what a rule says to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi_policy
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policy.policies.docker import CONTAINER
from policy.policy import ResourceRule, Rule, StackRule

UNKNOWN = UNKNOWN_STRING_VALUE
"""What stands for a value that a preview does not know."""

STACK_URN = "urn:pulumi:test::pack-registry::pulumi:pulumi:Stack::pack-registry-test"


@dataclass(frozen=True)
class Shown:
    """One resource, as it is shown to a policy."""

    typ: str
    properties: Mapping[str, Any]
    name: str = "thing"
    protect: bool = False
    parent: str = STACK_URN
    host: str = ""
    """The Docker host of its provider."""

    @property
    def urn(self) -> str:
        return f"urn:pulumi:test::pack-registry::{self.typ}::{self.name}"

    @property
    def options(self) -> pulumi_policy.PolicyResourceOptions:
        return pulumi_policy.PolicyResourceOptions(
            self.protect, [], None, [], pulumi_policy.PolicyCustomTimeouts(0, 0, 0), [], self.parent
        )

    @property
    def provider(self) -> pulumi_policy.PolicyProviderResource:
        return pulumi_policy.PolicyProviderResource(
            "pulumi:providers:docker", {"host": self.host} if self.host else {}, "urn", "default"
        )


def said(rule: Rule, *resources: Shown, config: Mapping[str, Any] | None = None) -> list[str]:
    """What a rule reports of resources, through the policy that it becomes; an unknown value that it stumbles over is raised."""
    messages: list[str] = []

    def report(message: str, urn: str | None = None) -> None:
        messages.append(message)

    policy = rule.policy()
    if isinstance(policy, pulumi_policy.StackValidationPolicy):
        policy.validate(
            pulumi_policy.StackValidationArgs([_of_stack(shown) for shown in resources], config),
            report,
        )
        return messages
    assert isinstance(policy, pulumi_policy.ResourceValidationPolicy)
    for shown in resources:
        policy.validate(
            _of_resource(shown, unknown_checking_proxy(dict(shown.properties)), config), report
        )
    return messages


def remedied(
    rule: Rule, shown: Shown, properties: Any, config: Mapping[str, Any] | None = None
) -> Any:
    """What a rule's remediation makes of properties."""
    policy = rule.policy()
    assert isinstance(policy, pulumi_policy.ResourceValidationPolicy)
    return policy.remediate(_of_resource(shown, properties, config))


def _of_resource(
    shown: Shown, properties: Any, config: Mapping[str, Any] | None
) -> pulumi_policy.ResourceValidationArgs:
    return pulumi_policy.ResourceValidationArgs(
        shown.typ, properties, shown.urn, shown.name, shown.options, shown.provider, config
    )


def _of_stack(shown: Shown) -> pulumi_policy.PolicyResource:
    properties = unknown_checking_proxy(dict(shown.properties))
    return pulumi_policy.PolicyResource(
        shown.typ, properties, shown.urn, shown.name, shown.options, shown.provider, None, [], {}
    )


def labelled(**labels: str) -> list[dict[str, str]]:
    """Labels as the Docker provider takes them; `_` in a name stands for a dash."""
    return [
        {"label": f"pack-registry.{name.replace('_', '-')}", "value": value}
        for name, value in labels.items()
    ]


OWNERSHIP = {"project": "pack-registry", "stack": "test", "component": "registry"}
DIGEST = "sha256:" + "0123456789abcdef" * 4


def container(**changes: Any) -> Shown:
    """A container that every rule is content with, but for what is changed; None takes a property away."""
    properties = {
        "name": "packs",
        "image": f"us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0@{DIGEST}",
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
        "labels": labelled(**OWNERSHIP, pids_limit="256", keeps_data="true"),
        "networkMode": "bridge",
        "start": True,
        "mustRun": True,
    }
    return Shown(
        CONTAINER,
        {key: value for key, value in {**properties, **changes}.items() if value is not None},
        name=str(changes.get("name", "packs")),
    )


def writer(**changes: Any) -> Shown:
    """A container that is created and never started."""
    properties = {
        "name": "packs-writer",
        "image": DIGEST,
        "start": False,
        "mustRun": False,
        "restart": "no",
        "networkMode": "none",
    }
    return Shown(
        CONTAINER, {**properties, "labels": labelled(**OWNERSHIP), **changes}, name="packs-writer"
    )


def judges(rule: Rule, typ: str) -> bool:
    """Whether a rule looks at resources of a type."""
    return isinstance(rule, StackRule) or (isinstance(rule, ResourceRule) and typ in rule.types)
