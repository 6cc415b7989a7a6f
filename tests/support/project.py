"""The project, copied, so that its commands run on a stack of their own."""

from __future__ import annotations

import shutil
from pathlib import Path

from cli.paths import ROOT

COPIED = (
    "Makefile",
    "Pulumi.yaml",
    "__main__.py",
    "requirements.txt",
    "common",
    "cli",
    "components",
    "palette",
    "dev_image",
    "tools",
    "policy",
    "trial",
)


def copy_project(directory: Path) -> None:
    """Copy what the commands need; the virtual environment is the one that is there."""
    for name in COPIED:
        if (
            ROOT / name
        ).is_dir():  # compiled modules come along, for a copy keeps the time of its original; not those that are being written
            shutil.copytree(
                ROOT / name, directory / name, ignore=shutil.ignore_patterns("build", "*.pyc.*")
            )
        else:
            shutil.copy2(ROOT / name, directory)
    (directory / ".venv").symlink_to(ROOT / ".venv")
