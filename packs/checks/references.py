"""Paths in ``pack.json``: each leads to a file of the pack."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from common.suggestions import did_you_mean
from packs.checks.files import PackFiles
from packs.checks.json_text import JsonDocument
from packs.checks.report import Report
from packs.checks.text import shown
from packs.source import PACK_FILE

_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]")


@dataclass(frozen=True)
class Reference:
    """A path in a list of ``pack.json``."""

    key: str
    """``charts[0]``."""
    path: str
    line: int
    target: str
    """The path in the pack that it leads to, without links."""


def check_references(
    key: str, folder: str, files: PackFiles, document: JsonDocument, report: Report
) -> Iterator[Reference]:
    """Report paths of a list that lead nowhere, and yield the others.

    :param folder: directory whose files are suggested.
    """
    paths = document.value.get(key)
    seen: set[str] = set()
    for index, path in enumerate(paths if isinstance(paths, list) else []):
        if not isinstance(path, str):
            continue
        line, name = document.line(key, index), f"{key}[{index}]"
        target = files.resolve(path)
        if problem := _problem(path, target, folder, files):
            report.error(PACK_FILE, f"{name}: {problem}", line)
        elif target is not None:
            if target in seen:
                report.warning(PACK_FILE, f"{name}: {shown(path)} is listed twice.", line)
            else:
                yield Reference(name, path, line, target)
            seen.add(target)


def _problem(path: str, target: str | None, folder: str, files: PackFiles) -> str:
    """Describe what is wrong with a path; empty if it leads to a file or directory."""
    if not path.strip():
        return "the path is empty. Must be a path in the pack."
    if _ABSOLUTE.match(path):
        return f"{shown(path)} is an absolute path. Must be a path in the pack."
    if target is None or posixpath.normpath(path).startswith(".."):
        return f"{shown(path)} leads out of the pack. Must be a path in the pack."
    if target in files.files or target in files.directories:
        return ""
    return _missing(path, folder, files)


def _missing(path: str, folder: str, files: PackFiles) -> str:
    if files.resolve(path) in files.special:
        return f"{shown(path)} is not a file."
    if "\\" in path and files.is_file(path.replace("\\", "/")):
        return f"{shown(path)} has backslashes. Write the path with slashes."
    names = [name for name in files.files if posixpath.dirname(name) == folder]
    suggestion = did_you_mean(path, names[:1000])
    return f"the file {shown(path)} does not exist. {suggestion or 'Add it, or remove the path.'}"


def unused_files(
    folder: str, endings: tuple[str, ...], used: set[str], files: PackFiles
) -> list[str]:
    """Return the files of a directory that Palette ignores because no path names them."""
    return [
        name
        for name in sorted(files.files)
        if posixpath.dirname(name) == folder and name.endswith(endings) and name not in used
    ]
