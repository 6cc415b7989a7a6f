"""Tar archives for Docker's API."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from components.docker.archive import has_hard_link, make_hard_link, make_tar, read_files
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
