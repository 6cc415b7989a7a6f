"""Renders docs/images/up.svg from a real ``make up`` of the development stack: ``make picture``.

The stack runs in a temporary copy of the project, on its own loopback address. It is removed at the
end.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tools.terminal import Screen, record

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "up.svg"
LINES, COLUMNS = 60, 112
ADDRESS = "127.0.0.77"
"""The stack publishes its port here, so that it runs next to another registry."""

# The virtual environment is the one of this directory: nothing is installed into it.
MAKE = ("make", "--no-print-directory", "--old-file=.venv/.installed")

PLUGIN_WARNING = re.compile(
    r"warning: (using|resource plugin) .*|^Diagnostics:$|^pulumi:pulumi:Stack \(.*\):$"
)
"""Warnings about plugins that this machine has on PATH; they name its directories."""

THEME = TerminalTheme(
    (30, 34, 42),
    (220, 223, 228),
    [
        (40, 44, 52),
        (224, 108, 117),
        (152, 195, 121),
        (229, 192, 123),
        (97, 175, 239),
        (198, 120, 221),
        (86, 182, 194),
        (220, 223, 228),
    ],
)


def picture(written: str) -> str:
    """Render what a command wrote to a terminal of COLUMNS columns as SVG."""
    screen = Screen()
    screen.write(written)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for line in readable(screen.ansi().splitlines()):
        console.print(line, overflow="fold")
    svg = console.export_svg(title="make up", theme=THEME, unique_id="up")
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # no font is downloaded
    svg = svg.replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, monospace")
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


def readable(lines: list[str]) -> list[Text]:
    """Leave out warnings about this machine's plugins, and all but one of several empty lines."""
    shown: list[Text] = []
    for line in map(Text.from_ansi, lines):
        plain = line.plain.strip()
        if PLUGIN_WARNING.search(plain) or not (plain or (shown and shown[-1].plain.strip())):
            continue
        if counted := re.search(r" *\d+ warnings?$", line.plain.rstrip()):
            line = line[: counted.start()]  # noqa: PLW2901
        shown.append(line)
    return shown


def main() -> None:
    """Run the stack in a copy, write the picture, and remove the stack."""
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch) / "pack-registry"
        _copy(directory)
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")}
        environment = kept | {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
        try:
            code, written = record([*MAKE, "up"], directory, environment, (LINES, COLUMNS))
        finally:
            removal = [*MAKE, "down", "PURGE=1", "YES=1"]
            subprocess.run(removal, cwd=directory, env=environment, check=False)
        if code:
            sys.exit(f"make up failed; the picture is unchanged:\n{written}")
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_text(picture(f"\x1b[1m$ make up\x1b[0m\r\n{written}"), encoding="utf-8")


def _copy(directory: Path) -> None:
    """Copy the files that git tracks, with the virtual environment that is installed here."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, directory / name)
    (directory / ".venv").symlink_to(ROOT / ".venv")
    path = directory / "Pulumi.dev.yaml"
    stack = yaml.safe_load(path.read_text(encoding="utf-8"))
    stack["config"]["pack-registry:bindAddress"] = ADDRESS
    path.write_text(yaml.safe_dump(stack), encoding="utf-8")


if __name__ == "__main__":
    main()
