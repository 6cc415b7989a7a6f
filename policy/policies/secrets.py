"""Secrets that others can read: in what Docker shows of a resource, or in a private key's file.

Messages name what is found, and never contain its value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policy.policy import Config, ResourcePolicy, string_list
from policy.readers import kubernetes
from policy.readers.docker import CONTAINER, NETWORK, REMOTE_IMAGE, VOLUME
from policy.readers.files import files
from policy.readers.pods import Pod
from policy.readers.property_strings import (
    docker_strings,
    kubernetes_strings,
    no_secret_in_properties,
)
from policy.readers.secret_patterns import is_secret, secrets_in
from policy.readers.workloads import ALL_CONTAINERS, containers
from policy.resources import UNKNOWN, Resource, dig, to_objects


def _validate_environment(resource: Resource, config: Config) -> Iterator[str]:
    for container in containers(resource):
        for name, value in container.variables:
            if name in config["allowed"]:
                continue
            if is_secret(name, value) or any(secrets_in(value)):
                yield (
                    f"Variable {name}{container.place} must not contain a secret, because "
                    f"{container.shown_by} shows it (sensitive value hidden)"
                )


NO_SECRET_IN_ENV = ResourcePolicy(
    name="container-no-secret-in-env",
    description="Environments of containers must not contain secrets.",
    reason="`docker inspect` and the Kubernetes API show them. The policy checks the names of "
    "variables, and values such as a private key, a hash, a token, or a URL with a password. Names "
    "of files are allowed.",
    severity=Severity.CRITICAL,
    types=ALL_CONTAINERS,
    validate=_validate_environment,
    settings=("users[].password", "tls.privateKeyPem"),
    remediation="Remove the variable. Set secrets in users[].password and tls.privateKeyPem, which "
    "the server reads from files",
    remediation_elsewhere="write the secret to a file (uploads into a volume), and set a variable "
    "that ends in _FILE or _PATH to the file's path. In Kubernetes, mount a Secret as a volume",
    options={"allowed": string_list((), "Variables that contain no secret.")},
)

NO_SECRET_IN_METADATA = ResourcePolicy(
    name="docker-no-secret-in-metadata",
    description="Properties of Docker resources must not contain secrets: labels, commands, health "
    "checks, log options, volume options and build arguments.",
    reason="`docker inspect` and `docker history` show them to every user of the Docker host.",
    severity=Severity.CRITICAL,
    types=frozenset({CONTAINER, VOLUME, REMOTE_IMAGE, NETWORK}),
    validate=no_secret_in_properties(
        docker_strings, "`docker inspect` or `docker history` shows it"
    ),
    settings=("storage.kind", "storage.cifs.password"),
    remediation="Set storage.kind to another kind than cifs with a password: Docker stores the "
    "password in the volume's options. If you accept that, add driverOpts.o under "
    "docker-no-secret-in-metadata.allowed",
    remediation_elsewhere="write the secret to a file (uploads into a volume), and name the file "
    "instead",
    options={
        "allowed": string_list(
            (), "Properties that contain no secret, such as labels.NAME or driverOpts.o."
        )
    },
)

KUBERNETES_NO_SECRET_IN_METADATA = ResourcePolicy(
    name="kubernetes-no-secret-in-metadata",
    description="Properties of Kubernetes resources must not contain secrets, except the data of a "
    "Secret: ConfigMaps, annotations, labels, commands, arguments and probes.",
    reason="Everyone who may read the resource sees them, and clusters encrypt only Secrets. "
    "`container-no-secret-in-env` checks the environment.",
    severity=Severity.CRITICAL,
    types=frozenset(),
    packages=frozenset({kubernetes.PACKAGE}),
    validate=no_secret_in_properties(kubernetes_strings, "the Kubernetes API shows it"),
    settings=(),
    remediation="Remove the transformation in the program that adds it: the pack registry declares "
    "its secrets as Secrets",
    remediation_elsewhere="declare a Secret, and mount it as a volume",
    options={
        "allowed": string_list(
            (), "Properties that contain no secret, such as data.KEY or metadata.annotations.NAME."
        )
    },
)


def _validate_key_files(resource: Resource, config: Config) -> Iterator[str]:
    allowed = {_normalize(mode) for mode in config["modes"]}
    modes = ", ".join(config["modes"])
    for title, mode in _key_modes(resource):
        if _normalize(mode) not in allowed:
            yield f"{title} must have one of the file modes {modes}, not {mode}"


def _key_modes(resource: Resource) -> Iterator[tuple[str, str]]:
    """The known modes of files with private keys. Any Secret may contain one."""
    if resource.type != CONTAINER:
        yield from _secret_modes(Pod(resource))
        return
    for file in files(resource):
        if file.permissions is not UNKNOWN and b"PRIVATE KEY" in (file.content or b""):
            yield f"Private key {file.file}", str(file.permissions)


def _secret_modes(pod: Pod) -> Iterator[tuple[str, str]]:
    for name, kind, options in pod.volumes:
        secrets = [options] if kind == "secret" else []
        if kind == "projected":
            secrets = [
                {"items": source["secret"].get("items")}
                for source in to_objects(dig(options, "sources"))
                if isinstance(source.get("secret"), Mapping)
            ]
        for secret in secrets:
            default = dig(options, "defaultMode")
            own = [item.get("mode") for item in to_objects(dig(secret, "items"))]
            for mode in own or [None]:
                used = default if mode is None else mode
                if used is not UNKNOWN:
                    yield f"Secret volume {name}", _octal(0o644 if used is None else used)


def _octal(mode: Any) -> str:
    """A mode in octal. The Kubernetes API has numbers; 0440 in YAML is 288."""
    return f"{int(mode):04o}" if isinstance(mode, int | float) else str(mode)


def _normalize(mode: str) -> str:
    return mode.lstrip("0").rjust(3, "0")


PRIVATE_KEY_MODE = ResourcePolicy(
    name="private-key-mode",
    description="Files of private keys must be readable only by their owner or group. In "
    "Kubernetes, this is required of the volumes of all Secrets.",
    reason="Other users in the container could read the key.",
    severity=Severity.HIGH,
    types=ALL_CONTAINERS,
    validate=_validate_key_files,
    settings=("server.privateKeyMode",),
    remediation="Set server.privateKeyMode to an allowed mode. If the server's image runs as a "
    "non-root user, add 0444 under private-key-mode.modes",
    remediation_elsewhere="set permissions of the Container's upload. In Kubernetes, set "
    "defaultMode of the volume to 0440 (288), and fsGroup of the pod",
    options={"modes": string_list(("0400", "0440", "0600", "0640"), "Allowed file modes.")},
)
