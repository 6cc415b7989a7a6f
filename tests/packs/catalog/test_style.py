"""Contrast of the page's colors. Source: WCAG 2.2, 1.4.3 and 1.4.11, level AA."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from packs.catalog import page

STYLES = "".join(
    file.read_text(encoding="ascii") for file in (Path(page.__file__).parent / "page").glob("*.css")
)
TEXT, EDGE = 4.5, 3.0
PAIRS = [
    *[
        (text, ground, TEXT)
        for text in ("text", "muted")
        for ground in ("page", "surface", "sunken")
    ],
    ("text", "tint", TEXT),
    ("warning", "surface", TEXT),
    ("accent", "surface", TEXT),
    ("on-accent", "accent", TEXT),
    ("accent", "page", EDGE),
    ("edge", "surface", EDGE),
    ("edge", "page", EDGE),
]


def colors(scheme: str) -> dict[str, str]:
    blocks = re.findall(r":root \{(.*?)\}", STYLES, re.DOTALL)
    found = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in blocks]
    return found[0] if scheme == "light" else found[0] | found[1]


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lower, higher = sorted((luminance(one), luminance(other)))
    return (higher + 0.05) / (lower + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("color", "ground", "least"), PAIRS)
def test_contrast(scheme: str, color: str, ground: str, least: float) -> None:
    known = colors(scheme)
    assert contrast(known[color], known[ground]) >= least


def test_initials() -> None:
    tones = re.findall(r"\.tone-\d \{ background: (#[0-9a-f]{6})", STYLES)
    assert len(tones) == 8
    assert all(contrast(tone, "#ffffff") >= TEXT for tone in tones)
