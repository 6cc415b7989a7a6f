"""The files of this project that a bundle has."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cli.console import CommandError
from cli.paths import ROOT
from cli.plain_config import readable_config
from cli.stack_file import EXAMPLE, read_config
from components.settings.plaintext import plaintext_secret_warnings

PROGRAM = (
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "Pulumi.example.yaml",
    "Pulumi.yaml",
    "README.md",
    "SECURITY.md",
    "__main__.py",
    "backup",
    "cli",
    "common",
    "components",
    "dev_image",
    "docs",
    "package",
    "packs",
    "palette",
    "policy",
    "pyproject.toml",
    "requirements-kubernetes.txt",
    "requirements.txt",
    "tools",
    "trial",
)
"""What a bundle has of a project that is not in git: a file next to it may be a secret."""
_ENCRYPTION = re.compile(rb"^(encryptionsalt|encryptedkey|secretsprovider):.*\n?", re.MULTILINE)
"""How a stack's file is encrypted."""
_GENERATED = {"__pycache__", "build", ".state", ".venv", "node_modules"}


@dataclass(frozen=True)
class ProjectFiles:
    """The files, relative to the project's directory."""

    paths: list[Path]
    commit: str
    """The commit in git; empty if the project is not in git."""
    is_modified: bool
    """Whether the files differ from the commit."""
    stack_file: bytes
    """Content of the stack's file. It refers to a passphrase only if it has encrypted values: the
    other machine has its own passphrase."""
    encrypted: list[str]
    """Settings with encrypted values."""


def project_files(stack: str) -> ProjectFiles:
    """Return the tracked files, or the program's files without git, with the stack's.

    :raises CommandError: if the stack's file has secrets that must not be in a bundle.
    """
    tracked = _git("ls-files", "-z")
    names = tracked.split("\0") if tracked else []
    in_git = "Makefile" in names
    found = {Path(name) for name in names if name} if in_git else set(_installed())
    own = set(_own_files(stack))
    stack_file = Path(f"Pulumi.{stack}.yaml")
    encrypted = _encrypted_settings(stack, is_tracked=in_git and stack_file in found)
    content = (ROOT / stack_file).read_bytes()
    kept = {path for path in found if not _is_stack_file(path)} | own
    return ProjectFiles(
        paths=sorted(path for path in kept if (ROOT / path).is_symlink() or (ROOT / path).exists()),
        commit=_git("rev-parse", "HEAD").strip() if in_git else "",
        is_modified=in_git and bool(_git("status", "--porcelain", "--untracked-files=no").strip()),
        stack_file=content if encrypted else _ENCRYPTION.sub(b"", content),
        encrypted=encrypted,
    )


def _own_files(stack: str) -> Iterator[Path]:
    """Yield the stack's files, which git need not track."""
    for path in (Path(f"Pulumi.{stack}.yaml"), Path("policy") / f"{stack}.json"):
        if (ROOT / path).is_file():
            yield path


def _is_stack_file(path: Path) -> bool:
    """Whether a file configures a stack.

    Those of other stacks belong to other places. Those of `palette` have the key of another
    Palette.
    """
    if str(path.parent) not in (".", "palette") or not path.name.startswith("Pulumi."):
        return False
    return path.name not in ("Pulumi.yaml", f"Pulumi.{EXAMPLE}.yaml")


def _encrypted_settings(stack: str, *, is_tracked: bool) -> list[str]:
    """Return the settings with encrypted values, and check that a bundle may have the file.

    :raises CommandError: if it has secrets in plain text, or encrypted ones that git does not
        track: nobody has decided that others may have these.
    """
    name, config = f"Pulumi.{stack}.yaml", read_config(stack)
    if sentences := list(plaintext_secret_warnings(config, config.keys(), stack)):
        raise CommandError(f"{name}: {sentences[0]} A bundle must not contain it.")
    encrypted = sorted(readable_config(stack)[1])
    if encrypted and not is_tracked:
        raise CommandError(
            f"{name} has encrypted values ({', '.join(encrypted)}), and git does not track it. A "
            "bundle contains encrypted values only if you already share them. Track the file with "
            f"`git add {name}`, or remove these values and set them on the other machine."
        )
    return encrypted


def _installed() -> Iterator[Path]:
    for name in PROGRAM:
        top = ROOT / name
        files = sorted(top.rglob("*")) if top.is_dir() else [top]
        for path in files:
            relative = path.relative_to(ROOT)
            if path.is_file() and not _GENERATED & set(relative.parts):
                yield relative


def _git(*arguments: str) -> str:
    """Return the output of git; empty if it fails or is missing."""
    try:
        return subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
