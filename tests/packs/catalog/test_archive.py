"""Archives of packs: only the few files of the page are read, and never much."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import os
import tarfile
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packs.catalog import archive as module
from packs.catalog.archive import MAX_FILE, read_archive
from packs.checks.limits import MAX_FILES, MAX_PACK_SIZE
from packs.unpacking import MAX_UNPACKED, ArchiveError
from tests.support.catalog import archive, in_directory, pack_files

FILES = pack_files()
GOOD = archive(in_directory("nginx-1.0.0", FILES))


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def read(content: bytes, size: int = 1000) -> dict[str, bytes]:
    parts = (content[at : at + size] for at in range(0, len(content), size))
    return read_archive(parts, digest_of(content))


def member(
    name: str, kind: bytes = tarfile.REGTYPE, target: str = "", size: int = 0
) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, target, size
    return made


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        archive(FILES),
        archive(in_directory(".", FILES)),
        archive(in_directory("./nginx", FILES)),
        archive({"nginx/charts/a/values.yaml": b"chart", **in_directory("nginx", FILES)}),
        archive({**in_directory("nginx", FILES), "nginx/charts/a/README.md": b"chart"}),
        archive({"a/README.md": b"x", "b/values.yaml": b"y", **in_directory("nginx", FILES)}),
        gzip.decompress(GOOD),
        GOOD[:10] + GOOD[10:],
    ],
)
def test_files(content: bytes) -> None:
    assert read(content) == FILES
    assert read(content, 1) == FILES


@pytest.mark.parametrize(
    "hostile",
    [
        member("nginx/README.md", tarfile.SYMTYPE, "/etc/passwd"),
        member("nginx/README.md", tarfile.LNKTYPE, "/etc/passwd"),
        member("nginx/README.md", tarfile.LNKTYPE, "nginx/pack.json"),
        member("nginx/README.md", tarfile.CHRTYPE),
        member("nginx/README.md", tarfile.FIFOTYPE),
        member("nginx/README.md", tarfile.DIRTYPE),
        member("../README.md"),
        member("/etc/README.md"),
        member("nginx/../../README.md"),
        member("<script>hacked=1</script>/README.md"),
        member("n" * 5000 + "/README.md"),
        member("\u202e\n/README.md"),
    ],
)
def test_hostile_members_are_ignored(hostile: tarfile.TarInfo) -> None:
    files = {name: content for name, content in FILES.items() if name != "README.md"}
    assert read(archive(in_directory("nginx", files), hostile)) == files


def test_last_file_of_a_name_counts() -> None:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as made:
        for content in (b"first", b"last"):
            found = member("nginx/README.md", size=len(content))
            made.addfile(found, io.BytesIO(content))
    assert read(written.getvalue()) == {"README.md": b"last"}


def test_long_file_is_cut() -> None:
    content = archive({"nginx/README.md": b"x" * 10 * MAX_FILE})
    assert read(content) == {"README.md": b"x" * MAX_FILE}


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", b"\x1f\x8b", GOOD[:-40], GOOD[:200], b"PK\3\4" + GOOD],
)
def test_damaged_archives(content: bytes) -> None:
    with pytest.raises(ArchiveError, match="it is damaged"):
        read(content)


def test_other_digest() -> None:
    with pytest.raises(ArchiveError, match="its content has another digest"):
        read_archive([GOOD], digest_of(b"other"))


def test_whole_archive_is_checked() -> None:
    """Bytes after the end of the archive count, too."""
    content = gzip.decompress(GOOD) + b"\0" * 100_000
    assert read(content) == FILES
    with pytest.raises(ArchiveError):
        read_archive([content + b"more"], digest_of(content))


def zeros(size: int) -> bytes:
    made = member("nginx/charts/big", size=size).tobuf()
    compressor = io.BytesIO()
    with gzip.GzipFile(fileobj=compressor, mode="wb", compresslevel=1, mtime=0) as file:
        file.write(made)
        for _ in range(size // 2**20):
            file.write(bytes(2**20))
    return compressor.getvalue()


def pax_bomb() -> bytes:
    size = 2**26
    return gzip.compress(member("pax", tarfile.XHDTYPE, size=size).tobuf() + bytes(size), 1)


def name_bomb() -> bytes:
    size = 2**26
    return gzip.compress(
        member("long", tarfile.GNUTYPE_LONGNAME, size=size).tobuf() + bytes(size), 1
    )


def many_members(monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setattr(module, "MAX_MEMBERS", 1000)
    return archive({}, *[member(f"nginx/{each}") for each in range(1000)])


@pytest.mark.parametrize("kind", ["zeros", "pax", "name", "members", "chain", "endless"])
def test_bombs(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_UNPACKED", 2**27)
    monkeypatch.setattr(module, "MAX_COMPRESSED", 2**24)
    made: dict[str, Callable[[], bytes]] = {
        "zeros": lambda: zeros(2**27),
        "pax": pax_bomb,
        "name": name_bomb,
        "members": lambda: many_members(monkeypatch),
        "chain": lambda: gzip.compress(member("x", tarfile.XHDTYPE).tobuf() * 20_000),
        "endless": lambda: GOOD,
    }
    content = made[kind]()

    def parts() -> Iterator[bytes]:
        yield content
        while kind == "endless":
            yield bytes(2**20)

    tracemalloc.start()
    try:
        with pytest.raises(ArchiveError):
            read_archive(parts(), digest_of(content))
        assert tracemalloc.get_traced_memory()[1] < 24 * 2**20, "memory is bounded"
    finally:
        tracemalloc.stop()


@given(st.data())
def test_any_damage(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from([GOOD, gzip.decompress(GOOD)])))
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, min(len(content), 3000) - 1))] = data.draw(
            st.integers(0, 255)
        )
    with contextlib.suppress(ArchiveError):
        assert set(read(bytes(content))) <= set(FILES)


def test_every_pushed_pack_is_shown() -> None:
    """Headers and an incompressible content make an archive a little larger than its files."""
    assert min(module.MAX_COMPRESSED, MAX_UNPACKED) > 1.1 * MAX_PACK_SIZE
    assert module.MAX_MEMBERS >= MAX_FILES


def test_limit_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_COMPRESSED", 2**20)
    with pytest.raises(ArchiveError, match=r"more data than a pack may have \(1 MiB\)"):
        read(archive(in_directory("big", {**FILES, "data": os.urandom(2**21)})), 2**16)
