"""Fixtures for the tests of the Pulumi CLI: an empty project, no CLI, and no login."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.pulumi import backend, binary, install, lock, stack


@pytest.fixture(autouse=True)
def messages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The messages that are printed."""
    printed: list[str] = []
    for module in (backend, binary, lock, stack):
        monkeypatch.setattr(module, "info", printed.append)
    return printed


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Pulumi's own directory, in which no login is recorded."""
    directory = tmp_path / "home"
    directory.mkdir(exist_ok=True)
    return directory


@pytest.fixture(autouse=True)
def project(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project. No program is on PATH or in Pulumi's directory."""
    root = tmp_path / "project"
    root.mkdir()
    for name, value in {
        "ROOT": root,
        "STATE": root / ".state",
        "PASSPHRASE": root / ".state" / "passphrase",
        "PULUMI_HOME": home,
    }.items():
        for module in (backend, binary, install, lock, stack):
            monkeypatch.setattr(module, name, value, raising=False)
    monkeypatch.setattr(install, "ROOT", Path.cwd())  # the installer is a module of this project
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return root
