"""What commands write beside the project's files, some of it secret, goes into no commit."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from cli.paths import PASSPHRASE, ROOT

WRITTEN = [
    str(PASSPHRASE.relative_to(ROOT)),
    ".state/.pulumi/stacks/x.json",
    "ca.crt",
    "ca-prod.crt",
    "state.json",
    "state-prod.json",
    ".venv/bin/python",
]
KEPT = ["Pulumi.edge.yaml", "palette/Pulumi.edge.yaml", "policy/edge.json", "docs/ca.crt"]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty repository that ignores what this one does."""
    made = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "--quiet", made], check=True)
    shutil.copy(ROOT / ".gitignore", made)
    return made


def is_ignored(repository: Path, name: str) -> bool:
    return (
        subprocess.run(
            ["git", "check-ignore", "--quiet", name], cwd=repository, check=False
        ).returncode
        == 0
    )


@pytest.mark.parametrize("name", WRITTEN)
def test_what_commands_write_is_ignored(repository: Path, name: str) -> None:
    assert is_ignored(repository, name), "whoever types `git add .` must not publish it"


@pytest.mark.parametrize("name", KEPT)
def test_what_belongs_to_the_project_is_not(repository: Path, name: str) -> None:
    assert not is_ignored(repository, name), (
        "a stack's file, and its `encryptionsalt`, are to be kept"
    )
