"""``values.yaml`` and ``schema.yaml``: YAML, with the macros of Palette."""

from __future__ import annotations

from packs.checks.files import PackFiles
from packs.checks.limits import MAX_YAML_SIZE
from packs.checks.report import Report
from packs.checks.templates import read_templated_yaml
from packs.checks.text import TextError, shown
from packs.source import VALUES_FILE

SCHEMA_FILE = "schema.yaml"
"""Formats of the values ("Pack Constraints" in Palette's documentation)."""


def check_values(files: PackFiles, report: Report) -> None:
    """Report files that are not an object of YAML. An empty file is one."""
    for name in (VALUES_FILE, SCHEMA_FILE):
        text = files.read_text(name, MAX_YAML_SIZE) if files.is_file(name) else None
        if text is not None:
            _check(name, text, report)


def _check(name: str, text: str, report: Report) -> None:
    try:
        content = read_templated_yaml(text)
    except TextError as error:
        report.error(name, str(error), error.line)
        return
    filled = [node for node in content.documents if not node.is_null]
    for node in filled:
        if node.members is None:
            report.error(name, f"Invalid type {node.type_name}. Must be an object.", node.line)
    if len(filled) > 1:
        message = "A second document starts after `---`. Must be one document."
        report.error(name, message, filled[1].line)
    for key, line in content.repeated:
        report.warning(name, f"{shown(key)} is set twice. The last one applies.", line)
