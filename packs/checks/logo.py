"""``logo.png``: an image that a browser shows."""

from __future__ import annotations

import struct
import zlib

from packs.checks.files import PackFiles
from packs.checks.limits import MAX_LOGO_PIXELS, MAX_LOGO_SIZE
from packs.checks.report import Report
from packs.checks.text import LFS_FIX, LFS_POINTER
from packs.source import LOGO_FILE

_PNG = b"\x89PNG\r\n\x1a\n"
_OTHERS = ((b"\xff\xd8\xff", "JPEG"), (b"GIF87a", "GIF"), (b"GIF89a", "GIF"))


def check_logo(files: PackFiles, report: Report) -> None:
    """Report a logo that is no image. Other formats than PNG are warnings: browsers show them."""
    content = files.read(LOGO_FILE, MAX_LOGO_SIZE)
    if content is None:
        return
    if content.startswith(_PNG):
        if problem := _png_problem(content):
            report.error(LOGO_FILE, problem)
        return
    kind = next((name for start, name in _OTHERS if content.startswith(start)), "")
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        kind = "WebP"
    if kind:
        message = f"The logo is a {kind} image. Palette documents PNG. Convert it."
        report.warning(LOGO_FILE, message)
    elif content.startswith(LFS_POINTER):
        report.error(LOGO_FILE, LFS_FIX)
    elif not content:
        report.error(LOGO_FILE, "The logo is empty. Must be a PNG image.")
    elif b"<svg" in content[:4096].lower():
        message = "The logo is an SVG image, which no browser shows as PNG. Convert it to PNG."
        report.error(LOGO_FILE, message)
    else:
        report.error(LOGO_FILE, "The logo is not an image. Must be a PNG image.")


def _png_problem(content: bytes) -> str:
    """Describe what is wrong with a PNG image; empty if it is complete.

    Source: "Portable Network Graphics (PNG) Specification", chunk layout and IHDR.
    """
    position, has_data, is_first = len(_PNG), False, True
    while True:
        header = content[position : position + 8]
        if len(header) < 8:
            return "The PNG image is cut off. Export it again."
        size, kind = struct.unpack(">I4s", header)
        body = content[position + 8 : position + 8 + size]
        checksum = content[position + 8 + size : position + 12 + size]
        if len(body) < size or len(checksum) < 4:
            return "The PNG image is cut off. Export it again."
        if is_first and (kind != b"IHDR" or size != 13):
            return "The PNG image has no header. Export it again."
        if struct.unpack(">I", checksum)[0] != zlib.crc32(kind + body):
            return "The PNG image is damaged: a checksum is wrong. Export it again."
        if is_first and (problem := _dimensions_problem(body)):
            return problem
        has_data |= kind == b"IDAT"
        is_first = False
        if kind == b"IEND":
            return "" if has_data else "The PNG image has no pixels. Export it again."
        position += 12 + size


def _dimensions_problem(header: bytes) -> str:
    width, height = struct.unpack(">II", header[:8])
    if 0 < width <= MAX_LOGO_PIXELS and 0 < height <= MAX_LOGO_PIXELS:
        return ""
    return (
        f"The logo has {width} x {height} pixels. Must be at most {MAX_LOGO_PIXELS} x "
        f"{MAX_LOGO_PIXELS}."
    )
