"""Archives of Docker: names, owners, hard links, and archives that end too early."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from typing import Any

import docker
import pytest

from backup.docker_source import DockerSource, FilesContainer
from backup.manifest import Owner
from backup.source import SourceChangedError


def member(name: str, content: bytes | None = None, **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.uid, info.gid, info.mode = 65532, 65533, 0o755
    if content is None:
        info.type = tarfile.DIRTYPE
    else:
        info.size, info.mode = len(content), 0o600
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content or b""


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return packed.getvalue()


class Response:
    def __init__(self, content: bytes | None) -> None:
        self._content = content

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *_: object) -> None: ...

    def iter_content(self, size: int) -> Iterator[bytes]:
        content = self._content or b""
        return (content[start : start + 700] for start in range(0, len(content), 700))


class Api:
    """Docker's API with archives by path."""

    def __init__(self, archives: dict[str, bytes]) -> None:
        self._archives = archives

    def _url(self, path: str, identifier: str) -> str:
        return path.format(identifier)

    def _get(self, url: str, params: dict[str, str], stream: bool) -> Response:
        return Response(self._archives.get(params["path"]))

    def _raise_for_status(self, response: Response) -> None:
        if response._content is None:
            raise docker.errors.NotFound("no such file")


def source(archives: dict[str, bytes]) -> DockerSource:
    container = FilesContainer(None, Api(archives), "id")  # type: ignore[arg-type]
    return DockerSource(container, "/data/zot", "the volume")


def contents(found: DockerSource, directory: str = "") -> dict[str, bytes]:
    result = {}
    for entry in found.walk(directory):
        with entry.opened as content:
            result[entry.path] = content.read()
    return result


WHOLE = archive(
    member("zot/"),
    member("zot/packs/blobs/sha256/a", b"first" * 300),
    member("zot/packs/index.json", b"{}"),
    member("zot/packs/link", b"", type=tarfile.LNKTYPE, linkname="zot/packs/blobs/sha256/a"),
)


def test_files_of_an_archive() -> None:
    found = source(
        {"/data/zot": WHOLE, "/data/zot/packs/link": archive(member("link", b"first" * 300))}
    )
    assert contents(found) == {
        "packs/blobs/sha256/a": b"first" * 300,
        "packs/index.json": b"{}",
        "packs/link": b"first" * 300,
    }
    assert found.owner == Owner(65532, 65533, 0o600, 0o755)


def test_directory_that_does_not_exist() -> None:
    assert contents(source({}), "repositories") == {}
    with pytest.raises(KeyError), source({}).open("packs/index.json"):
        pass


def test_unread_content_is_skipped() -> None:
    found = source({"/data/zot": WHOLE})
    assert [entry.path for entry in found.walk("")][:2] == [
        "packs/blobs/sha256/a",
        "packs/index.json",
    ]


@pytest.mark.parametrize("size", range(0, len(archive(*[member("zot/a", b"a" * 900)] * 2)), 512))
def test_archive_that_ends_too_early(size: int) -> None:
    whole = archive(member("zot/a", b"a" * 900), member("zot/b", b"b" * 900))
    end = 2 * (512 + 1024) + 1024
    found = source({"/data/zot": whole[:size]})
    if size >= end:
        assert len(contents(found)) == 2
    else:
        with pytest.raises(SourceChangedError):
            contents(found)
