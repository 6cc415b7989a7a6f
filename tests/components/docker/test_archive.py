"""Tar archives for Docker's API."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from components.docker.archive import (
    OWNER_FILE,
    first_member,
    has_hard_link,
    make_directory,
    make_hard_link,
    make_owner_change,
    make_tar,
    owned_by_others,
    read_files,
)
from tests.components.docker.tars import make_links


def test_round_trip() -> None:
    tar = make_tar({"/etc/a": ("text", "0400"), "b": ("", "0444")})
    assert read_files(tar, "etc/a", "b", "c") == {"etc/a": b"text", "b": b""}


def test_read_from_path(tmp_path: Path) -> None:
    path = tmp_path / "files.tar"
    path.write_bytes(make_tar({"a": ("text", "0400")}))
    assert read_files(path, "a") == {"a": b"text"}


def test_not_an_archive() -> None:
    with pytest.raises(tarfile.TarError):
        read_files(b"no archive", "a")


@pytest.mark.parametrize(
    ("members", "linked"),
    [
        ([("config/a", ""), ("config/b", "config/a")], True),
        ([("config/b", ""), ("config/a", "config/b")], True),
        ([("config/a", ""), ("config/b", "")], False),
        ([("config/a", ""), ("config/c", "config/a")], False),
        ([], False),
    ],
)
def test_has_hard_link(members: list[tuple[str, str]], linked: bool) -> None:
    assert has_hard_link(make_links(*members), {"a", "b"}) is linked, "in any order"


def test_make_hard_link() -> None:
    assert has_hard_link(make_hard_link("a", "b"), {"a", "b"})


def test_owners() -> None:
    tar = make_tar({"config/a": ("text", "0400"), "config/b/c": ("", "0444")}, 65532)
    assert (owned_by_others(tar, 65532), owned_by_others(tar, 0)) == ([], ["a", "b/c"])
    assert first_member(make_directory("zot", 65532)[:512]).uid == 65532
    assert first_member(make_tar({"a": ("", "0400")})).uid == 0


def test_owner_change_keeps_no_name_of_a_file() -> None:
    with tarfile.open(fileobj=io.BytesIO(make_owner_change(["a", "b/c"], 65532))) as tar:
        members = [(member.name, member.linkname, member.isreg()) for member in tar]
        assert {member.uid for member in tar} == {65532}
    assert members == [
        (OWNER_FILE, "a", False),
        (OWNER_FILE, "b/c", False),
        (OWNER_FILE, "", True),
    ]
