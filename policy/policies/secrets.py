"""Secrets that others can read: in a container's environment, or in a private key's file.

Messages name what is found, and never contain its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policy.policies.docker import CONTAINERS, environment, uploads
from policy.policy import Config, ResourcePolicy, string_list
from policy.resources import UNKNOWN, Resource

_NAME = re.compile(
    r"(^|_)([A-Z]*PASSWORDS?|PASSWD|PASSPHRASE|PASS|SSHPASS|SECRET\w*?|TOKENS?|CREDENTIALS?"
    r"|AUTH_CONFIG|(API|ACCESS|PRIVATE|SIGNING|ENCRYPTION)_?KEY)(_|$)"
    r"|._PWD$"  # not PWD, the working directory
)
_FILE_NAME = re.compile(r"_(FILE|PATH|DIR|DIRECTORY)$")
_VALUE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}"  # a bcrypt hash
    r"|\bAKIA[0-9A-Z]{16}\b"  # an AWS access key ID
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}"  # a GitHub token
    r"|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\."  # a JSON web token
    r"|[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s:@]+@"  # a URL with a password
)


def _to_words(name: str) -> str:
    """A variable's name in upper case with `_` between words: `dbPassword` is `DB_PASSWORD`."""
    return re.sub(r"[-.]", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).upper()


def _validate_environment(container: Resource, config: Config) -> Iterator[str]:
    for name, value in environment(container).items():
        if not value or name in config["allowed"]:
            continue
        words = _to_words(name)
        if _VALUE.search(value) or (_NAME.search(words) and not _FILE_NAME.search(words)):
            yield (
                f"Variable {name} must not contain a secret, because `docker inspect` shows it "
                "(sensitive value hidden)"
            )


NO_SECRET_IN_ENV = ResourcePolicy(
    name="container-no-secret-in-env",
    description="Environments of containers must not contain secrets.",
    reason="`docker inspect` shows them. The policy checks the names of variables, and "
    "values such as a private key, a hash, a token, or a URL with a password. Names "
    "of files are allowed.",
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


def _validate_key_files(container: Resource, config: Config) -> Iterator[str]:
    allowed = {_normalize(mode) for mode in config["modes"]}
    for upload in uploads(container):
        if "PRIVATE KEY-----" not in upload.content or upload.permissions is UNKNOWN:
            continue
        mode = str(upload.permissions or "0644")  # the provider's default
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
