"""Manifests that ``pack.json`` names: YAML of Kubernetes objects, perhaps a template."""

from __future__ import annotations

from packs.checks.files import PackFiles
from packs.checks.json_text import JsonDocument
from packs.checks.limits import MAX_YAML_SIZE
from packs.checks.references import check_references, unused_files
from packs.checks.report import Report
from packs.checks.seen import SeenContents
from packs.checks.templates import has_actions, read_templated_yaml
from packs.checks.text import TextError, shown
from packs.checks.yaml_text import YamlFile
from packs.source import PACK_FILE

FOLDER = "manifests"
ENDINGS = (".yaml", ".yml", ".json")
_without_issues = SeenContents()


def check_manifests(files: PackFiles, document: JsonDocument, report: Report) -> None:
    """Report manifests that are no objects of Kubernetes."""
    used: set[str] = set()
    for reference in check_references("kubeManifests", FOLDER, files, document, report):
        used.add(reference.target)
        if reference.target in files.directories:
            message = f"{reference.key}: {shown(reference.path)} is a directory. Must be a file."
            report.error(PACK_FILE, message, reference.line)
        else:
            _check_manifest(reference.target, files, report)
    for name in unused_files(FOLDER, ENDINGS, used, files):
        message = f"No path in kubeManifests of {PACK_FILE} names the file. Palette ignores it."
        report.warning(name, message)


def _check_manifest(name: str, files: PackFiles, report: Report) -> None:
    text = files.read_text(name, MAX_YAML_SIZE)
    digest = None if text is None else _without_issues.digest(text.encode())
    if text is None or digest is None:
        return
    before = len(report.issues)
    _check_text(name, text, report)
    if len(report.issues) == before:
        _without_issues.add(digest)


def _check_text(name: str, text: str, report: Report) -> None:
    is_template = has_actions(text)
    try:
        content = read_templated_yaml(text)
    except TextError as error:
        if is_template:
            message = f"The template can't be checked, because it is not YAML as it is. {error}"
            report.warning(name, message, error.line)
        else:
            report.error(name, str(error), error.line)
        return
    if not is_template:  # what a template adds is unknown
        _check_objects(name, content, report)


def _check_objects(name: str, content: YamlFile, report: Report) -> None:
    objects = [node for node in content.documents if not node.is_null]
    if not objects:
        report.warning(name, "The manifest has no object.")
    for node in objects:
        if node.members is None:
            message = f"Invalid type {node.type_name}. Must be an object of Kubernetes."
            report.error(name, message, node.line)
            continue
        for key in ("apiVersion", "kind"):
            if key not in node.members:
                report.error(name, f"{key} is required in an object of Kubernetes.", node.line)
    for key, line in content.repeated:
        report.warning(name, f"{shown(key)} is set twice. The last one applies.", line)
