"""Checks text files for words that this project does not use: ``python -m tools.words [PATH ...]``.

The list is ``tools/words.txt``. Without paths, every text file that git tracks is checked.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tools" / "words.txt"
SUFFIXES = {".ambr", ".go", ".json", ".md", ".py", ".sh", ".toml", ".yaml", ".yml", ""}
EXCLUDED = {"LICENSE", "tools/words.txt", "tests/tools/test_words.py"}


def read_list(path: Path = LIST) -> dict[re.Pattern[str], str]:
    """Read the list: a compiled pattern for each word, with what to write instead."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = [line.split(" -> ") for line in lines if line and not line.startswith("#")]
    return {re.compile(pattern, re.IGNORECASE): instead for pattern, instead in pairs}


def find_words(text: str, words: dict[re.Pattern[str], str]) -> Iterator[tuple[int, str, str]]:
    """Find the words of the list in a text: line number from 1, the word, what to write instead."""
    for number, line in enumerate(text.splitlines(), start=1):
        for pattern, instead in words.items():
            if match := pattern.search(line):
                yield number, match.group(0).strip(), instead


def tracked_files() -> list[str]:
    """Return the files that git tracks, and new ones."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return [name for name in listed.stdout.splitlines() if name not in EXCLUDED]


def _files(paths: Iterable[str]) -> Iterator[Path]:
    for name in paths:
        path = ROOT / name
        if path.is_dir():
            yield from _files(n for n in tracked_files() if (ROOT / n).is_relative_to(path))
        elif path.is_file() and path.suffix in SUFFIXES:
            yield path


def main(paths: list[str]) -> int:
    """Print each finding as FILE:LINE; the exit code is 1 if there is one."""
    words = read_list()
    found = 0
    for path in _files(paths or tracked_files()):
        text = path.read_text(encoding="utf-8", errors="replace")
        for number, word, instead in find_words(text, words):
            found += 1
            print(f"{path.relative_to(ROOT)}:{number}: {word!r}: write instead: {instead}")  # noqa: T201
    return min(found, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
