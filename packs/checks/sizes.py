"""Sizes of a pack and of its files."""

from __future__ import annotations

from packs.checks.files import PackFiles
from packs.checks.limits import MAX_FILE_SIZE, MAX_PACK_SIZE
from packs.checks.report import Report
from packs.checks.text import size_text


def check_sizes(files: PackFiles, report: Report) -> None:
    """Report files, and a pack, that are too large."""
    for name, size in files.files.items():
        if size > MAX_FILE_SIZE:
            report.error(name, f"The file is larger than {size_text(MAX_FILE_SIZE)}.")
    if files.size > MAX_PACK_SIZE:
        report.error("", f"The pack is larger than {size_text(MAX_PACK_SIZE)}.")
