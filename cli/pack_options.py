"""Options of the commands for packs."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import click

from cli.console import CommandError
from cli.options import from_environment

REFERENCE = re.compile(r"(?P<name>[a-z0-9][a-z0-9._/-]*):(?P<version>[A-Za-z0-9_][A-Za-z0-9_.-]*)")
"""Name and version of a pack, as a registry writes them."""


def no_pack_found(directory: Path) -> str:
    """Return the error of a directory without packs."""
    return (
        f"PACK: no pack found in {directory}. The directory of a pack has a file pack.json, "
        "values.yaml or logo.png."
    )


def _checked_directory(_: click.Context, __: click.Parameter, value: Any) -> Path:
    text = str(value)
    if not text:
        raise CommandError(
            "PACK is not set. Set it to a pack's directory, or to a directory of packs (for "
            "example, PACK=../packs)."
        )
    if not Path(text).is_dir():
        raise CommandError(f'PACK: "{text}" {_problem(Path(text))}')
    return Path(text)


def _problem(path: Path) -> str:
    """Say why a path is no directory, and how to fix that."""
    if set(path.name) & set("*?["):
        parent = path.parent
        return (
            "is a wildcard. One command pushes or checks all packs of a directory, at any depth: "
            f"set PACK to it (for example, PACK={parent if parent.is_dir() else '../packs'})."
        )
    if path.is_file():
        return f"is a file. Set PACK to its directory (for example, PACK={path.parent})."
    return (
        "is not a directory. Must be a pack's directory, or a directory of packs (for example, "
        "PACK=../packs)."
    )


def _checked_optional_directory(
    context: click.Context, parameter: click.Parameter, value: Any
) -> Path | None:
    return None if value is None else _checked_directory(context, parameter, value)


def _checked_reference(_: click.Context, __: click.Parameter, value: Any) -> tuple[str, str]:
    text = str(value)
    if not text:
        raise CommandError(
            "PACK is not set. Set it to a pack's name and version (for example, PACK=nginx:1.0.0)."
        )
    found = REFERENCE.fullmatch(text)
    if not found:
        raise CommandError(
            f'PACK: invalid value "{text}". Must be a pack\'s name and version (for example, '
            "PACK=nginx:1.0.0)."
        )
    return found["name"], found["version"]


def _checked_format(_: click.Context, __: click.Parameter, value: Any) -> bool:
    if value not in ("table", "json"):
        raise CommandError(f'OUTPUT: invalid value "{value}". Must be one of: table, json.')
    return bool(value == "json")


pack_directory_option = click.option(
    "--pack",
    default=from_environment("PACK", ""),
    callback=_checked_directory,
    show_default="PACK",
    help="Directory of a pack, or of packs.",
)
"""Hands over a `Path`."""
optional_pack_directory_option = click.option(
    "--pack",
    default=lambda: os.environ.get("PACK"),
    callback=_checked_optional_directory,
    show_default="PACK",
    help="Directory of a pack, or of packs. The registry is not asked.",
)
"""Hands over a `Path`, or None if PACK is not set. An empty PACK does not mean the registry."""
pack_reference_option = click.option(
    "--pack",
    default=from_environment("PACK", ""),
    callback=_checked_reference,
    show_default="PACK",
    help="Name and version of a pack.",
)
"""Hands over a tuple of name and version."""
json_option = click.option(
    "--output",
    "as_json",
    default=from_environment("OUTPUT", "table"),
    callback=_checked_format,
    show_default="OUTPUT, or table",
    help="`table` or `json`.",
)
"""Hands over whether the result is JSON."""
