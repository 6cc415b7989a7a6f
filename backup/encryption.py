"""Encryption of backups with age (https://age-encryption.org), by keys of the user."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from backup.digests import sha256
from backup.errors import BackupError

SUFFIX = ".age"
_IN_MEMORY = 8 * 2**20
"""Larger content is encrypted and decrypted in a temporary file."""


class Recipients:
    """Public keys. Content that is encrypted for them can be read with one of their identities."""

    def __init__(self, file: Path) -> None:
        """Read a file with one public key in each line, of age or ssh.

        :raises BackupError: if there is none, or one is invalid.
        """
        import pyrage

        def parse(line: str) -> Any:
            is_ssh = line.startswith("ssh-")
            return (pyrage.ssh if is_ssh else pyrage.x25519).Recipient.from_str(line)

        lines = _lines(file, "RECIPIENTS")
        self._keys = [_parsed(parse, line, file, "RECIPIENTS") for line in lines]
        if not self._keys:
            raise BackupError(f"RECIPIENTS: {file} has no public key.")
        self.fingerprint = sha256("\n".join(sorted(lines)).encode())[:8]
        """Names these keys, so that content for other keys is not taken for theirs."""

    def encrypt(self, content: BinaryIO) -> tuple[BinaryIO, int]:
        """Return the encrypted content and its size. What the content raises is raised."""
        import pyrage

        return _converted(lambda file: pyrage.encrypt_io(content, file, self._keys))


class Identities:
    """Private keys."""

    def __init__(self, file: Path) -> None:
        """Read a file with private keys of age, or with one of ssh.

        :raises BackupError: if there is none, or one is invalid.
        """
        import pyrage

        text = _text(file, "IDENTITY")
        if "PRIVATE KEY-----" in text:
            parse, keys = _ssh_identity, [text]
        else:
            parse, keys = pyrage.x25519.Identity.from_str, _lines(file, "IDENTITY")
        self._keys = [_parsed(parse, key, file, "IDENTITY") for key in keys]
        if not self._keys:
            raise BackupError(f"IDENTITY: {file} has no private key.")

    def decrypt(self, content: BinaryIO) -> BinaryIO:
        """Return the content.

        :raises BackupError: if it was encrypted for other keys.
        :raises OSError: if it is damaged.
        """
        import pyrage

        try:
            return _converted(lambda file: pyrage.decrypt_io(content, file, self._keys))[0]
        except pyrage.DecryptError as error:
            if "No matching keys" not in str(error):
                raise OSError(str(error)) from None
            raise BackupError(
                "IDENTITY: the backup is encrypted for other keys. Set IDENTITY to the file with "
                "the private key of one of its recipients."
            ) from None


def _ssh_identity(text: str) -> Any:
    import pyrage

    return pyrage.ssh.Identity.from_buffer(text.encode())


def _converted(convert: Callable[[BinaryIO], None]) -> tuple[BinaryIO, int]:
    file: Any = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
    convert(file)
    size = file.tell()
    file.seek(0)
    return file, size


def _lines(file: Path, variable: str) -> list[str]:
    lines = (line.strip() for line in _text(file, variable).splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _text(file: Path, variable: str) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise BackupError(f"{variable}: {file} can't be read ({reason}).") from None


def _parsed(parse: Callable[[str], Any], key: str, file: Path, variable: str) -> Any:
    try:
        return parse(key)
    except Exception:  # the library's errors have no common base
        kind = "public keys" if variable == "RECIPIENTS" else "private keys"
        raise BackupError(
            f"{variable}: {file} has an invalid line. Must be {kind} of age or ssh "
            "(for example, written by `age-keygen`)."
        ) from None
