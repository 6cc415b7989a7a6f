"""All checks of many packs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packs.checks.charts import check_charts
from packs.checks.duplicates import Identity, find_duplicates
from packs.checks.files import PackFiles
from packs.checks.json_text import JsonDocument
from packs.checks.links import check_links
from packs.checks.logo import check_logo
from packs.checks.mandatory import check_mandatory
from packs.checks.manifests import check_manifests
from packs.checks.names import check_names
from packs.checks.presets import check_presets
from packs.checks.readme import check_readme
from packs.checks.report import Issue, Report, Severity
from packs.checks.schema import check_schema, read_metadata
from packs.checks.secrets import check_secrets
from packs.checks.sizes import check_sizes
from packs.checks.values import check_values
from packs.source import LOGO_FILE, PACK_FILE, VALUES_FILE


@dataclass(frozen=True)
class _Checked:
    """The result of one pack."""

    issues: list[Issue]
    identity: Identity | None


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
    checked = [_check(directory) for directory in sorted(directories)]
    issues = [issue for each in checked for issue in each.issues]
    issues += find_duplicates(each.identity for each in checked if each.identity)
    return sorted(issues, key=Issue.sort_key)


def _no_pack(root: Path) -> Issue:
    marks = f"{PACK_FILE}, {VALUES_FILE} or {LOGO_FILE}"
    message = f"No pack found. The directory of a pack has a file {marks}."
    return Issue(root, None, message, root)


def _check(directory: Path) -> _Checked:
    report = Report(directory)
    files = PackFiles(directory, report)
    check_mandatory(files, report)
    check_links(files, report)
    check_sizes(files, report)
    document = read_metadata(files, report)
    if document:
        check_schema(document, report)
        check_names(document, report)
        if not files.is_too_large:
            check_charts(files, document, report)
        check_manifests(files, document, report)
    check_values(files, report)
    check_presets(files, report)
    check_readme(files, report)
    check_logo(files, report)
    if not files.is_too_large:
        check_secrets(files, report)
    return _Checked(report.issues, _identity(directory, document))


def _identity(directory: Path, document: JsonDocument | None) -> Identity | None:
    if document is None:
        return None
    name, version = document.value.get("name"), document.value.get("version")
    if not (isinstance(name, str) and isinstance(version, str)):
        return None
    return Identity(directory, name, version, document.line("version"))
