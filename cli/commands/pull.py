"""``make pull``."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from cli.console import CommandError, count, info, size_text
from cli.options import file_option, stack_option
from cli.pack_options import pack_reference_option
from cli.stack_registry import read_registry
from common.errors import UserError


@click.command()
@stack_option
@pack_reference_option
@file_option("Directory to write. Default: NAME-VERSION.")
def pull(stack: str, pack: tuple[str, str], file: str) -> None:
    """Write a version of a pack to a directory."""
    from packs.pull import pull_pack

    name, version = pack
    registry = read_registry(stack)
    if not registry.is_oci:
        target = file or f"{name}-{version}"
        command = ["spectro", "pack", "pull", f"{name}:{version}", target]
        raise CommandError(
            f"The registry of stack {stack} has flavor pack. Pull from it with the Spectro CLI: "
            f"`{shlex.join([*command, '--registry-server', registry.server])}`."
        )
    name = registry.pack_name(name)
    written = Path(file or f"{name.replace('/', '-')}-{version}")
    repository = registry.repository(name)
    try:
        pulled = pull_pack(registry.client(), repository, version, written)
    except UserError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(
            f"{error.filename or written} can't be written ({error.strerror}). Set FILE to a "
            "directory that you may write."
        ) from None
    info(
        f"Wrote {name}:{version} to {written}: {count(pulled.files, 'file')}, "
        f"{size_text(pulled.size)} "
        f"({pulled.digest})."
    )
