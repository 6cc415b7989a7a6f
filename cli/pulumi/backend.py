"""Pulumi's backend, and the passphrase that encrypts the secrets in its state."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from pathlib import Path

from cli.console import CommandError, info
from cli.paths import PASSPHRASE, PULUMI_HOME, ROOT, STATE


def current_login() -> str:
    """Return the URL of the last `pulumi login`; empty if there was none or it can't be read."""
    try:
        return str(json.loads((PULUMI_HOME / "credentials.json").read_text()).get("current") or "")
    except (OSError, ValueError):
        return ""


def backend_variables() -> dict[str, str]:
    """Select the backend: the one that the user selected, otherwise files of this project.

    :returns: environment variables for the Pulumi CLI.
    :raises CommandError: if a stack is encrypted and its passphrase is missing.
    """
    if os.environ.get("PULUMI_BACKEND_URL") or current_login():
        return {}
    variables = {"PULUMI_BACKEND_URL": STATE.as_uri()}
    STATE.mkdir(exist_ok=True)
    STATE.chmod(0o700)
    names = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
    if all(os.environ.get(name) is None for name in names):
        variables["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(_ensure_passphrase())
    return variables


def _ensure_passphrase() -> Path:
    """Generate the passphrase file if there is none.

    The file appears complete or not at all: another command may create it at the same time.

    :raises CommandError: if a stack is encrypted with a passphrase that is missing.
    """
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
    with tempfile.NamedTemporaryFile("w", dir=STATE) as file:  # mode 0600
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
