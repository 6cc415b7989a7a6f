"""Whether the passphrase is the one that a stack is encrypted with, and its source."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from cli.paths import PASSPHRASE, ROOT

VARIABLE, FILE_VARIABLE = "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"

_SALT = re.compile(r"^encryptionsalt:\s*['\"]?v1:([^:\s]+):v1:([^:\s]+):([^:\s'\"]+)", re.MULTILINE)
_ITERATIONS = 1_000_000
_PLAIN_TEXT = b"pulumi"
"""What Pulumi encrypts to recognize the passphrase."""


def wrong_passphrase_hint(stack_file: Path, environment: Mapping[str, str]) -> str:
    """Say where a wrong passphrase is from, and what helps; empty if it is right or unknown.

    :param environment: the variables of the Pulumi CLI. The passphrase itself comes before a file.
    """
    given = environment.get(VARIABLE)
    file = environment.get(FILE_VARIABLE, "")
    passphrase = given if given is not None else _read(Path(file)) if file else None
    if passphrase is None or _decrypts(stack_file, passphrase) is not False:
        return ""
    is_generated = file == str(PASSPHRASE)
    if given is not None:
        source = f"the environment variable {VARIABLE}"
    elif is_generated:
        source = f"the generated file {PASSPHRASE.relative_to(ROOT)}"
    else:
        source = f"{file}, the file of the environment variable {FILE_VARIABLE}"
    variables = [VARIABLE] if given is not None else []
    variables += [FILE_VARIABLE] if file and not is_generated else []
    return (
        f"The passphrase is from {source}. {stack_file.name} is encrypted with another one. "
        f"{_fix(stack_file, variables)}"
    )


def _fix(stack_file: Path, variables: list[str]) -> str:
    generated = _read(PASSPHRASE)
    if variables and generated is not None and _decrypts(stack_file, generated):
        return (
            f"The generated passphrase in {PASSPHRASE.relative_to(ROOT)} is the right one. "
            f"To use it, run `unset {' '.join(variables)}`."
        )
    return (
        f"Set {VARIABLE} to the passphrase that the stack was created with, or restore the file "
        "from a backup."
    )


def _read(file: Path) -> str | None:
    """Return the passphrase in a file; none if it can't be read, which the CLI reports."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return file.read_text(encoding="utf-8").strip()
    return None


def _decrypts(stack_file: Path, passphrase: str) -> bool | None:
    """Whether a passphrase decrypts a stack's secrets; none if the stack has no passphrase."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        found = _SALT.search(stack_file.read_text(encoding="utf-8"))
        if not found:
            return None
        salt, nonce, encrypted = map(base64.b64decode, found.groups())
        key = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, _ITERATIONS)
        return AESGCM(key).decrypt(nonce, encrypted, None) == _PLAIN_TEXT
    except InvalidTag:
        return False
    except (OSError, ValueError, binascii.Error):
        return None
