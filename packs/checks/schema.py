"""``pack.json`` against the schema that Palette documents."""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from common.redaction import redact_value
from common.suggestions import did_you_mean
from packs.checks.files import PackFiles
from packs.checks.json_text import JsonDocument, JsonPath, read_json
from packs.checks.report import Report
from packs.checks.text import TextError, printable, shown, type_name
from packs.source import MAX_PACK_FILE, PACK_FILE

SCHEMA_FILE = Path(__file__).with_name("pack.schema.json")
ADDON_TYPES = (
    "logging",
    "monitoring",
    "load balancer",
    "authentication",
    "ingress",
    "security",
    "ai",
    "app services",
    "network",
    "storage",
    "registry",
    "servicemesh",
    "system app",
)
"""Values of ``addonType`` that Palette's console has groups for."""
_BIDIRECTIONAL = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_LINE_ENDS = "\t\n\r"
_ONE_LINE = ("displayName", "group", "addonType", "addonSubType", "eol")
"""Properties that tables and lists show."""


def read_metadata(files: PackFiles, report: Report) -> JsonDocument | None:
    """Read ``pack.json``. None if it is no object of JSON, which is reported."""
    text = files.read_text(PACK_FILE, MAX_PACK_FILE)
    if text is None:
        return None
    try:
        document = read_json(text)
    except TextError as error:
        report.error(PACK_FILE, str(error), error.line)
        return None
    for path, line in document.repeated:
        report.error(PACK_FILE, f"{format_path(path)} is set twice. Remove one of them.", line)
    if not isinstance(document.value, dict):
        kind = type_name(document.value)
        report.error(PACK_FILE, f"Invalid type {kind}. Must be an object.", document.line())
        return None
    return document


def check_schema(document: JsonDocument, report: Report) -> None:
    """Report what the schema refuses, and what Palette ignores."""
    described: set[JsonPath] = set()
    errors = list(_validator().iter_errors(document.value))
    for error in sorted(errors, key=lambda error: error.validator != "type"):
        path = tuple(error.absolute_path)
        if error.validator == "required":
            missing = re.findall(r"^'(\w+)'", error.message)[0]
            path, sentence = (*path, missing), _required(error.schema, path, missing)
        else:
            sentence = f"{format_path(path)}: {_problem(error)}"
        if path not in described:  # a value of a wrong type is no allowed value either
            report.error(PACK_FILE, sentence, document.line(*path))
        described.add(path)
    _check_strings(document, report)
    _check_ignored(document, report)


def format_path(path: JsonPath) -> str:
    """Return a path as ``constraints.dependencies[0].type``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        is_word = re.fullmatch(r"[\w-]{1,80}", part, re.ASCII)
        name = redact_value(part) if is_word else shown(part)
        text += f".{name}" if text else name
    return text


@functools.cache
def _schema() -> Mapping[str, Any]:
    schema: Mapping[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return schema


@functools.cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(_schema())


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a part of the schema with what its reference says."""
    name = schema.get("$ref", "").removeprefix("#/definitions/")
    return {**_schema()["definitions"][name], **schema} if name else schema


def _required(schema: Mapping[str, Any], parent: JsonPath, name: str) -> str:
    allowed = _must_be(_resolved(schema["properties"][name]))
    return f"{format_path((*parent, name))} is required. {allowed}"


def _problem(error: Any) -> str:
    """Describe an invalid value. Lists and objects are not shown."""
    value, schema = error.instance, _described(error)
    if error.validator == "type":
        return f"invalid type {type_name(value)}. {_must_be(schema)}"
    suggestion = did_you_mean(str(value).lower(), schema.get("enum", ()))
    if suggestion:
        return f"invalid value {shown(value)}. Must be one of: {_list(schema)}. {suggestion}"
    return f"invalid value {shown(value)}. {_must_be(schema)}"


def _described(error: Any) -> Mapping[str, Any]:
    """Return the schema of an error's value, with the example of the property that refers to it."""
    schema: Mapping[str, Any] = error.schema
    examples = _examples(tuple(error.absolute_path)) or schema.get("examples")
    return {**schema, "examples": examples}


def _examples(path: JsonPath) -> Any:
    """Return the examples of the property at a path."""
    schema: Mapping[str, Any] = _schema()
    for part in path:
        if isinstance(part, int):
            schema = _resolved(schema.get("items", {}))
        else:
            properties = schema.get("properties", {})
            schema = _resolved(properties.get(part) or schema.get("additionalProperties", {}))
    return schema.get("examples")


def _list(schema: Mapping[str, Any]) -> str:
    return ", ".join(schema["enum"])


def _must_be(schema: Mapping[str, Any]) -> str:
    allowed = f"one of: {_list(schema)}" if "enum" in schema else schema["description"]
    examples = schema.get("examples")
    example = f" (for example, {json.dumps(examples[0])})" if examples else ""
    return f"Must be {allowed}{example}."


def _check_strings(document: JsonDocument, report: Report) -> None:
    """Report characters that a terminal or a page interprets."""
    for path, text in _strings(document.value):
        if path in (("name",), ("version",)):  # the check of names reports them
            continue
        allowed = "" if path[0] in _ONE_LINE else _LINE_ENDS
        if bad := next((each for each in text if _is_control(each) and each not in allowed), ""):
            sentence = f"has the control character {printable(bad)}. Remove it."
            report.error(PACK_FILE, f"{format_path(path)} {sentence}", document.line(*path))


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs") or character in _BIDIRECTIONAL


def _strings(value: Any) -> Iterator[tuple[JsonPath, str]]:
    """Yield all strings, with their paths."""
    pending: list[tuple[JsonPath, Any]] = [((), value)]
    while pending:
        path, item = pending.pop()
        if isinstance(item, str):
            yield path, item
        elif isinstance(item, dict):
            pending += [((*path, key), each) for key, each in item.items()]
        elif isinstance(item, list):
            pending += [((*path, index), each) for index, each in enumerate(item)]


def _check_ignored(document: JsonDocument, report: Report) -> None:
    """Warn of keys that look like others, and of what Palette's table requires in addition."""
    value = document.value
    names = tuple(_schema()["properties"])
    lower = {name.lower(): name for name in names}
    for key in value:
        known = lower.get(key.lower())
        suggestion = f'Did you mean "{known}"?' if known else did_you_mean(key, names, 0.8)
        if key not in names and suggestion:
            sentence = f"Unknown property {format_path((key,))}. {suggestion}"
            report.warning(PACK_FILE, sentence, document.line(key))
    if "cloudTypes" not in value and "cloudType" not in value:
        report.warning(
            PACK_FILE,
            'cloudTypes is not set. Palette documents it as required (for example, ["all"]).',
            document.line(),
        )
    _check_addon_type(document, report)


def _check_addon_type(document: JsonDocument, report: Report) -> None:
    if document.value.get("layer") != "addon":
        return
    addon_type = document.value.get("addonType", "")
    if addon_type in ADDON_TYPES or not isinstance(addon_type, str):
        return
    allowed = ", ".join(ADDON_TYPES)
    if not addon_type:
        sentence = f"addonType is not set. Set it to one of: {allowed}."
    else:
        suggestion = did_you_mean(addon_type.lower(), ADDON_TYPES)
        sentence = f"addonType: unknown value {shown(addon_type)}. Palette documents: {allowed}."
        sentence += f" {suggestion}" if suggestion else ""
    report.warning(PACK_FILE, sentence, document.line("addonType"))
