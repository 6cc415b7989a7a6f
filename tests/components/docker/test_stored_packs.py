"""Packs in a mounted directory: versions, and uploads under way."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest

from common.errors import UserError
from common.labels import STORAGE_LABEL
from components.docker.collector import Server
from components.docker.stored_packs import LONG_BYTES, read_stored_packs
from tests.support.fakes import OWNER, FakeContainer, FakeEngine

NOW = 1_790_000_000
TIME = "2026-09-21T14:13:20.123456789Z"
DIGEST = f"sha256:{'1' * 64}"
LINK = "packs/nginx/_manifests/tags/1.0.0/current/link"


class Engine(FakeEngine):
    """An engine whose server has files: size and age in seconds by path."""

    def __init__(self, **files: tuple[int, int]) -> None:
        super().__init__(SystemTime=TIME)
        self.stored = files
        self.read = 0
        self.cut: list[int] = []
        """Ends of the first archives, from their real end: a file changed meanwhile."""

    def archive_parts(self, identifier: str, path: str) -> Iterator[bytes]:
        if not self.stored:
            raise LookupError(path)
        assert path == "/data/.spectro-server/docker/registry/v2/repositories"
        return self._parts()

    def _parts(self) -> Iterator[bytes]:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for name, (size, age) in self.stored.items():
                member = tarfile.TarInfo(f"repositories/{name}")
                content = DIGEST.encode() if name.endswith("link") else b"x" * size
                member.size, member.mtime = len(content), NOW - age
                tar.addfile(member, io.BytesIO(content))
        data = packed.getvalue()
        if self.cut:
            data = data[: -self.cut.pop()]
        for start in range(0, len(data), 1000):
            self.read += 1
            yield data[start : start + 1000]


def server(kind: str = "volume") -> Server:
    labels = {STORAGE_LABEL: f'{{"kind": "{kind}"}}'}
    return Server("registry", OWNER, FakeContainer("registry", labels).inspected)


def stored(*earlier: str, **files: Any) -> Any:
    return read_stored_packs(Engine(**files), server(), set(earlier))


def test_versions() -> None:
    found = stored(**{LINK: (0, 0), "packs/nginx/_layers/sha256/1/link": (0, 0)})
    assert found.versions == {"packs/nginx:1.0.0": DIGEST}
    assert found.uploads == frozenset()
    assert found.long_upload == ""


@pytest.mark.parametrize("part", ["data", "startedat"])
def test_upload(part: str) -> None:
    found = stored(**{f"packs/a/_uploads/u1/{part}": (10, 5), LINK: (0, 0)})
    assert found.uploads == {"u1"}
    assert found.long_upload == "", "it may end at once"
    assert found.versions
    again = stored("u1", **{f"packs/a/_uploads/u1/{part}": (10, 5)})
    assert again.long_upload == "packs/a"


def test_upload_stays_long() -> None:
    files = {"packs/a/_uploads/u1/data": (10, 5), "packs/b/_uploads/u2/data": (10, 5)}
    found = stored(**files)
    for _ in range(3):
        found = stored(*found.uploads, **files)
        assert found.long_upload == "packs/a"
        assert found.uploads == {"u1", "u2"}


def test_large_upload() -> None:
    assert stored(**{"packs/a/_uploads/u1/data": (LONG_BYTES + 1, 5)}).long_upload == "packs/a"


@pytest.mark.parametrize(
    "file", [("startedat", 61), ("data", 61), ("hashstates/sha256/0", 5)], ids=lambda file: file[0]
)
def test_abandoned_upload(file: tuple[str, int]) -> None:
    name, age = file
    found = stored("u1", **{f"packs/a/_uploads/u1/{name}": (10, age)})
    assert (found.uploads, found.long_upload) == (frozenset(), "")


def test_storage_without_packs() -> None:
    assert stored().versions == {}


def test_bucket() -> None:
    engine = Engine(**{LINK: (0, 0)})
    assert read_stored_packs(engine, server("s3")).versions == {}
    assert engine.read == 0


@pytest.mark.parametrize("missing", [3584, 4600])
def test_changes_while_docker_archives(missing: int) -> None:
    """Docker ends the archive, in a file or between two."""
    engine = Engine(**{LINK: (0, 0), "packs/nginx/_uploads/1/data": (5000, 3600)})
    engine.cut = [missing] * 3
    assert read_stored_packs(engine, server()).versions == {"packs/nginx:1.0.0": DIGEST}
    engine.cut = [missing] * 100
    with pytest.raises(UserError, match="changed during each of 10 attempts"):
        read_stored_packs(engine, server())
