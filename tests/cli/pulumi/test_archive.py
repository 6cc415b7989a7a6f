"""The archive of the Pulumi CLI and its digest."""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import os
import platform
import sys
import tarfile
from pathlib import Path

import pytest

from cli.pulumi import archive
from cli.pulumi.archive import ArchiveError, archive_name, install_archive

VERSION = importlib.metadata.version("pulumi")
NAME = archive_name(VERSION, sys.platform, platform.machine())
CHECKSUMS = f"pulumi-{VERSION}-checksums.txt"
PROGRAMS = ("pulumi", "pulumi-language-python")


def tar(*names: str) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as file:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size, member.mode = 3, 0o755
            file.addfile(member, io.BytesIO(b"cli"))
    return content.getvalue()


ARCHIVE = tar(*(f"pulumi/{name}" for name in PROGRAMS))
DIGEST = hashlib.sha256(ARCHIVE).hexdigest()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory in place of Pulumi's site."""
    directory = tmp_path / "site"
    directory.mkdir()
    (directory / NAME).write_bytes(ARCHIVE)
    (directory / CHECKSUMS).write_text(f"{'0' * 64}  other.tar.gz\n{DIGEST}  {NAME}\n")
    monkeypatch.setattr(archive, "RELEASES", directory.as_uri())
    return directory


def test_installation(site: Path, tmp_path: Path) -> None:
    root = tmp_path / "new" / "home"
    assert install_archive(root) == str(root / "bin" / "pulumi")
    assert sorted(path.name for path in (root / "bin").iterdir()) == sorted(PROGRAMS)
    assert all(os.access(root / "bin" / name, os.X_OK) for name in PROGRAMS)
    assert [path.name for path in root.iterdir()] == ["bin"], "no temporary files"
    install_archive(root)


@pytest.mark.parametrize(
    ("checksums", "message"),
    [
        (f"{'0' * 64}  {NAME}\n", f"has the SHA-256 digest {DIGEST}, and Pulumi publishes 000000"),
        (f"{DIGEST}  other.tar.gz\n", f"has no digest for {NAME}"),
        (f"{DIGEST}  {NAME}.sig\n", f"has no digest for {NAME}"),
        (f"{DIGEST}  x{NAME}\n", f"has no digest for {NAME}"),
        (f"{DIGEST[:40]}  {NAME}\n", f"has no digest for {NAME}"),
        ("<html>log in</html>", f"has no digest for {NAME}"),
        ("", f"has no digest for {NAME}"),
    ],
    ids=["changed", "other file", "longer name", "other name", "short", "page", "empty"],
)
def test_unverified_archive(site: Path, tmp_path: Path, checksums: str, message: str) -> None:
    (site / CHECKSUMS).write_text(checksums)
    with pytest.raises(ArchiveError, match=message):
        install_archive(tmp_path / "home")
    assert not (tmp_path / "home" / "bin").exists()


@pytest.mark.parametrize(
    "change",
    [b"", ARCHIVE[:-1], ARCHIVE + b"x", b"<html>"],
    ids=["empty", "truncated", "longer", "page"],
)
def test_changed_archive(site: Path, tmp_path: Path, change: bytes) -> None:
    (site / NAME).write_bytes(change)
    with pytest.raises(ArchiveError, match=f"Pulumi publishes {DIGEST}"):
        install_archive(tmp_path / "home")
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.parametrize("missing", [NAME, CHECKSUMS])
def test_missing_file(site: Path, tmp_path: Path, missing: str) -> None:
    (site / missing).unlink()
    with pytest.raises(OSError, match="No such file"):
        install_archive(tmp_path / "home")


@pytest.mark.parametrize("name", ["../outside", "/outside", "pulumi/../../outside"])
def test_path_outside_archive(site: Path, tmp_path: Path, name: str) -> None:
    content = tar(name)
    (site / NAME).write_bytes(content)
    (site / CHECKSUMS).write_text(f"{hashlib.sha256(content).hexdigest()}  {NAME}\n")
    with pytest.raises((tarfile.TarError, OSError)):
        install_archive(tmp_path / "home")
    assert not any(path.name == "outside" for path in tmp_path.rglob("*"))
    assert not Path("/outside").exists()


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("linux", "x86_64", "linux-x64"),
        ("linux", "aarch64", "linux-arm64"),
        ("darwin", "arm64", "darwin-arm64"),
        ("darwin", "x86_64", "darwin-x64"),
    ],
)
def test_name(system: str, machine: str, name: str) -> None:
    assert archive_name("3.1.0", system, machine) == f"pulumi-v3.1.0-{name}.tar.gz"


@pytest.mark.parametrize(("system", "machine"), [("win32", "AMD64"), ("linux", "riscv64")])
def test_unsupported_system(system: str, machine: str) -> None:
    with pytest.raises(ArchiveError, match=f"no CLI for {system} on {machine}"):
        archive_name("3.1.0", system, machine)
