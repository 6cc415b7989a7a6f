"""Copies of the project, so that commands run on their own stacks."""

from __future__ import annotations

import shutil
from pathlib import Path

from cli.paths import ROOT

COPIED = (
    "Makefile",
    "backup",
    "Pulumi.yaml",
    "__main__.py",
    "requirements.txt",
    "requirements-kubernetes.txt",
    "common",
    "cli",
    "components",
    "packs",
    "palette",
    "dev_image",
    "tools",
    "policy",
    "trial",
)


def copy_project(directory: Path) -> None:
    """Copy what the commands need. The virtual environment is shared."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            # Copies compiled modules too, except those that are being written.
            shutil.copytree(
                ROOT / name, directory / name, ignore=shutil.ignore_patterns("build", "*.pyc.*")
            )
        else:
            shutil.copy2(ROOT / name, directory)
    (directory / ".venv").symlink_to(ROOT / ".venv")
