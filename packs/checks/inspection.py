"""All checks of many packs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from packs.checks.duplicates import find_duplicates
from packs.checks.processes import check_all
from packs.checks.report import Issue, Severity
from packs.source import LOGO_FILE, PACK_FILE, VALUES_FILE


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
    checked = check_all(sorted(directories))
    issues = [issue for each in checked for issue in each.issues]
    issues += find_duplicates(each.identity for each in checked if each.identity)
    return sorted(issues, key=Issue.sort_key)


def _no_pack(root: Path) -> Issue:
    marks = f"{PACK_FILE}, {VALUES_FILE} or {LOGO_FILE}"
    message = f"No pack found. The directory of a pack has a file {marks}."
    return Issue(root, None, message, root)
