"""``README.md``, which Palette's console shows."""

from __future__ import annotations

from packs.checks.files import PackFiles
from packs.checks.report import Report
from packs.checks.text import TextError, decode
from packs.source import README_FILE


def check_readme(files: PackFiles, report: Report) -> None:
    """Warn of a README in another encoding than UTF-8."""
    content = files.read(README_FILE)
    try:
        decode(content or b"")
    except TextError as error:
        report.warning(README_FILE, str(error), error.line)
