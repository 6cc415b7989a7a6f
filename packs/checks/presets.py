"""``presets.yaml``: named sets of values ("Pack Presets" in Palette's documentation)."""

from __future__ import annotations

from packs.checks.files import PackFiles
from packs.checks.limits import MAX_YAML_SIZE
from packs.checks.report import Report
from packs.checks.templates import read_templated_yaml
from packs.checks.text import TextError, shown
from packs.checks.yaml_text import Node

PRESETS_FILE = "presets.yaml"


def check_presets(files: PackFiles, report: Report) -> None:
    """Report presets that Palette can't apply."""
    text = files.read_text(PRESETS_FILE, MAX_YAML_SIZE) if files.is_file(PRESETS_FILE) else None
    if text is None:
        return
    try:
        content = read_templated_yaml(text)
    except TextError as error:
        report.error(PRESETS_FILE, str(error), error.line)
        return
    for key, line in content.repeated:
        report.warning(PRESETS_FILE, f"{shown(key)} is set twice. The last one applies.", line)
    root = next((node for node in content.documents if not node.is_null), None)
    if root is not None:
        _check_presets(root, report)


def _check_presets(root: Node, report: Report) -> None:
    presets = (root.members or {}).get("presets")
    if presets is None:
        message = f"Invalid type {root.type_name}. Must be an object with a list of presets."
        if root.members is not None:
            message = "presets is required. Must be a list of objects with name and add."
        report.error(PRESETS_FILE, message, root.line)
        return
    if presets.items is None:
        if not presets.is_null:
            message = f"presets: invalid type {presets.type_name}. Must be a list of objects."
            report.error(PRESETS_FILE, message, presets.line)
        return
    names: set[str] = set()
    for index, preset in enumerate(presets.items):
        _check_preset(f"presets[{index}]", preset, names, report)


def _check_preset(place: str, preset: Node, names: set[str], report: Report) -> None:
    if preset.members is None:
        message = f"{place}: invalid type {preset.type_name}. Must be an object with name and add."
        report.error(PRESETS_FILE, message, preset.line)
        return
    name = preset.text("name")
    if not name.strip():
        report.error(PRESETS_FILE, f"{place}.name is required. Must be a string.", preset.line)
    elif name in names:
        message = f"{place}.name: {shown(name)} is the name of another preset. Must be unique."
        report.error(PRESETS_FILE, message, preset.members["name"].line)
    names.add(name)
    if not preset.text("displayName").strip():
        message = f"{place}.displayName is not set. Palette shows it to users."
        report.warning(PRESETS_FILE, message, preset.line)
    _check_change(place, preset, report)


def _check_change(place: str, preset: Node, report: Report) -> None:
    """Check what a preset adds and removes."""
    members = preset.members or {}
    remove, add = members.get("remove"), members.get("add")
    if remove is not None and remove.items is None and not remove.is_null:
        message = f"{place}.remove: invalid type {remove.type_name}. Must be a list of strings."
        report.error(PRESETS_FILE, message, remove.line)
    if add is None or add.is_null:
        return
    if add.scalar is None:
        message = (
            f"{place}.add: invalid type {add.type_name}. Must be a string of YAML: write `add: |`."
        )
        report.error(PRESETS_FILE, message, add.line)
        return
    try:
        read_templated_yaml(add.scalar)
    except TextError as error:
        line = add.line + (error.line or 0) if add.is_block else add.line
        report.error(PRESETS_FILE, f"{place}.add: {error}", line)
