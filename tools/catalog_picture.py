"""Renders docs/images/catalog.png from a catalog of invented packs: a part of ``make picture``."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from packs.catalog.model import Catalog, Entry, grouped
from packs.catalog.page import render

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "images" / "catalog.png"
PACKS = Path(__file__).with_suffix(".yaml")
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ("--headless=new", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=3000")
WIDTH, HEIGHT = 1280, 800
SIDE = 96
"""Pixels of a logo."""
SHAPES: Mapping[str, Callable[[float, float], bool]] = {
    "ring": lambda x, y: 0.2 < x * x + y * y < 0.75,
    "diamond": lambda x, y: 0.3 < abs(x) + abs(y) < 0.85,
    "waves": lambda x, y: max(abs(x), abs(y)) < 0.8 and int((y + x * x / 2 + 3) * 4) % 2 == 0,
    "stairs": lambda x, y: max(abs(x), abs(y)) < 0.8 and int((x + 1) * 2.5) >= int((1 - y) * 2.5),
}
"""Whether a point is inside of a shape. Coordinates are from -1 to 1."""


def main() -> None:
    """Write the picture."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        sys.exit("chromium is not on PATH. Install it (for example, `apt-get install chromium`).")
    with tempfile.TemporaryDirectory() as scratch:
        page = Path(scratch) / "catalog.html"
        page.write_text(render(catalog()), encoding="ascii")
        options = [f"--user-data-dir={scratch}/profile", f"--window-size={WIDTH},{HEIGHT}"]
        if os.getuid() == 0:
            options.append("--no-sandbox")  # Chromium's sandbox refuses root
        command = [program, *OPTIONS, *options, f"--screenshot={PICTURE}", page.as_uri()]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def catalog() -> Catalog:
    """Return a catalog of packs that don't exist."""
    packs = yaml.safe_load(PACKS.read_text(encoding="utf-8"))
    entries = [entry for pack in packs for entry in _entries(**pack)]
    return Catalog("registry.example.com", "2026-11-26T00:00:00+00:00", grouped(entries))


def _entries(
    name: str,
    title: str,
    versions: list[str],
    summary: str,
    layer: str = "addon",
    type: str = "",  # noqa: A002 - the name of the key
    clouds: tuple[str, ...] = ("all",),
    logo: tuple[str, int] | None = None,
) -> Iterator[Entry]:
    facts: dict[str, Any] = {
        "display_name": title,
        "summary": summary,
        "layer": layer,
        "addon_type": type,
        "cloud_types": tuple(clouds),
        "readme": f"# {title}\n\n{summary}\n",
        "values": f"pack:\n  namespace: {name}\n",
        "logo": ("image/png", draw(*logo)) if logo else None,
    }
    for version in versions:
        reference = f"registry.example.com/packs/spectro-packs/archive/{name}:{version}"
        yield Entry(name, version, reference, **facts)


def draw(shape: str, color: int) -> bytes:
    """Draw a shape in one color on white, as PNG."""
    ground = 0xFFFFFF
    points = [2 * each / SIDE - 1 for each in range(SIDE)]
    rows = [[color if SHAPES[shape](x, y) else ground for x in points] for y in points]
    pixels = b"".join(b"\0" + b"".join(each.to_bytes(3, "big") for each in row) for row in rows)
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


if __name__ == "__main__":
    main()
