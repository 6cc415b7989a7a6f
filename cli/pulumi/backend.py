"""Pulumi's backend, and the passphrase that encrypts the secrets in its state."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import tempfile
from pathlib import Path

from cli.console import CommandError, info
from cli.paths import PASSPHRASE, PULUMI_HOME, ROOT, STATE

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)

PULUMI_CLOUD = "https://api.pulumi.com"
"""The CLI's default backend."""


def current_login() -> str:
    """Return the URL of the last `pulumi login`; empty if there was none or it can't be read."""
    directory = Path(os.environ.get("PULUMI_CREDENTIALS_PATH") or PULUMI_HOME)
    try:
        credentials = json.loads((directory / "credentials.json").read_text(encoding="utf-8"))
        return str(credentials.get("current") or "")
    except (OSError, ValueError, AttributeError):
        return ""


def selected_backend() -> str:
    """Return the URL of the backend that the Pulumi CLI would use; empty if none is selected.

    An access token without a login selects Pulumi Cloud.
    """
    cloud = os.environ.get("PULUMI_API") or PULUMI_CLOUD
    token = os.environ.get("PULUMI_ACCESS_TOKEN")
    return os.environ.get("PULUMI_BACKEND_URL") or current_login() or (cloud if token else "")


def backend_variables() -> dict[str, str]:
    """Select the backend: the one that the user selected, otherwise files of this project.

    :returns: environment variables for the Pulumi CLI.
    :raises CommandError: if the backend is not a URL, if a stack is encrypted and its passphrase is
        missing, if the passphrase is empty, or if the state's directory is a link.
    """
    backend = selected_backend()
    if backend and not _URL.match(backend):
        raise CommandError(
            "The URL of Pulumi's backend is invalid (PULUMI_BACKEND_URL, or else the last login). "
            "Must start with a scheme (for example, file:///srv/state or "
            "s3://states?region=eu-central-1)."
        )
    if not backend.startswith(("https://", "http://")):
        _reject_empty_passphrase()
    if backend:
        return {}
    variables = {"PULUMI_BACKEND_URL": STATE.as_uri()}
    if STATE.is_symlink():
        raise CommandError(
            f"{STATE.name} is a symbolic link. State and passphrase must not be in a directory "
            "that others may control. Replace it with a directory, or select the other one with "
            "PULUMI_BACKEND_URL=file://... and PULUMI_CONFIG_PASSPHRASE_FILE."
        )
    STATE.mkdir(exist_ok=True)
    STATE.chmod(0o700)
    # The CLI takes an empty passphrase for one, and an empty file name for none.
    if os.environ.get("PULUMI_CONFIG_PASSPHRASE") is None and not os.environ.get(
        "PULUMI_CONFIG_PASSPHRASE_FILE"
    ):
        variables["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(_ensure_passphrase())
    return variables


def _reject_empty_passphrase() -> None:
    """Check that a passphrase of the environment encrypts something.

    :raises CommandError: if it is empty and ALLOW_EMPTY_PASSPHRASE is not 1.
    """
    if os.environ.get("ALLOW_EMPTY_PASSPHRASE") == "1":
        return
    name = "PULUMI_CONFIG_PASSPHRASE"
    passphrase = os.environ.get(name)
    file = os.environ.get(f"{name}_FILE")
    if passphrase is None and file:  # the CLI reports a file that it can't read
        name = f"{name}_FILE"
        with contextlib.suppress(OSError):
            passphrase = Path(file).read_bytes().strip().decode(errors="replace")
    if passphrase == "":
        raise CommandError(
            f"{name} is empty, so anybody could decrypt the secrets in state and stack config. "
            "Set a passphrase, or unset the variable to use a generated one. To use an empty one "
            "nevertheless, set ALLOW_EMPTY_PASSPHRASE=1."
        )


def _ensure_passphrase() -> Path:
    """Generate the passphrase file if there is none.

    The file appears complete or not at all: another command may create it at the same time.

    :raises CommandError: if a stack is encrypted with a passphrase that is missing.
    """
    if PASSPHRASE.is_symlink():
        raise CommandError(
            f"{PASSPHRASE.relative_to(ROOT)} is a symbolic link. Replace it with the file, or set "
            "PULUMI_CONFIG_PASSPHRASE_FILE."
        )
    if PASSPHRASE.exists():
        return PASSPHRASE
    files = [path for path in sorted(ROOT.glob("Pulumi.*.yaml")) if path.is_file()]
    encrypted = [path.name for path in files if b"\nencryptionsalt:" in b"\n" + path.read_bytes()]
    if encrypted and not PASSPHRASE.exists():
        raise CommandError(
            f"{encrypted[0]} is encrypted, and its passphrase is missing. "
            f"Restore {PASSPHRASE.relative_to(ROOT)}, or set PULUMI_CONFIG_PASSPHRASE. "
            "To give up the stack and its secrets, remove the line encryptionsalt from that file."
        )
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=STATE) as file:  # mode 0600
        file.write(secrets.token_urlsafe(32))
        file.flush()
        try:
            os.link(file.name, PASSPHRASE)
        except FileExistsError:
            return PASSPHRASE
    info(
        f"Storing state in {STATE.name}/ and its passphrase in {PASSPHRASE.relative_to(ROOT)}. "
        "Back up both."
    )
    return PASSPHRASE
