"""``make catalog``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.console import CommandError, console, count, info, size_text
from cli.options import file_option, stack_option
from cli.own_file import write_chosen_file
from cli.pack_options import no_pack_found, optional_pack_directory_option
from cli.stack_registry import read_registry
from common.errors import UserError

if TYPE_CHECKING:
    from packs.catalog.model import Catalog

DEFAULT_FILE = "catalog.html"


@click.command()
@stack_option
@optional_pack_directory_option
@file_option("HTML file to write.", DEFAULT_FILE)
def catalog(stack: str, pack: Path | None, file: str) -> None:
    """Write a page that shows the packs of a registry of flavor oci, or of a directory.

    Exits with 1 if a pack can't be read. The page is written nevertheless.
    """
    from packs.catalog.page import render

    if not file:
        raise CommandError(
            f"FILE is empty. Set it to the file to write (for example, FILE={DEFAULT_FILE})."
        )
    try:
        found = _read_directory(pack) if pack else _read_registry(stack)
    except UserError as error:
        raise CommandError(str(error)) from None
    text = render(found)
    write_chosen_file(Path(file), text)
    versions = [entry for each in found.packs for entry in each.entries]
    info(
        f"Wrote {count(len(found.packs), 'pack')} in {count(len(versions), 'version')} to {file} "
        f"({size_text(len(text))})."
    )
    for entry in versions:
        if entry.note:
            info(f"warning: {entry.reference}: {entry.note}")
    if broken := sum(entry.is_broken for entry in versions):
        fix = f"Run `make pack-check PACK={pack}`." if pack else "Push or delete what is broken."
        raise CommandError(
            f"{count(broken, 'version')} can't be shown. The page names the reason of each. {fix}"
        )


def _read_directory(directory: Path) -> Catalog:
    from packs.catalog.read import read_directory

    try:
        found = read_directory(directory)
    except OSError as error:
        raise CommandError(
            f"PACK: {error.filename} can't be read ({error.strerror}). Allow it, or set PACK to "
            "another directory."
        ) from None
    if not found.packs:
        raise CommandError(no_pack_found(directory))
    return found


def _read_registry(stack: str) -> Catalog:
    from packs.catalog import read

    registry = read_registry(stack)
    if not registry.is_oci:
        raise CommandError(
            f"The registry of stack {stack} has flavor pack, and its packs can't be read. To show "
            f"packs of a directory, set PACK (for example, `make catalog PACK=../packs`)."
        )
    with console.status("Reading the packs") as status:
        return read.read_registry(
            registry.client(),
            registry.base_content_path,
            lambda done, of_all: status.update(f"Reading the packs: {done} of {of_all}"),
        )
