"""No secret where others can read it: in a container's environment, or in a private key that everybody may read.

What is found is told by its name alone, never by its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policy.policies.docker import CONTAINERS, environment, uploads
from policy.policy import Config, ResourceRule, texts
from policy.resource import UNKNOWN, Declared

_NAME = re.compile(
    r"(^|_)([A-Z]*PASSWORDS?|PASSWD|PASSPHRASE|PASS|SSHPASS|SECRET\w*?|TOKENS?|CREDENTIALS?|AUTH_CONFIG"
    r"|(API|ACCESS|PRIVATE|SIGNING|ENCRYPTION)_?KEY)(_|$)"
    r"|._PWD$"  # not PWD, the working directory
)
_OF_A_FILE = re.compile(r"_(FILE|PATH|DIR|DIRECTORY)$")
_VALUE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}"  # a bcrypt hash
    r"|\bAKIA[0-9A-Z]{16}\b"  # an AWS access key's id
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}"  # a GitHub token
    r"|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\."  # a JSON web token
    r"|[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s:@]+@"  # a URL with a password
)


def _in_words(name: str) -> str:
    """A variable's name in capitals with `_` between its words, however it is written (`dbPassword`, `DB-PASSWORD`)."""
    return re.sub(r"[-.]", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).upper()


def _judge_environment(container: Declared, config: Config) -> Iterator[str]:
    for name, value in environment(container).items():
        if not value or name in config["allowed"]:
            continue
        if _VALUE.search(value):
            yield f"the value of the variable {name} (not shown) looks like a secret, and `docker inspect` shows it"
        elif _NAME.search(words := _in_words(name)) and not _OF_A_FILE.search(words):
            yield f"the variable {name} looks like a secret's (its value is not shown), and `docker inspect` shows it"


NO_SECRET_IN_ENV = ResourceRule(
    name="container-no-secret-in-env",
    description="No container has a secret in its environment: a variable named like one (but for those that name a file), or a value that "
    "looks like one (a private key, a hash, a token, a URL with a password).",
    severity=Severity.CRITICAL,
    types=CONTAINERS,
    judge=_judge_environment,
    keys=("users[].password", "tls.privateKeyPem"),
    fix="give secrets as users[].password and tls.privateKeyPem, which reach the server as files, and remove what has put the variable there",
    elsewhere="give the Container the secret as a file (uploads into a volume), and the file's path in a variable that ends in _FILE or _PATH",
    options={"allowed": texts((), "Variables that are known to be no secret.")},
)


def _judge_key_files(container: Declared, config: Config) -> Iterator[str]:
    for upload in uploads(container):
        if "PRIVATE KEY-----" not in upload.content or upload.permissions is UNKNOWN:
            continue
        mode = str(upload.permissions or "0644")  # the provider's own
        if mode.lstrip("0").rjust(3, "0") not in {
            allowed.lstrip("0").rjust(3, "0") for allowed in config["modes"]
        }:
            yield f"the private key {upload.file} has the file mode {mode}, and allowed are {', '.join(config['modes'])}"


PRIVATE_KEY_MODE = ResourceRule(
    name="private-key-mode",
    description="A private key that a container is given as a file can be read by its owner, or its group, alone.",
    severity=Severity.HIGH,
    types=CONTAINERS,
    judge=_judge_key_files,
    keys=("server.privateKeyMode",),
    fix="set server.privateKeyMode to one of these; where the server's image does not run as root, allow 0444 under private-key-mode.modes",
    elsewhere="set permissions of the Container's upload",
    options={"modes": texts(("0400", "0440", "0600", "0640"), "File modes that are allowed.")},
)
