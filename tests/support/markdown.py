"""Reads Markdown pages: headings, links, code blocks and the comments in front of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cli.paths import ROOT

COMMENT = re.compile(r"<!-- ([\w -]+): (.+?) -->")
FENCE = re.compile(r"```(\w*)$")


@dataclass
class Block:
    """A fenced block of code."""

    language: str
    lines: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    """The comments ``<!-- NAME: VALUE -->`` directly in front of it."""

    @property
    def text(self) -> str:
        """Its content."""
        return "\n".join(self.lines) + "\n"


def pages() -> list[Path]:
    """Every Markdown page that describes this project."""
    names = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
    readmes = ("tests/README.md", "dev_image/README.md")
    return [*(ROOT / name for name in (*names, *readmes)), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page."""
    options: dict[str, str] = {}
    block: Block | None = None
    for line in page.read_text().splitlines():
        if block is not None:
            if line == "```":
                yield block
                block, options = None, {}
            else:
                block.lines.append(line)
        elif fence := FENCE.match(line):
            block = Block(fence[1], options=options)
        elif found := COMMENT.match(line):
            options[found[1]] = found[2]
        elif line:
            options = {}


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    return {anchor(heading) for heading in re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)}


def anchor(heading: str) -> str:
    """The anchor of a heading."""
    plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower().replace(" ", "-")
    return re.sub(r"[^\w-]", "", plain)


def links(page: Path) -> list[str]:
    """The targets of all links and pictures of a page."""
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"``.*?``|`[^`]*`", "", prose(page)))
