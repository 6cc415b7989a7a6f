"""Checks the length of functions, modules and the README: ``python -m tools.sizes``."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.words import ROOT, tracked_files

FUNCTION_LINES = 60
MODULE_LINES = 300
"""Applies to code that is neither generated nor in a directory of tests or benchmarks."""
README_LINES = 150
GENERATED = {"components/pack_registry_args.py"}


def find_long(name: str, text: str) -> Iterator[str]:
    """Yield a sentence for each part of a file that is too long.

    :param name: path of the file from the root of the project.
    """
    lines = len(text.splitlines())
    if name == "README.md" and lines > README_LINES:
        yield f"{name}: {lines} lines, more than {README_LINES}. Move details to docs/."
    if not name.endswith(".py") or name in GENERATED:
        return
    if lines > MODULE_LINES and not name.startswith(("tests/", "bench/")):
        yield f"{name}: {lines} lines, more than {MODULE_LINES}. Split the module."
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            if length > FUNCTION_LINES:
                yield (
                    f"{name}:{node.lineno}: {node.name} has {length} lines, more than "
                    f"{FUNCTION_LINES}. Split the function."
                )


def main() -> int:
    """Print each finding; the exit code is 1 if there is one."""
    paths = [name for name in tracked_files() if Path(name).suffix in {".py", ".md"}]
    found = [
        sentence
        for name in paths
        if (ROOT / name).is_file()
        for sentence in find_long(name, (ROOT / name).read_text(encoding="utf-8"))
    ]
    print("\n".join(found), end="\n" if found else "")  # noqa: T201
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
