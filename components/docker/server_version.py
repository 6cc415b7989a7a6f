"""Version of a server: its image, certificate, and a digest of its configuration.

A changed version triggers a smoke test. The label ``CONFIGURATION_LABEL`` of the server's container
holds the digest. An update compares it before anything on the Docker host changes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import pulumi

from common.labels import CONFIGURATION_LABEL, FINGERPRINT_LABEL, STORAGE_LABEL, Owner
from components.docker.container_spec import ContainerSpec
from components.docker.container_state import ContainerState
from components.docker.engine import DockerEngine
from components.servers.inputs import ServerInputs

ANSWERING_STATES = ("running", "paused")
"""States of a container whose server answers. An interrupted change of credentials pauses it."""


@dataclass(frozen=True)
class ServerVersion:
    """A server as it runs, or as an update would run it."""

    image_id: str
    fingerprint: str
    """Fingerprint of the certificate; empty if it comes from an ACME server, or for plain HTTP."""
    configuration: str
    """Digest of everything else that replaces the container if it changes."""
    memory: int
    """Memory limit in bytes. A change of it takes effect without a replacement."""

    def replaces(self, running: ServerVersion) -> bool:
        """Return whether an update to this version replaces the container of the running one."""
        return replace(self, memory=running.memory) != running

    @classmethod
    def of(cls, found: ContainerState) -> ServerVersion:
        """Return the version that a container runs."""
        return cls(
            found.image,
            found.labels.get(FINGERPRINT_LABEL, ""),
            found.labels.get(CONFIGURATION_LABEL, ""),
            found.memory,
        )


def declared_version(
    spec: ContainerSpec,
    image_id: pulumi.Output[str],
    configuration: pulumi.Output[str],
    inputs: ServerInputs,
) -> pulumi.Output[ServerVersion]:
    """Return the version that an update runs.

    :param configuration: its digest.
    """
    certificate = inputs.certificate
    fingerprint = (certificate and certificate.fingerprint) or ""
    values: pulumi.Output[list[str]] = pulumi.Output.all(image_id, fingerprint, configuration)
    return pulumi.Output.unsecret(
        values.apply(
            lambda resolved: ServerVersion(
                image_id=resolved[0],
                fingerprint=resolved[1],
                configuration=resolved[2],
                memory=spec.memory,
            )
        )
    )


def configuration_digest(spec: ContainerSpec, inputs: ServerInputs) -> pulumi.Output[str]:
    """Return the digest of all that replaces a server's container if it changes, except its image.

    The order of the ports does not count: Docker returns several addresses in another one.

    :param spec: the container, without the mounts of the config volume, which follow from the rest.
    """
    content: dict[str, Any] = {
        "files": inputs.files.digest,
        "name": spec.name,
        "labels": dict(spec.labels),
        "command": list(spec.command or ()),
        "environment": dict(spec.environment),
        "ports": sorted([port.internal, port.external, port.address] for port in spec.ports),
        "mounts": [
            [mount.target, mount.source, mount.type, mount.read_only] for mount in spec.mounts
        ],
        "networks": [spec.network_mode, *spec.networks],
        "tmpfs": dict(spec.tmpfs or {}),
        "hardening": [
            spec.read_only_root,
            list(spec.security_options),
            list(spec.add_capabilities),
            list(spec.drop_capabilities),
        ],
        "limits": [spec.cpus, spec.pids_limit],
        "log": [spec.log_driver, dict(spec.log_options)],
        "stop": spec.stop_seconds,
    }
    if spec.user:
        content["user"] = spec.user
    text: pulumi.Output[str] = pulumi.Output.json_dumps(content, sort_keys=True)
    return pulumi.Output.unsecret(
        text.apply(lambda resolved: hashlib.sha256(resolved.encode()).hexdigest()[:32])
    )


def find_server(engine: DockerEngine, container_name: str, owner: Owner) -> ContainerState | None:
    """Return the server of a component, also if ``containerName`` changed since it started.

    :raises Exception: if the engine returns an error.
    """
    if found := engine.container(container_name):
        return found
    for container in engine.containers():
        labels = container["Labels"] or {}
        is_server = STORAGE_LABEL in labels and owner.owns(labels)
        if is_server and container["State"] in ANSWERING_STATES:
            return engine.container(container["Names"][0].lstrip("/"))
    return None
