"""Files that the commands write and replace."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from cli import own_file
from cli.own_file import NotOwnFileError, make_directories, write_own_file


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(own_file, "STATE", tmp_path / ".state")
    return tmp_path / ".state"


def test_renewal(tmp_path: Path) -> None:
    path = tmp_path / "ca.crt"
    for pem in ("first", "second", "second", "third"):
        write_own_file(path, pem)
        assert path.read_text(encoding="utf-8") == pem
    assert sorted(file.name for file in tmp_path.iterdir()) == [".state", "ca.crt"]


@pytest.mark.parametrize("content", ["", "a key", "-----BEGIN CERTIFICATE-----"])
def test_file_of_another_program(tmp_path: Path, content: str) -> None:
    path = tmp_path / "server.key"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(NotOwnFileError, match="exists, and this command did not write it"):
        write_own_file(path, "new")
    assert path.read_text(encoding="utf-8") == content


def test_changed_file(tmp_path: Path) -> None:
    path = tmp_path / "ca.crt"
    write_own_file(path, "first")
    path.write_text("first, and a CA of the user", encoding="utf-8")
    with pytest.raises(NotOwnFileError):
        write_own_file(path, "second")
    assert path.read_text(encoding="utf-8") == "first, and a CA of the user"


@pytest.mark.parametrize("exists", [True, False])
def test_link(tmp_path: Path, exists: bool) -> None:
    target, link = tmp_path / "target", tmp_path / "ca.crt"
    if exists:
        target.write_text("first", encoding="utf-8")
    link.symlink_to(target)
    with pytest.raises(NotOwnFileError, match="is a symbolic link"):
        write_own_file(link, "new")
    assert link.is_symlink()
    assert target.exists() is exists


DEVICES = ("/dev/null", "/dev/full", "/dev/stdout", "/dev/fd/1", "/dev/tty", "/etc/passwd")


@pytest.mark.parametrize("path", DEVICES)
def test_device(path: str) -> None:
    with pytest.raises((NotOwnFileError, OSError)):
        write_own_file(Path(path), "new")


@pytest.mark.parametrize("kind", ["pipe", "socket", "directory", "hard link", "circular link"])
def test_other_kind_of_file(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    other, path = tmp_path / "other", tmp_path / "ca.crt"
    other.write_text("first", encoding="utf-8")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("ca.crt")
    elif kind == "directory":
        path.mkdir()
    elif kind == "hard link":
        path.hardlink_to(other)
    else:
        path.symlink_to(path)
    with pytest.raises((NotOwnFileError, OSError)):
        write_own_file(path, "new")
    assert other.read_text(encoding="utf-8") == "first"


def test_other_name_of_own_file(tmp_path: Path) -> None:
    path, other = tmp_path / "ca.crt", tmp_path / "other"
    write_own_file(path, "first")
    other.hardlink_to(path)
    with pytest.raises(NotOwnFileError):
        write_own_file(other, "second")
    write_own_file(path, "second")
    assert other.read_text(encoding="utf-8") == "first", "renewed by replacement"


def test_restrictive_umask(tmp_path: Path) -> None:
    previous = os.umask(0o077)
    try:
        make_directories(tmp_path / "certs.d" / "host")
        write_own_file(tmp_path / "certs.d" / "host" / "ca.crt", "first")
    finally:
        os.umask(previous)
    modes = [
        stat.S_IMODE((tmp_path / part).stat().st_mode)
        for part in ("certs.d", "certs.d/host", "certs.d/host/ca.crt")
    ]
    assert modes == [0o755, 0o755, 0o644]
