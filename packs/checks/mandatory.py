"""The files that every pack has ("Add a Custom Pack" in Palette's documentation)."""

from __future__ import annotations

from packs.checks.files import PackFiles
from packs.checks.report import Report
from packs.source import MARKS


def check_mandatory(files: PackFiles, report: Report) -> None:
    """Report mandatory files that are missing or are no files."""
    for name in MARKS:
        if files.is_file(name) or name in files.links or name in files.special:
            continue  # the checks of links and of special files report them
        if files.is_directory(name):
            report.error(name, "Must be a file. It is a directory.")
            continue
        similar = next((each for each in files.files if each.lower() == name.lower()), None)
        hint = f" Rename {similar}." if similar else ""
        report.error(name, f"The file is missing. Every pack requires it.{hint}")
