"""Pulumi's record of a stack, which is read once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cli.client_outputs import passwords_of, trust_of
from cli.stack_file import no_registry
from common.redaction import register_secrets
from components.verification.tls_client import TlsTrust

SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 - the key that marks a secret
"""Key of a secret in a record (Pulumi, `sdk/go/common/resource/sig`)."""
STACK = "pulumi:pulumi:Stack"
COMPONENTS = tuple(
    f"pack-registry:index:{name}" for name in ("PackRegistry", "KubernetesPackRegistry")
)


@dataclass(frozen=True)
class Record:
    """The resources and outputs of a stack, with decrypted secrets. They are never printed."""

    stack: str
    outputs: Mapping[str, Any]
    resources: tuple[Mapping[str, Any], ...]
    pending: tuple[str, ...]
    """URNs of operations of an update that was interrupted."""

    @property
    def component(self) -> str:
        """Name of the registry's component, which prefixes the names of its resources."""
        components = [each for each in self.resources if each.get("type") in COMPONENTS]
        return str(components[0]["urn"]).rpartition("::")[2] if components else ""

    @property
    def created(self) -> datetime | None:
        """When the oldest resource was created; None if no resource has a time."""
        times = (each.get("created") for each in self.resources)
        return min((datetime.fromisoformat(str(time)) for time in times if time), default=None)

    @property
    def trust(self) -> TlsTrust:
        """How clients verify the server."""
        return trust_of(self.outputs)

    @property
    def passwords(self) -> dict[str, str]:
        """Passwords by user, for users whose settings have no hash."""
        return passwords_of(self.outputs)

    @property
    def counted(self) -> int:
        """Number of resources as `make up` and `make preview` count them.

        Pulumi does not count its default providers (``IsDefaultProvider``).
        """
        return sum(not _is_default_provider(each) for each in self.resources)

    def of_type(self, type_: str) -> Iterator[Mapping[str, Any]]:
        """Yield the resources of a type that are not about to be deleted."""
        return (
            each for each in self.resources if each.get("type") == type_ and not each.get("delete")
        )


def _is_default_provider(resource: Mapping[str, Any]) -> bool:
    name = str(resource.get("urn")).rpartition("::")[2]
    return str(resource.get("type")).startswith("pulumi:providers:") and name.startswith("default")


def read_record(stack: str, exported: str) -> Record:
    """Read an exported record.

    :param exported: JSON; empty if there is no such stack.
    :raises NoRegistryError: if it has no resources.
    """
    deployment = (json.loads(exported).get("deployment") or {}) if exported else {}
    record = parse_record(stack, deployment)
    if not record.resources and not record.pending:
        raise no_registry(stack)
    register_secrets(record.outputs.get("users") or {})
    registration = record.outputs.get("consoleRegistration") or {}
    register_secrets([registration.get(key) or "" for key in ("password", "clientKey")])
    return record


def parse_record(stack: str, deployment: Mapping[str, Any]) -> Record:
    """Read the deployment of an exported record."""
    resources = tuple(_plain(each) for each in deployment.get("resources") or ())
    stacks = [each for each in resources if each.get("type") == STACK]
    pending = deployment.get("pending_operations") or ()
    return Record(
        stack=stack,
        outputs=(stacks[0].get("outputs") or {}) if stacks else {},
        resources=resources,
        pending=tuple(str((each.get("resource") or {}).get("urn", "")) for each in pending),
    )


def _plain(value: Any) -> Any:
    """Replace marked secrets with their values."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if SECRET in value:
        return _plain(json.loads(value["plaintext"])) if "plaintext" in value else None
    return {key: _plain(item) for key, item in value.items()}
