"""Packages that only stacks on Kubernetes need."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from cli.console import CommandError
from cli.paths import ROOT

REQUIREMENTS = "requirements-kubernetes.txt"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def ensure_packages() -> None:
    """Install the packages in this program's virtual environment, unless they are there.

    :raises CommandError: if they can't be installed.
    """
    if not _missing():
        return
    environment = Path(sys.prefix)
    command = [str(ROOT / "tools" / "venv.sh"), str(environment), REQUIREMENTS]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise CommandError(
            f"Stacks with target kubernetes need the packages of {REQUIREMENTS}. "
            "Fix the error above and run this command again."
        )


def _missing() -> list[str]:
    """Return the packages that are not installed in the pinned version."""
    pins = _PIN.findall((ROOT / REQUIREMENTS).read_text(encoding="utf-8"))
    return [name for name, version in pins if _installed(name) != version]


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
