"""Which logos a page may show."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packs.catalog.logo import MAX_BYTES, MAX_SIDE, read_logo
from tests.support.catalog import png

SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='hacked=1'></svg>"


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg(width: int = 8, height: int = 8, *extra: bytes) -> bytes:
    size = struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0"
    head = b"".join([b"\xff\xd8", segment(0xE0, b"JFIF\0"), *extra, segment(0xC0, size)])
    return head + segment(0xDA, b"\1\1\0\0?\0") + b"data" + b"\xff\xd9"


def test_images() -> None:
    assert read_logo(png()) == ("image/png", png())
    assert read_logo(jpeg()) == ("image/jpeg", jpeg())


def test_content_decides() -> None:
    """`logo.png` of some packs is a JPEG."""
    found = read_logo(jpeg())
    assert found
    assert found[0] == "image/jpeg"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        SVG,
        b"\xef\xbb\xbf" + SVG,
        b"GIF89a" + SVG,
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"<!doctype html><script>hacked=1</script>",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + SVG,
        png()[:-12],
        png()[:40],
        png().replace(b"IDAT", b"IDAX"),
        png().replace(b"IHDR", b"IHDX"),
        png(0, 1),
        png(MAX_SIDE + 1, 1),
        png(1, 2**31),
        png(2, 2, (b"tEXt", b"x" * MAX_BYTES)),
        jpeg(MAX_SIDE + 1, 1),
        jpeg(0, 1),
        jpeg()[:-2],
        jpeg()[:12],
        b"\xff\xd8\xff\xe0\0\1",
        b"\xff\xd8" + segment(0xDA, b"") + b"\xff\xd9",
    ],
)
def test_other_content(content: bytes) -> None:
    assert read_logo(content) is None


def test_hidden_content_is_removed() -> None:
    text = b"Comment\0" + SVG
    image = png(2, 2, (b"tEXt", text), (b"acTL", bytes(8)), (b"iTXt", text))
    assert read_logo(image + SVG) == ("image/png", png())
    photo = jpeg(8, 8, segment(0xFE, text), segment(0xE1, text))
    assert read_logo(photo + SVG) == ("image/jpeg", jpeg())


@given(st.sampled_from([png(), jpeg()]), st.data())
def test_damaged_images(image: bytes, data: st.DataObject) -> None:
    content = bytearray(image)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(2, len(content) - 1))] = data.draw(st.integers(0, 255))
    found = read_logo(bytes(content[: data.draw(st.integers(0, len(content)))]))
    assert found is None or found[0] in ("image/png", "image/jpeg")
