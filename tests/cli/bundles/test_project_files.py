"""The files of the project that a bundle has, and the secrets that it must not have."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cli import stack_file
from cli.bundles import project_files as module
from cli.bundles.project_files import PROGRAM, project_files
from cli.console import CommandError
from cli.paths import ROOT

PLAIN = "# A stack.\nencryptionsalt: v1:abc\nconfig:\n  pack-registry:hostname: localhost\n"
ENCRYPTED = PLAIN + "  pack-registry:imagePassword:\n    secure: v1:def\n"
FILES = {
    "Makefile": "",
    "cli/up.py": "",
    "Pulumi.yaml": "",
    "Pulumi.example.yaml": "",
    "Pulumi.prod.yaml": PLAIN,
    "Pulumi.other.yaml": ENCRYPTED,
    "palette/Pulumi.yaml": "",
    "palette/Pulumi.prod.yaml": "",
    "palette/Pulumi.other.yaml": "",
    "policy/prod.json": "{}",
}
UNTRACKED = {
    ".state/passphrase": "secret",
    "backup.key": "secret",
    "ca.crt": "",
    "cli/__pycache__/up.pyc": "",
    ".venv/bin/python": "",
    "dev_image/build/server": "",
}
EXPECTED = {name for name in FILES if "other" not in name} - {"palette/Pulumi.prod.yaml"}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in (FILES | UNTRACKED).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(stack_file, "ROOT", tmp_path)
    for variable in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def track(root: Path, *names: str) -> None:
    for command in (
        ("init", "-q"),
        ("add", "-f", *names),
        ("-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "A commit"),
    ):
        subprocess.run(["git", *command], cwd=root, check=True)


def found(stack: str = "prod") -> set[str]:
    return {str(path) for path in project_files(stack).paths}


def test_tracked_files(root: Path) -> None:
    track(root, *FILES)
    assert found() == EXPECTED
    files = project_files("prod")
    assert len(files.commit) == 40
    assert not files.is_modified
    (root / "cli/up.py").write_text("changed")
    assert project_files("prod").is_modified


def test_without_git(root: Path) -> None:
    assert found() == EXPECTED
    assert project_files("prod").commit == ""


def test_untracked_stack(root: Path) -> None:
    track(root, *(set(FILES) - {"Pulumi.prod.yaml", "policy/prod.json"}))
    assert found() == EXPECTED


def test_deleted_file(root: Path) -> None:
    track(root, *FILES)
    (root / "cli/up.py").unlink()
    assert found() == EXPECTED - {"cli/up.py"}


def test_salt_is_removed(root: Path) -> None:
    files = project_files("prod")
    assert files.stack_file.decode() == PLAIN.replace("encryptionsalt: v1:abc\n", "")
    assert files.encrypted == []
    assert (root / "Pulumi.prod.yaml").read_text() == PLAIN


def test_encrypted_values_of_tracked_file(root: Path) -> None:
    (root / "Pulumi.prod.yaml").write_text(ENCRYPTED)
    track(root, *FILES)
    files = project_files("prod")
    assert files.stack_file.decode() == ENCRYPTED
    assert files.encrypted == ["imagePassword"]


@pytest.mark.parametrize("in_git", [True, False])
def test_encrypted_values_of_untracked_file(root: Path, in_git: bool) -> None:
    (root / "Pulumi.prod.yaml").write_text(ENCRYPTED)
    if in_git:
        track(root, *(set(FILES) - {"Pulumi.prod.yaml"}))
    with pytest.raises(CommandError) as caught:
        project_files("prod")
    assert caught.value.message == (
        "Pulumi.prod.yaml has encrypted values (imagePassword), and git does not track it. A "
        "bundle contains encrypted values only if you already share them. Track the file with "
        "`git add Pulumi.prod.yaml`, or remove these values and set them on the other machine."
    )


def test_secret_in_plain_text(root: Path) -> None:
    (root / "Pulumi.prod.yaml").write_text(
        f"{PLAIN}  pack-registry:imagePassword: hunter2hunter2\n"
    )
    track(root, *FILES)
    with pytest.raises(CommandError) as caught:
        project_files("prod")
    assert "imagePassword is in plain text." in caught.value.message
    assert "hunter2" not in caught.value.message


def test_program_without_git_is_complete() -> None:
    """Every top-level directory with code that the commands import is in the list."""
    ignored = {"tests", "bench"}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - ignored
    assert packages <= set(PROGRAM)
    assert all((ROOT / name).exists() for name in PROGRAM if name != "LICENSE")
