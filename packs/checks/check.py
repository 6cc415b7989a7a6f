"""All checks of one pack."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packs.checks.charts import check_charts
from packs.checks.duplicates import Identity
from packs.checks.files import PackFiles
from packs.checks.json_text import JsonDocument
from packs.checks.links import check_links
from packs.checks.logo import check_logo
from packs.checks.mandatory import check_mandatory
from packs.checks.manifests import check_manifests
from packs.checks.names import check_names
from packs.checks.presets import check_presets
from packs.checks.readme import check_readme
from packs.checks.report import Issue, Report
from packs.checks.schema import check_schema, read_metadata
from packs.checks.secrets import check_secrets
from packs.checks.sizes import check_sizes
from packs.checks.values import check_values


@dataclass(frozen=True)
class Checked:
    """The result of one pack."""

    issues: list[Issue]
    identity: Identity | None


def check_pack(directory: Path) -> Checked:
    """Check one pack."""
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
    return Checked(report.issues, _identity(directory, document))


def _identity(directory: Path, document: JsonDocument | None) -> Identity | None:
    if document is None:
        return None
    name, version = document.value.get("name"), document.value.get("version")
    if not (isinstance(name, str) and isinstance(version, str)):
        return None
    return Identity(directory, name, version, document.line("version"))
