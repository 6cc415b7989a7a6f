"""The terminal that the picture of `make up` is rendered from."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools.picture import picture, readable
from tools.terminal import Screen, record


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("a\r\nb\r\n", "a\nb"),
        ("updating\rdone    \r\n", "done"),
        ("one\r\ntwo\r\n\x1b[1Athree\r\n", "one\nthree"),
        ("one\r\ntwo\r\n\x1b[2A\x1b[Jrest", "rest"),
        ("abc\r\x1b[K", ""),
        ("abc\r\x1b[2C\x1b[Kd", "abd"),
        ("\x1b]11;?\x1b\\a\x1b[?25l", "a"),
        ("ab\x08c", "ac"),
    ],
    ids=["lines", "overwrite", "up", "erase below", "erase line", "erase rest", "queries", "back"],
)
def test_screen_shows_final_text(written: str, seen: str) -> None:
    screen = Screen()
    screen.write(written)
    assert screen.ansi() == seen


def test_screen_keeps_colors() -> None:
    screen = Screen()
    screen.write("\x1b[1m>\x1b[0m up")
    assert screen.ansi() == "\x1b[0m\x1b[1m>\x1b[0m up"


def test_picture_leaves_out_plugin_warnings() -> None:
    lines = [
        "    pulumi:pulumi:Stack  dev  created (3s)  6 warnings",
        "Diagnostics:",
        "  pulumi:pulumi:Stack (dev):",
        "    warning: using pulumi-resource-tls from $PATH at /somewhere/bin/pulumi-resource-tls",
        "",
        "",
        "Resources:",
    ]
    shown = [line.plain.rstrip() for line in readable(lines)]
    assert shown == ["    pulumi:pulumi:Stack  dev  created (3s)", "", "Resources:"]


def test_picture_is_svg_without_fonts() -> None:
    svg = picture("\x1b[1m$ make up\x1b[0m\r\n> done\r\n")
    assert svg.startswith("<svg")
    assert "font-face" not in svg
    assert "http://" not in svg.replace("http://www.w3.org", "")


def test_record_returns_output_and_code(tmp_path: Path) -> None:
    program = "import os, sys; print(os.get_terminal_size()); sys.exit(3)"
    code, written = record([sys.executable, "-c", program], tmp_path, {}, (40, 100))
    assert (code, "columns=100, lines=40" in written) == (3, True)
