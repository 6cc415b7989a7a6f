"""The data of Kubernetes Secrets: encrypted in the state, and without default passwords."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from policy.policy import Config, ResourcePolicy, string_list
from policy.readers.files import File, files
from policy.readers.kubernetes import SECRET
from policy.readers.secret_patterns import is_secret
from policy.resources import Resource, to_object, to_string

_DATA = ("data", "stringData")
_DOCKER_FILES = frozenset({".dockerconfigjson", ".dockercfg"})


def _validate_encrypted(secret: Resource, _: Config) -> Iterator[str]:
    for key in _DATA:
        if secret.get(key) not in (None, {}) and key not in secret.secret_outputs:
            yield f"Secret must have {key} in additionalSecretOutputs, because the state shows it"


ENCRYPTED = ResourcePolicy(
    name="kubernetes-secret-encrypted",
    description="Secrets must be encrypted in the state of the stack.",
    reason="Otherwise everyone who may read the state reads them. Pulumi does not show policies "
    "which inputs are secret. The SDKs encrypt Secrets that a program declares by their type.",
    severity=Severity.CRITICAL,
    types=frozenset({SECRET}),
    validate=_validate_encrypted,
    settings=(),
    remediation="Remove the transformation in the program that changes it: the pack registry's "
    "Secrets are encrypted",
    remediation_elsewhere="declare the Secret by the class of the SDK, or set the option "
    "additionalSecretOutputs to data and stringData",
)


def _validate_default(secret: Resource, config: Config) -> Iterator[str]:
    passwords = {password.lower() for password in config["passwords"]}
    texts = {file.file: _text(file) for file in files(secret)}
    users = {text.lower() for name, text in texts.items() if "user" in name.lower()} - {""}
    for name, text in texts.items():
        if text.lower() in passwords | users and is_secret(name, text):
            yield f"Secret must not have a default password in {name}"
        if name in _DOCKER_FILES:
            for host, user, password in _logins(text):
                if password.lower() in passwords | {user.lower()}:
                    yield f"Secret must not have a default password for {host}"


def _text(file: File) -> str:
    return (file.content or b"").decode(errors="surrogateescape").strip()


def _logins(text: str) -> Iterator[tuple[str, str, str]]:
    """The hosts, users and passwords of a Docker configuration file."""
    try:
        config = to_object(json.loads(text))
    except (ValueError, RecursionError):
        return
    for host, login in to_object(config.get("auths", config)).items():
        user, password = (to_string(to_object(login).get(key)) for key in ("username", "password"))
        if password:
            yield host, user, password
        user, _, password = _decode(to_object(login).get("auth")).partition(":")
        if password:
            yield host, user, password


def _decode(value: Any) -> str:
    try:
        return base64.b64decode(to_string(value)).decode(errors="surrogateescape")
    except (binascii.Error, ValueError):
        return ""


NO_DEFAULT_PASSWORD = ResourcePolicy(
    name="kubernetes-no-default-password",
    description="Secrets must not contain a default password: the user's name, or one of a list.",
    reason="Attackers try these first. `htpasswd-no-default-password` checks hashes.",
    severity=Severity.CRITICAL,
    types=frozenset({SECRET}),
    validate=_validate_default,
    settings=("users[].password", "imagePassword"),
    remediation="Change users[].password or imagePassword",
    remediation_elsewhere="set another password in the Secret",
    options={
        "passwords": string_list(
            ("password", "admin", "changeme", "spectro", "palette", "registry"),
            "Default passwords, in any case.",
        )
    },
)
