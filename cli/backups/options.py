"""Options of the commands for backups."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cli.console import CommandError
from cli.options import from_environment, validate_stack_name


def _checked_place(_: click.Context, __: click.Parameter, value: Any) -> str:
    if not value:
        raise CommandError(
            "FILE is not set. Set it to a directory, a .tar file or a bucket for backups (for "
            "example, FILE=/srv/backups/packs or FILE=s3://backups/packs)."
        )
    return str(value)


def _checked_keys(_: click.Context, parameter: click.Parameter, value: Any) -> Path | None:
    if not value:
        return None
    path = Path(str(value)).expanduser()
    if not path.is_file():
        name = str(parameter.name).upper()
        raise CommandError(f'{name}: "{value}" is not a file. Must be a file with keys of age.')
    return path


def _checked_origin(_: click.Context, __: click.Parameter, value: Any) -> str:
    if value:
        validate_stack_name(str(value))
    return str(value)


def _keys_option(name: str, text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return an option for a file with keys, whose default is the variable of its name."""
    variable = name.upper()
    return click.option(
        f"--{name}",
        default=from_environment(variable, ""),
        callback=_checked_keys,
        show_default=variable,
        help=text,
    )


place_option = click.option(
    "--place",
    default=from_environment("FILE", ""),
    callback=_checked_place,
    show_default="FILE",
    help="Directory, .tar file or bucket (s3://BUCKET/PREFIX) of the backups.",
)
recipients_option = _keys_option("recipients", "File with the public keys to encrypt for.")
identity_option = _keys_option("identity", "File with the private key of an encrypted backup.")
backup_option = click.option(
    "--backup",
    "name",
    default=from_environment("BACKUP", ""),
    show_default="BACKUP, or the newest",
    help="Name of the backup.",
)
origin_option = click.option(
    "--origin",
    default=from_environment("FROM", ""),
    callback=_checked_origin,
    show_default="FROM, or STACK",
    help="Name of the stack whose backup is used.",
)
