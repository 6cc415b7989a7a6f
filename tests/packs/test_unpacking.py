"""Archives of packs that try to write elsewhere, or more than a pack may have."""

from __future__ import annotations

import stat
import tarfile
from pathlib import Path

import pytest

from packs import unpacking
from packs.unpacking import ArchiveError, unpack
from tests.packs.memory import archive_of, pack_files


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def special(name: str, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = kind
    return member


def unpacked(content: bytes, tmp_path: Path) -> Path:
    file, directory = tmp_path / "archive", tmp_path / "unpacked"
    file.write_bytes(content)
    directory.mkdir()
    return unpack(file, directory)


def tree(directory: Path) -> dict[str, bytes]:
    files = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("directory", ["hello-1.0.0", ".", "./hello"])
def test_directory_of_pack(directory: str, compressed: bool, tmp_path: Path) -> None:
    files = pack_files(directory)
    pack = unpacked(archive_of(files, compressed=compressed), tmp_path)
    assert tree(pack) == {name.removeprefix(f"{directory}/"): text for name, text in files.items()}


def test_modes_of_files(tmp_path: Path) -> None:
    members = archive_of(pack_files(), compressed=False)
    file = tmp_path / "a.tar"
    file.write_bytes(members)
    with tarfile.open(file, "a") as archive:
        member = tarfile.TarInfo("hello-1.0.0/run")
        member.mode = 0o6777
        archive.addfile(member)
    pack = unpacked(file.read_bytes(), tmp_path)
    assert stat.S_IMODE((pack / "run").stat().st_mode) == 0o755
    assert stat.S_IMODE((pack / "pack.json").stat().st_mode) == 0o644


def test_links_inside_are_kept(tmp_path: Path) -> None:
    content = archive_of(
        pack_files(),
        link("hello-1.0.0/charts/values.yaml", "../values.yaml"),
        link("hello-1.0.0/copy.json", "hello-1.0.0/pack.json", tarfile.LNKTYPE),
        link("hello-1.0.0/dangling", "nothing"),
    )
    pack = unpacked(content, tmp_path)
    assert str((pack / "charts" / "values.yaml").readlink()) == "../values.yaml"
    assert (pack / "copy.json").read_bytes() == (pack / "pack.json").read_bytes()
    assert (pack / "dangling").is_symlink()


OUTSIDE = {
    "parent": [special("../evil", tarfile.REGTYPE)],
    "parent in between": [special("hello-1.0.0/../../evil", tarfile.REGTYPE)],
    "absolute link": [link("hello-1.0.0/a", "/etc/passwd")],
    "link to parent": [link("hello-1.0.0/a", "../../evil")],
    "link out of the pack": [link("hello-1.0.0/a", "../evil")],
    "hard link": [link("hello-1.0.0/a", "../evil", tarfile.LNKTYPE)],
    "hard link to absolute": [link("hello-1.0.0/a", "/etc/passwd", tarfile.LNKTYPE)],
    "device": [special("hello-1.0.0/a", tarfile.CHRTYPE)],
    "pipe": [special("hello-1.0.0/a", tarfile.FIFOTYPE)],
    "link below link": [
        link("hello-1.0.0/a", "charts"),
        link("hello-1.0.0/a/b", "../values.yaml"),
    ],
    "links that add up": [
        link("hello-1.0.0/charts/hello/up", "../.."),
        link("hello-1.0.0/charts/hello/out", "up/../.."),
    ],
    "links that add up, then one more": [
        link("hello-1.0.0/charts/hello/up", "../.."),
        link("hello-1.0.0/charts/hello/out", "up/../.."),
        link("hello-1.0.0/charts/hello/out/evil", "x"),
    ],
    "later link completes earlier one": [
        link("hello-1.0.0/charts/hello/out", "up/../.."),
        link("hello-1.0.0/charts/hello/up", "../.."),
    ],
    "loop": [link("hello-1.0.0/a", "b"), link("hello-1.0.0/b", "a")],
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_members_outside(case: str, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError):
        unpacked(archive_of(pack_files(), *OUTSIDE[case]), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "unpacked"]
    assert not (tmp_path / "unpacked" / "evil").exists()


def test_absolute_name_stays_inside(tmp_path: Path) -> None:
    pack = unpacked(archive_of({**pack_files("/hello")}), tmp_path)
    assert pack == tmp_path / "unpacked" / "hello"


def test_write_through_link(tmp_path: Path) -> None:
    files = {"hello-1.0.0/out/evil": b"x"}
    first = archive_of({}, link("hello-1.0.0/out", "../.."), compressed=False)[:512]
    content = first + archive_of({**files, **pack_files()}, compressed=False)
    with pytest.raises(ArchiveError):
        unpacked(content, tmp_path)
    assert not (tmp_path / "evil").exists()


def test_pack_that_is_a_link(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"has no pack\.json|leads outside"):
        unpacked(archive_of({}, link("hello", ".")), tmp_path)


def test_no_pack(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"it has no pack\.json"):
        unpacked(archive_of({"hello/values.yaml": b""}), tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", archive_of(pack_files())[:-30]],
    ids=["empty", "text", "cut off"],
)
def test_damaged_archive(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError):
        unpacked(content, tmp_path)


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("MAX_UNPACKED", "more data than a pack may have"),
        ("MAX_MEMBERS", "more than 2 files"),
        ("MAX_PATH", "a path with more than 2 characters"),
    ],
)
def test_limits(limit: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, limit, 2)
    with pytest.raises(ArchiveError, match=message):
        unpacked(archive_of(pack_files()), tmp_path)


def test_hard_links_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MAX_UNPACKED", 10_000)
    files = {**pack_files(), "hello-1.0.0/big": bytes(3000)}
    links = [link(f"hello-1.0.0/{n}", "hello-1.0.0/big", tarfile.LNKTYPE) for n in range(9)]
    with pytest.raises(ArchiveError, match="more data than a pack may have"):
        unpacked(archive_of(files, *links), tmp_path)
    assert len(tree(tmp_path / "unpacked")) < 9


def test_bomb_of_headers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MAX_UNPACKED", 2**20)
    name = tarfile.TarInfo("hello")
    name.type, name.size = tarfile.GNUTYPE_LONGNAME, 2**30
    content = name.tobuf() + bytes(2**22)
    with pytest.raises(ArchiveError, match="more data in a header than a pack may have"):
        unpacked(content, tmp_path)
