"""``make pack-check``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.console import CommandError, count, info, result
from cli.pack_options import json_option, pack_directory_option
from common.errors import UserError

if TYPE_CHECKING:
    from packs.checks import Issue


@click.command()
@pack_directory_option
@json_option
def pack_check(pack: Path, as_json: bool) -> None:
    """Check a pack, or all packs of a directory. Exits with 1 if a pack has an error."""
    from packs.checks import Severity, inspect_packs
    from packs.source import pack_directories

    try:
        directories = pack_directories(pack)
    except UserError as error:
        raise CommandError(str(error)) from None
    issues = inspect_packs(directories, pack)
    # Messages have no secrets. The scrubber would take some paths for one.
    if as_json:
        result(json.dumps([_as_json(issue) for issue in issues], indent=2), secrets=True)
    else:
        for issue in issues:
            result(str(issue), secrets=True)
    errors = [issue for issue in issues if issue.severity is Severity.ERROR]
    warnings = count(len(issues) - len(errors), "warning")
    packs = count(len(directories), "pack")
    if errors:
        raise CommandError(
            f"Found {count(len(errors), 'error')} and {warnings} in {packs}. Fix the errors and "
            "run the command again."
        )
    info(f"Checked {packs}: no errors, {warnings}.")


def _as_json(issue: Issue) -> dict[str, str | int | None]:
    return {
        "pack": issue.shown_pack,
        "file": issue.shown_file,
        "line": issue.line,
        "severity": str(issue.severity),
        "message": issue.message,
    }
