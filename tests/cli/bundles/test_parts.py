"""The parts of a bundle: sizes, names and digests."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.bundles import parts
from cli.bundles.parts import PartWriter, parse_size
from cli.console import CommandError


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4G", 4 * 10**9),
        ("700M", 700 * 10**6),
        ("1T", 10**12),
        ("2000K", 2 * 10**6),
        ("1000000", 10**6),
    ],
)
def test_size(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "0", "999K", "4 G", "4GB", "4g", "-1M", "1.5G", "G", "1e9"])
def test_invalid_size(text: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse_size(text)
    assert caught.value.message == (
        f'PART_SIZE: invalid value "{text}". Must be a number of bytes with the unit K, M, G or T, '
        "and at least 1M (for example, PART_SIZE=4G)."
    )


@given(st.lists(st.binary(max_size=40)), st.integers(1, 30))
def test_parts_are_the_content(chunks: list[bytes], size: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name, mock.patch.object(os, "fsync"):
        writer = PartWriter(Path(name), "site", size)
        for chunk in chunks:
            assert writer.write(chunk) == len(chunk)
        writer.close()
        files = sorted(Path(name).iterdir())
        contents = [path.read_bytes() for path in files]
    assert b"".join(contents) == b"".join(chunks)
    assert all(len(content) == size for content in contents[:-1])
    assert [path.name for path in files] == list(writer.digests)
    assert writer.total == sum(map(len, chunks))
    assert list(writer.digests.values()) == [hashlib.sha256(each).hexdigest() for each in contents]


def test_too_many_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MAX_PARTS", 2)
    writer = PartWriter(tmp_path, "site", 10)
    writer.write(bytes(20))
    with pytest.raises(CommandError, match="more than 2 parts of 10 bytes"):
        writer.write(b"x")
