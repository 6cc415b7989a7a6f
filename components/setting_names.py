"""Names of settings in messages, as the language of the user's program spells them.

Settings and their messages are written in camelCase, as stack files, YAML and TypeScript have them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml
from pydantic import BaseModel
from pydantic.alias_generators import to_snake

from common.settings_model import inner_model
from components.settings import Settings

Rename = Callable[[str], str]

_SPELLINGS: dict[str, Rename] = {
    "dotnet": lambda name: name[:1].upper() + name[1:],
    "go": lambda name: name[:1].upper() + name[1:],
    "python": to_snake,
}
"""How a runtime's SDKs spell a camelCase name. The others keep it."""

_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
_SEGMENT = r"[A-Za-z][A-Za-z0-9]*(?:\[\d+\])?"
_NAMES = re.compile(
    r'invalid value "(?:[^"\\]|\\.)*"'  # the user's own text
    rf"|(?P<path>(?<![\w./-]){_SEGMENT}(?:\.{_SEGMENT})*(?![\w/-]))"
)
_NAMED = re.compile(r"(?:^\s*- |\b[Ss]et |\b[Rr]emove )$")
"""What precedes a one-word name of a setting. Elsewhere, `port` may be just a port."""

_COMMANDS = (
    (re.compile(r"`make up`, or `pulumi up --refresh`"), "`pulumi up --refresh`"),
    (re.compile(r"([`\"])make up\1"), r"\1pulumi up\1"),
    (
        re.compile(r'Set it with "pulumi config set --secret [^"]*"'),
        "Set it to a secret of your program",
    ),
    (re.compile(r'Set it with "pulumi config set [^"]*"'), "Set it to the content of the file"),
)
"""Commands of this project, and what a program that uses the package does instead."""


def program_runtime(directory: Path) -> str:
    """Return the runtime of the Pulumi project that contains a directory; empty if unknown."""
    for parent in (directory, *directory.parents):
        for name in _PROJECT_FILES:
            if (parent / name).is_file():
                return _runtime(parent / name)
    return ""


def _runtime(project_file: Path) -> str:
    try:
        runtime = yaml.safe_load(project_file.read_text(encoding="utf-8"))["runtime"]
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        return ""
    return str(runtime.get("name", "") if isinstance(runtime, dict) else runtime)


def in_language(text: str, runtime: str) -> str:
    """Return a message with the names of settings as a runtime's SDK spells them."""
    for pattern, replacement in _COMMANDS:
        text = pattern.sub(replacement, text)
    rename = _SPELLINGS.get(runtime)
    if rename is None:
        return text
    return "\n".join(_renamed(line, rename) for line in text.split("\n"))


def _renamed(line: str, rename: Rename) -> str:
    def replace(match: re.Match[str]) -> str:
        path = match["path"]
        if path is None or not _is_setting(path):
            return match[0]
        is_word = path.islower() and path.isalpha()
        if is_word and not _NAMED.search(line[: match.start()]):
            return match[0]
        return re.sub(r"[A-Za-z][A-Za-z0-9]*", lambda name: rename(name[0]), path)

    return _NAMES.sub(replace, line)


def _is_setting(path: str) -> bool:
    """Whether a text is the path of a setting, or the camelCase name of one in a group."""
    plain = re.sub(r"\[\d+\]", "", path)
    return plain in _paths() or (not plain.islower() and plain in _last_names())


@functools.cache
def _paths() -> frozenset[str]:
    return frozenset(_walk(Settings, ""))


@functools.cache
def _last_names() -> frozenset[str]:
    return frozenset(path.rpartition(".")[2] for path in _paths())


def _walk(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, info in model.model_fields.items():
        path = f"{prefix}{info.alias or name}"
        yield path
        if inner := inner_model(info.annotation):
            yield from _walk(inner, f"{path}.")
