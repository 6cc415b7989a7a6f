"""Charts that ``pack.json`` names: archives and directories with a ``Chart.yaml``."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from packs.checks.archive import Archive, unpack
from packs.checks.files import PackFiles
from packs.checks.json_text import JsonDocument
from packs.checks.limits import MAX_CHART_SIZE, MAX_YAML_SIZE
from packs.checks.references import Reference, check_references, unused_files
from packs.checks.report import Report
from packs.checks.secrets import report_archive_secrets
from packs.checks.text import TextError, decode, shown
from packs.checks.yaml_text import read_yaml
from packs.source import CHART_FILE, PACK_FILE

FOLDER = "charts"
ARCHIVES = (".tgz", ".tar.gz")
_VERSION = re.compile(r"v?\d+(?:\.\d+){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
"""What Helm accepts as a semantic version."""


@dataclass(frozen=True)
class _Packed:
    """An archive, perhaps in another one."""

    prefix: str
    """Beginning of its messages."""
    content: bytes


def check_charts(files: PackFiles, document: JsonDocument, report: Report) -> None:
    """Report charts that Helm can't load."""
    used: set[str] = set()
    for reference in check_references("charts", FOLDER, files, document, report):
        used.add(reference.target)
        if reference.target in files.directories:
            _check_directory(reference, files, report)
        else:
            _check_archive(reference.target, files, report)
    for name in unused_files(FOLDER, ARCHIVES, used, files):
        report.warning(
            name, f"No path in charts of {PACK_FILE} names the file. Palette ignores it."
        )


def _check_directory(reference: Reference, files: PackFiles, report: Report) -> None:
    name = posixpath.join(reference.target, CHART_FILE)
    if not files.is_file(name):
        report.error(
            PACK_FILE,
            f"{reference.key}: the directory {shown(reference.path)} has no {CHART_FILE}.",
            reference.line,
        )
        return
    content = files.read(name, MAX_YAML_SIZE)
    if content is not None:
        _check_chart_file(content, name, "", report)


def _check_archive(name: str, files: PackFiles, report: Report) -> None:
    content = files.read(name)
    if content is None:
        return
    limit = MAX_CHART_SIZE
    pending = [_Packed("", content)]
    while pending:
        packed = pending.pop()
        try:
            archive = unpack(packed.content, limit)
            chart_file = _chart_file(archive)
        except TextError as error:
            report.error(name, f"{packed.prefix}{error}")
            return  # a thousand bombs would take minutes
        limit -= len(archive.data)
        _check_chart_file(archive.content(chart_file) or b"", name, chart_file, report)
        report_archive_secrets(name, archive, report)
        pending += _subcharts(archive)


def _subcharts(archive: Archive) -> Iterator[_Packed]:
    """Yield the archives in an archive that Helm unpacks too."""
    for member in archive.members:
        if re.fullmatch(r"(?:\./)?[^/]+/charts/[^/_.][^/]*\.tgz", member.name):
            content = archive.data[member.start : member.start + member.size]
            yield _Packed(f"{shown(member.name)} in the archive: ", content)


def _chart_file(archive: Archive) -> str:
    """Return the path of the chart's ``Chart.yaml``.

    :raises TextError: if there is none or more than one.
    """
    names = {member.name for member in archive.members}
    found = sorted(name for name in names if re.fullmatch(rf"(?:\./)?[^/]+/{CHART_FILE}", name))
    if len(found) == 1:
        return found[0]
    if CHART_FILE in names:
        raise TextError(
            f"{CHART_FILE} is not in a directory of the archive. Create it with `helm package`."
        )
    if found:
        listed = ", ".join(shown(name) for name in found[:3])
        raise TextError(f"The archive has more than one chart: {listed}.")
    raise TextError(
        f"The archive has no {CHART_FILE} in its directory. Create it with `helm package`."
    )


def _check_chart_file(content: bytes, name: str, member: str, report: Report) -> None:
    """Report what Helm requires of a chart.

    :param name: the file, or the archive that has it.
    :param member: path in the archive. Empty if there is no archive.
    """

    def error(message: str, line: int | None = None) -> None:
        if member:
            place = f", line {line}" if line else ""
            report.error(name, f"{shown(member)} in the archive{place}: {message}")
        else:
            report.error(name, message, line)

    try:
        documents = read_yaml(decode(content)).documents
    except TextError as failure:
        error(str(failure), failure.line)
        return
    root = documents[0] if documents else None
    if root is None or root.members is None:
        kind = root.type_name if root else "null"
        error(f"Invalid type {kind}. Must be an object with name and version.")
        return
    for key in ("apiVersion", "name", "version"):
        if not root.text(key).strip():
            error(f"{key} is required.", root.line)
    chart, version = root.text("name"), root.text("version")
    if "/" in chart or chart in (".", ".."):
        error(f"name: invalid value {shown(chart)}. Must be a name without slashes.", root.line)
    if version.strip() and not _VERSION.fullmatch(version):
        line = (root.members or {})["version"].line
        error(f"version: invalid value {shown(version)}. Must be a semantic version.", line)
