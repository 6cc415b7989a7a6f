"""Files that every server reads, and the digest of those that it reads only at its start."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Set

import pulumi

from components.servers.paths import CERTIFICATE_FILE, HTPASSWD_FILE, PRIVATE_KEY_FILE
from components.servers.process import FileGroup, Files
from components.tls.certificate import Certificate
from components.users.htpasswd import Credentials

PUBLIC = "0444"
"""Mode of files that the server reads, whichever user runs it."""


def common_files(
    certificate: Certificate | None, credentials: Credentials, key_mode: str
) -> dict[FileGroup, Files]:
    """Return users and certificate.

    :param key_mode: octal mode of the private key.
    """
    files: dict[FileGroup, Files] = {
        FileGroup.USERS: {HTPASSWD_FILE: (credentials.htpasswd, PUBLIC)}
    }
    if certificate and certificate.chain and certificate.private_key:
        files[FileGroup.CERTIFICATE] = {
            CERTIFICATE_FILE: (certificate.chain, PUBLIC),
            PRIVATE_KEY_FILE: (certificate.private_key, key_mode),
        }
    return files


def files_digest(
    files: Mapping[FileGroup, Files], key: pulumi.Input[str], excluded: Set[FileGroup]
) -> pulumi.Output[str]:
    """Return a digest of files. It is public.

    :param key: a random string that protects guessable secrets in the files; empty if there are
        none. A private key can't be guessed.
    :param excluded: groups that the server reads again when they change.
    """
    content = {
        group.value: {name: list(file) for name, file in group_files.items()}
        for group, group_files in files.items()
        if group not in excluded
    }
    text: pulumi.Output[str] = pulumi.Output.json_dumps(content, sort_keys=True)
    return pulumi.Output.unsecret(pulumi.Output.all(key, text).apply(_keyed_digest))


def _keyed_digest(key_and_text: list[str]) -> str:
    key, text = key_and_text
    return hmac.digest(key.encode(), text.encode(), hashlib.sha256).hex()[:32]
