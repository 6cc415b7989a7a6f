"""The archive of a pack: the same bytes from the same files, and other bytes from others."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.errors import UserError
from packs.archive import (
    Blob,
    Content,
    _header,
    archive_content,
    is_published,
    write_archive,
)
from packs.foreign import foreign_content

NAME = "nginx-1.0.0"

names = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=40
).filter(lambda name: is_published(name) and name[0] != "." and len(name.encode()) < 200)
trees = st.recursive(
    st.tuples(st.binary(max_size=2000), st.booleans()),
    lambda inner: st.dictionaries(names, inner, max_size=4),
    max_leaves=8,
)
packs = st.dictionaries(names, trees, min_size=1, max_size=5)
Tree = dict[str, "tuple[bytes, bool] | Tree"]


def write_tree(place: Path, tree: Tree, *, reverse: bool = False, time: int = 10**9) -> None:
    """Write a tree. Times and the order of the creation vary."""
    place.mkdir()
    for name, node in sorted(tree.items(), reverse=reverse):
        if isinstance(node, dict):
            write_tree(place / name, node, reverse=reverse, time=time + 1)
        else:
            (place / name).write_bytes(node[0])
            (place / name).chmod((0o755 if reverse else 0o700) if node[1] else 0o644 - reverse * 4)
        os.utime(place / name, (time, time))
    os.utime(place, (time, time))


def archive(directory: Path) -> tuple[bytes, Blob, Content]:
    content = archive_content(directory, NAME)
    written = io.BytesIO()
    blob = write_archive(directory, NAME, content, written, lambda _: None)
    return written.getvalue(), blob, content


def has_file(tree: Tree) -> bool:
    return any(not isinstance(node, dict) or has_file(node) for node in tree.values())


@settings(deadline=None)
@given(packs)
def test_same_bytes(tree: Tree) -> None:
    with tempfile.TemporaryDirectory() as name:
        first, second = Path(name, "a"), Path(name, "b")
        write_tree(first, tree)
        before = os.umask(0o077)
        try:
            write_tree(second, tree, reverse=True, time=1_700_000_000)
        finally:
            os.umask(before)
        assert archive(first) == archive(second)


def test_other_owner(tmp_path: Path) -> None:
    write_tree(tmp_path / "a", {"pack.json": (b"{}", False)})
    before = archive(tmp_path / "a")
    try:
        os.chown(tmp_path / "a" / "pack.json", 1234, 1234)
    except PermissionError:
        pytest.skip("only root can change owners")
    assert archive(tmp_path / "a") == before


@settings(deadline=None)
@given(packs.filter(has_file), st.data())
def test_other_files(tree: Tree, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        first, second = Path(name, "a"), Path(name, "b")
        write_tree(first, tree)
        write_tree(second, tree)
        before = archive_content(first, NAME)
        files = [path for path in sorted(second.rglob("*")) if path.is_file()]
        changed = data.draw(st.sampled_from(files))
        match data.draw(st.sampled_from(["content", "name", "mode"])):
            case "content":
                changed.write_bytes(changed.read_bytes() + b"x")
            case "name":
                changed.rename(changed.with_name("another name of this file"))
            case _:
                changed.chmod(changed.stat().st_mode ^ 0o100)
        assert archive_content(second, NAME) != before


def test_members(tmp_path: Path) -> None:
    pack = tmp_path / "any name"
    files: Tree = {
        "pack.json": (b"{}", False),
        "charts": {"nginx.tgz": (b"chart", False)},
        "empty": {},
        "install.sh": (b"#!/bin/sh", True),
        ".git": {"config": (b"", False)},
        ".DS_Store": (b"", False),
        "._pack.json": (b"", False),
        ".gitignore": (b"", False),
    }
    write_tree(pack, files)
    (pack / "link").symlink_to("./charts/nginx.tgz")
    content = archive(pack)[0]
    assert content[:10] == gzip.compress(b"", mtime=0)[:8] + content[8:10], "no name, no time"
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        found = {member.name: member for member in tar}
        assert tar.pax_headers == {}
    assert list(found) == [
        NAME,
        *(
            f"{NAME}/{name}"
            for name in (
                ".gitignore",
                "charts",
                "charts/nginx.tgz",
                "install.sh",
                "link",
                "pack.json",
            )
        ),
    ]
    assert {
        (each.mtime, each.uid, each.gid, each.uname, each.gname) for each in found.values()
    } == {(0, 0, 0, "", "")}
    modes = {name.removeprefix(f"{NAME}/"): member.mode for name, member in found.items()}
    assert modes["install.sh"] == modes["charts"] == 0o755
    assert modes["pack.json"] == 0o644
    assert found[f"{NAME}/link"].linkname == "./charts/nginx.tgz"


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1) | st.text("a/", min_size=97),
    st.sampled_from([(tarfile.REGTYPE, 0o644), (tarfile.REGTYPE, 0o755), (tarfile.DIRTYPE, 0o755)]),
    st.integers(0, 2**34),
)
def test_headers_are_those_of_tarfile(path: str, kind: tuple[bytes, int], size: int) -> None:
    member = tarfile.TarInfo(path)
    member.type, member.mode = kind
    member.size = size if kind[0] == tarfile.REGTYPE else 0
    expected = member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    assert _header(path, *kind, member.size) == expected


def test_known_digest(tmp_path: Path) -> None:
    """The content must be the same on every system and with every version of Python."""
    write_tree(tmp_path / "a", {"ä" * 80: {"b" * 90: (b"c" * 1000, True)}, "d": (b"", False)})
    known = "sha256:4de580cdd5014f91e9d3953de66d419c1eb7d6b37c30772e1f16b5609e79d14b"
    assert archive_content(tmp_path / "a", NAME) == Content(known, 6144)


def test_content_is_digest_of_tar(tmp_path: Path) -> None:
    write_tree(tmp_path / "a", {"pack.json": (b"{}" * 10**6, False)})
    compressed, blob, content = archive(tmp_path / "a")
    plain = gzip.decompress(compressed)
    assert content == Content(f"sha256:{hashlib.sha256(plain).hexdigest()}", len(plain))
    assert blob == Blob(f"sha256:{hashlib.sha256(compressed).hexdigest()}", len(compressed))


def test_changed_during_push(tmp_path: Path) -> None:
    write_tree(tmp_path / "a", {"pack.json": (b"{}", False)})
    content = archive_content(tmp_path / "a", NAME)
    (tmp_path / "a" / "pack.json").write_bytes(b"[]")
    with pytest.raises(UserError, match="changed during the push"):
        write_archive(tmp_path / "a", NAME, content, io.BytesIO(), lambda _: None)


def test_special_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="pipe is not a file, a directory or a link"):
        archive_content(tmp_path, NAME)


def foreign(pack: Path, *options: str) -> Content | None:
    """Return the content of an archive that `tar` writes."""
    command = ["tar", "-cf", "-", *options]
    written = subprocess.run(command, cwd=pack.parent, check=True, capture_output=True).stdout
    return foreign_content(io.BytesIO(written), NAME, archive_content(pack, NAME))


@pytest.mark.parametrize(
    "options",
    [
        ("-z", "pack"),
        ("pack",),
        ("-z", "-C", "pack", "."),
        ("-z", "--format=ustar", "pack"),
        ("-z", "--format=posix", "pack"),
        ("-z", "--owner=someone:1234", "--mtime=2020-01-01", "pack"),
    ],
    ids=" ".join,
)
def test_archive_of_tar(tmp_path: Path, options: tuple[str, ...]) -> None:
    pack = tmp_path / "pack"
    files: Tree = {
        "pack.json": (b"{}", False),
        "charts": {"ä": (b"chart", True), "pack.json": (b"another", False)},
        ".git": {"config": (b"", False)},
    }
    write_tree(pack, files)
    (pack / "link").symlink_to("charts")
    os.link(pack / "pack.json", pack / "hard link")
    same = archive_content(pack, NAME)
    assert foreign(pack, *options) == same
    before = foreign(pack, *options)
    (pack / "values.yaml").write_text("added")
    assert before != archive_content(pack, NAME)


def test_other_archives(tmp_path: Path) -> None:
    write_tree(tmp_path / "pack", {"pack.json": (b"{}", False)})
    expected = archive_content(tmp_path / "pack", NAME)
    for content in (b"", b"\x1f\x8b", b"no archive", gzip.compress(b"no archive"), b"\0" * 1024):
        assert foreign_content(io.BytesIO(content), NAME, expected) is None
    bomb = gzip.compress(bytes(50_000_000))
    assert foreign_content(io.BytesIO(bomb), NAME, expected) is None
    (tmp_path / "outside").write_text("")
    assert foreign(tmp_path / "pack", "pack", "outside") is None


def test_order_of_paths(tmp_path: Path) -> None:
    """A directory and files whose names sort differently as paths and as names."""
    tree: Tree = {"a": {"b": (b"1", False)}, "a.b": (b"2", False), "a-b": {"c": (b"3", False)}}
    write_tree(tmp_path / "pack", {**tree, "pack.json": (b"{}", False)})
    for option in ("--sort=name", "--sort=none"):
        assert foreign(tmp_path / "pack", option, "pack") == archive_content(
            tmp_path / "pack", NAME
        )
