"""Secrets that others can read: in what Docker shows of a resource, or in a private key's file.

Messages name what is found, and never contain its value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policy.policies.docker import (
    CONTAINER,
    CONTAINERS,
    NETWORK,
    REMOTE_IMAGE,
    VOLUME,
    uploads,
    variables,
)
from policy.policies.secret_patterns import is_secret, secrets_in
from policy.policy import Config, ResourcePolicy, string_list
from policy.resources import UNKNOWN, Resource


def _validate_environment(container: Resource, config: Config) -> Iterator[str]:
    for name, value in variables(container):
        if name in config["allowed"]:
            continue
        if is_secret(name, value) or any(secrets_in(value)):
            yield (
                f"Variable {name} must not contain a secret, because `docker inspect` shows it "
                "(sensitive value hidden)"
            )


NO_SECRET_IN_ENV = ResourcePolicy(
    name="container-no-secret-in-env",
    description="Environments of containers must not contain secrets.",
    reason="`docker inspect` shows them. The policy checks the names of variables, and values such "
    "as a private key, a hash, a token, or a URL with a password. Names of files are allowed.",
    severity=Severity.CRITICAL,
    types=CONTAINERS,
    validate=_validate_environment,
    settings=("users[].password", "tls.privateKeyPem"),
    remediation="Remove the variable. Set secrets in users[].password and tls.privateKeyPem, which "
    "the server reads from files",
    remediation_elsewhere="write the secret to a file (uploads into a volume), and set a variable "
    "that ends in _FILE or _PATH to the file's path",
    options={"allowed": string_list((), "Variables that contain no secret.")},
)

_OTHER_POLICIES = frozenset({"envs", "uploads"})
"""The properties that are not shown by Docker, or that other policies check."""


def _strings(value: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """The path, the name and the text of all known strings in a property."""
    if isinstance(value, str):
        yield path, path.rpartition(".")[2], value
    elif isinstance(value, Mapping):
        label = value.get("label")
        if isinstance(label, str) and isinstance(value.get("value"), str):
            yield f"{path}.{label}", label, value["value"]
        else:
            for key, item in value.items():
                yield from _strings(item, f"{path}.{key}")
    elif isinstance(value, list):
        words = [item for item in value if isinstance(item, str)]
        if words:
            yield path, "", " ".join(words)
        for item in value:
            if not isinstance(item, str):
                yield from _strings(item, path)


def _validate_metadata(resource: Resource, config: Config) -> Iterator[str]:
    reported: set[str] = set()
    for key, value in resource.properties.items():
        if key in _OTHER_POLICIES or value is UNKNOWN:
            continue
        for path, name, text in _strings(value, key):
            if path in config["allowed"] or path in reported:
                continue
            if is_secret(name, text) or any(secrets_in(text)):
                reported.add(path)
                yield (
                    f"Property {path} must not contain a secret, because `docker inspect` or "
                    "`docker history` shows it (sensitive value hidden)"
                )


NO_SECRET_IN_METADATA = ResourcePolicy(
    name="docker-no-secret-in-metadata",
    description="Properties of Docker resources must not contain secrets: labels, commands, health "
    "checks, log options, volume options and build arguments.",
    reason="`docker inspect` and `docker history` show them to every user of the Docker host.",
    severity=Severity.CRITICAL,
    types=frozenset({CONTAINER, VOLUME, REMOTE_IMAGE, NETWORK}),
    validate=_validate_metadata,
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


def _validate_key_files(container: Resource, config: Config) -> Iterator[str]:
    allowed = {_normalize(mode) for mode in config["modes"]}
    for upload in uploads(container):
        if upload.permissions is UNKNOWN or b"PRIVATE KEY" not in (upload.content or b""):
            continue
        mode = str(upload.permissions)
        if _normalize(mode) not in allowed:
            modes = ", ".join(config["modes"])
            yield f"Private key {upload.file} must have one of the file modes {modes}, not {mode}"


def _normalize(mode: str) -> str:
    return mode.lstrip("0").rjust(3, "0")


PRIVATE_KEY_MODE = ResourcePolicy(
    name="private-key-mode",
    description="Files of private keys must be readable only by their owner or group.",
    reason="Other users in the container could read the key.",
    severity=Severity.HIGH,
    types=CONTAINERS,
    validate=_validate_key_files,
    settings=("server.privateKeyMode",),
    remediation="Set server.privateKeyMode to an allowed mode. If the server's image runs as a "
    "non-root user, add 0444 under private-key-mode.modes",
    remediation_elsewhere="set permissions of the Container's upload",
    options={"modes": string_list(("0400", "0440", "0600", "0640"), "Allowed file modes.")},
)
