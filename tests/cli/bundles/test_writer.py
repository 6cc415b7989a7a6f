"""The directory of a bundle: complete or missing, with the modes of its files."""

from __future__ import annotations

import fcntl
import os
import tarfile
from pathlib import Path

import pytest

from cli.bundles.parts import PartWriter
from cli.bundles.writer import BundleWriter, new_directory
from cli.console import CommandError
from tests.support.bundles import Silent


def test_modes_and_links(tmp_path: Path) -> None:
    script, link = tmp_path / "script", tmp_path / "link"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    link.symlink_to("script")
    parts = PartWriter(tmp_path, "site", 10**6)
    writer = BundleWriter(parts, Silent())
    writer.add_file(script, "bin/script")
    writer.add_file(link, "bin/link")
    writer.add_bytes(b"text", "file")
    writer.close()
    with tarfile.open(tmp_path / "site.part001") as tar:
        members = {member.name: member for member in tar}
    assert members["bin/script"].mode == 0o755
    assert members["bin/link"].linkname == "script"
    assert members["file"].size == 4
    assert {(each.uid, each.gid, each.uname) for each in members.values()} == {(0, 0, "")}
    assert writer.size == len("#!/bin/sh\n") + 4


def test_directory_appears_complete(tmp_path: Path) -> None:
    target = tmp_path / "a" / "site"
    with new_directory(target) as directory:
        (directory / "file").write_text("")
        assert not target.exists()
    assert [path.name for path in target.iterdir()] == ["file"]
    assert list(target.parent.iterdir()) == [target]
    assert target.stat().st_mode & 0o777 == 0o755


def test_failure_leaves_nothing(tmp_path: Path) -> None:
    def fail(directory: Path) -> None:
        (directory / "file").write_text("")
        raise RuntimeError

    with pytest.raises(RuntimeError), new_directory(tmp_path / "site") as directory:
        fail(directory)
    assert list(tmp_path.iterdir()) == []


def test_killed_command(tmp_path: Path) -> None:
    left = tmp_path / ".site.incomplete"
    left.mkdir()
    (left / "site.part001").write_text("")
    (left / "wheels").mkdir()
    with new_directory(tmp_path / "site") as directory:
        (directory / "file").write_text("")
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["file"]


def test_two_commands(tmp_path: Path) -> None:
    left = tmp_path / ".site.incomplete"
    left.mkdir()
    (left / "site.part001").write_text("")
    lock = os.open(left, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with (
        pytest.raises(CommandError, match="Another `make bundle` writes to"),
        new_directory(tmp_path / "site"),
    ):
        pass
    os.close(lock)
    assert (left / "site.part001").exists()


@pytest.mark.parametrize("kind", ["directory", "file", "link"])
def test_existing_target(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "site"
    match kind:
        case "directory":
            target.mkdir()
            (target / "file").write_text("mine")
        case "file":
            target.write_text("mine")
        case _:
            target.symlink_to(tmp_path / "elsewhere")
    with (
        pytest.raises(CommandError, match=r"exists\. It was not replaced\."),
        new_directory(target),
    ):
        pass


def test_empty_target(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    with new_directory(tmp_path / "site") as directory:
        (directory / "file").write_text("")
    assert (tmp_path / "site" / "file").exists()


def test_full_disk(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as caught, new_directory(tmp_path / "site"):
        raise OSError(28, "No space left on device", "/srv/site.part001")
    assert caught.value.message == (
        "FILE: /srv/site.part001 can't be written (No space left on device). Set FILE to a new "
        "directory that you may write, with enough space."
    )
    assert list(tmp_path.iterdir()) == []
