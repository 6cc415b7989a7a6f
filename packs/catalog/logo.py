"""Logos: images that a page may show.

The content decides, not the file's name. PNG and JPEG are accepted. An SVG is a document that can
contain scripts, so it is not.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

MAX_BYTES = 2**18
MAX_SIDE = 4096
"""Pixels. A small file can unpack to an image that fills the memory of a browser."""

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"IDAT", b"IEND")
"""Chunks that decide how the image appears. Texts, metadata and animations are left out."""
_JPEG = b"\xff\xd8"
_JPEG_SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_JPEG_KEPT = {0xC4, 0xDB, 0xDD, 0xE0, 0xEE}
"""Segments with tables, JFIF's and Adobe's header."""


def read_logo(content: bytes) -> tuple[str, bytes] | None:
    """Return the media type and the image; None if it is not one that a page may show."""
    if len(content) > MAX_BYTES:
        return None
    try:
        if content.startswith(_PNG):
            return "image/png", _png(content)
        if content.startswith(_JPEG):
            return "image/jpeg", _jpeg(content)
    except (ValueError, struct.error, IndexError):
        pass
    return None


def _png(content: bytes) -> bytes:
    kept, kinds = [_PNG], list[bytes]()
    for kind, chunk in _png_chunks(content):
        if not kinds:
            _check_size(*struct.unpack(">II", chunk[8:16]))
        kinds.append(kind)
        if kind in _PNG_CHUNKS:
            kept.append(chunk)
    if kinds[0] != b"IHDR" or b"IDAT" not in kinds:
        raise ValueError("no image")
    return b"".join(kept)


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks up to the end of the image. What follows it is ignored."""
    start, kind = len(_PNG), b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", content, start)
        end = start + 12 + length
        (checksum,) = struct.unpack_from(">I", content, end - 4)
        if zlib.crc32(content[start + 4 : end - 4]) != checksum:
            raise ValueError("damaged")
        yield kind, content[start:end]
        start = end


def _jpeg(content: bytes) -> bytes:
    kept, start, has_size = [_JPEG], 2, False
    while True:
        mark, marker, length = struct.unpack_from(">BBH", content, start)
        end = start + 2 + length
        if mark != 0xFF or length < 2 or end > len(content):
            raise ValueError("damaged")
        if marker == 0xDA:  # the image's data follow
            break
        if marker in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", content, start + 5)
            _check_size(width, height)
            has_size = True
        if marker in _JPEG_KEPT | _JPEG_SIZES:
            kept.append(content[start:end])
        start = end
    final = content.rindex(b"\xff\xd9", end) + 2
    if not has_size:
        raise ValueError("no image")
    return b"".join([*kept, content[start:final]])


def _check_size(width: int, height: int) -> None:
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise ValueError("too large")
