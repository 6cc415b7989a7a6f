"""Name and version as a repository and a tag of a registry.

Palette looks for a pack at ``<base path>/spectro-packs/archive/<name>:<version>``. The grammar is
that of the OCI distribution specification 1.1, "Pulling manifests".
"""

from __future__ import annotations

import re

from packs.checks.json_text import JsonDocument
from packs.checks.report import Report
from packs.checks.text import shown
from packs.source import PACK_FILE

NAME = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
"""One part of a repository's path."""
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
MAX_NAME = 128
"""Clients limit host, base path and name to 255 characters altogether."""
_SEMANTIC = re.compile(r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")


def check_names(document: JsonDocument, report: Report) -> None:
    """Report a name or version that a registry refuses."""
    name, version = document.value.get("name"), document.value.get("version")
    if isinstance(name, str) and name.strip():
        if not NAME.fullmatch(name):
            report.error(PACK_FILE, _name_sentence(name), document.line("name"))
        elif len(name) > MAX_NAME:
            sentence = (
                f"name: invalid value {shown(name)}. Must have at most {MAX_NAME} characters."
            )
            report.error(PACK_FILE, sentence, document.line("name"))
    if isinstance(version, str) and version.strip():
        _check_version(version, document.line("version"), report)


def _name_sentence(name: str) -> str:
    return (
        f"name: invalid value {shown(name)}. Must be lowercase letters and digits, separated by "
        f"single dots, one or two underscores, or hyphens{_example(_fixed_name(name))}."
    )


def _check_version(version: str, line: int, report: Report) -> None:
    if not TAG.fullmatch(version):
        fixed = re.sub(r"[^A-Za-z0-9._-]+", "-", version.strip()).lstrip(".-")[:128]
        sentence = (
            f"version: invalid value {shown(version)}. Must be a tag of a registry: at most 128 "
            f"letters, digits, dots, underscores or hyphens{_example(fixed)}."
        )
        report.error(PACK_FILE, sentence, line)
    elif not _SEMANTIC.fullmatch(version):
        example = version.removeprefix("v")
        is_fixed = _SEMANTIC.fullmatch(example)
        sentence = (
            f"version: {shown(version)} is not a semantic version. Palette documents "
            f"MAJOR.MINOR.PATCH (for example, {shown(example if is_fixed else '1.0.0')})."
        )
        report.warning(PACK_FILE, sentence, line)


def _fixed_name(name: str) -> str:
    parts = re.findall(r"[a-z0-9]+", re.sub(r"([a-z])([A-Z])", r"\1-\2", name).lower())
    return "-".join(parts)[:MAX_NAME]


def _example(fixed: str) -> str:
    return f" (for example, {shown(fixed)})" if fixed else ""
