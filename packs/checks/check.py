"""All checks of many packs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from packs.checks.report import Issue, Report, Severity
from packs.source import LOGO_FILE, MARKS, PACK_FILE, VALUES_FILE


def check_packs(directories: Sequence[Path], root: Path | None = None) -> list[Issue]:
    """Return the errors of all packs. If there is none, all packs are accepted.

    :param directories: what `pack_directories` found.
    :param root: the directory that was searched. If it has no pack, that is an error.
    """
    issues = inspect_packs(directories, root)
    return [issue for issue in issues if issue.severity is Severity.ERROR]


def inspect_packs(directories: Sequence[Path], root: Path | None = None) -> list[Issue]:
    """Return the errors and warnings of all packs, in an order that depends on the packs alone.

    Parameters are those of :func:`check_packs`.
    """
    if not directories:
        return [] if root is None else [_no_pack(root)]
    issues = [issue for directory in directories for issue in _check(directory)]
    return sorted(issues, key=Issue.sort_key)


def _no_pack(root: Path) -> Issue:
    marks = f"{PACK_FILE}, {VALUES_FILE} or {LOGO_FILE}"
    message = f"No pack found. The directory of a pack has a file {marks}."
    return Issue(root, None, message, root)


def _check(directory: Path) -> list[Issue]:
    report = Report(directory)
    for name in MARKS:
        if not (directory / name).is_file():
            report.error(name, "The file is missing. Every pack requires it.")
    return report.issues
