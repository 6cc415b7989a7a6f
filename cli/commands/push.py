"""``make push``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.console import CommandError, count, info
from cli.options import stack_option
from cli.pack_options import no_pack_found, pack_directory_option
from cli.paths import STATE
from cli.push_report import failures, print_plan, print_result, push_progress, refusal
from cli.stack_registry import StackRegistry, read_registry
from common.errors import UserError

if TYPE_CHECKING:
    from packs.known import KnownContents
    from packs.plan import LocalPacks

KNOWN_FILE = "packs.json"
"""File in the directory of the state. Without it, a push reads all files and manifests."""
MANY = 20
"""Packs whose checks take seconds."""


@click.command()
@stack_option
@pack_directory_option
@click.option("--force", is_flag=True, help="Overwrite versions that have other content.")
@click.option("--dry-run", is_flag=True, help="Show what would be pushed, and change nothing.")
@click.option("--sync", is_flag=True, help="Make Palette read the registry, and wait for it.")
def push(stack: str, pack: Path, force: bool, dry_run: bool, sync: bool) -> None:
    """Check packs, and push their new versions to the registry."""
    from packs.workers import workers

    if sync and not dry_run:
        from cli.palette_sync import require_registration

        require_registration(stack)
    with workers(1) as pool:  # Pulumi reads the outputs while the files are read
        reading = pool.submit(read_registry, stack)
        local, known = _read_packs(pack)
        registry = reading.result()
    errors: list[str] = []
    if registry.is_oci:
        try:
            errors = _push(registry, local, known, force=force, dry_run=dry_run)
        except UserError as error:
            raise CommandError(str(error)) from None
        finally:
            _remember(known)
    else:
        _push_with_spectro(registry, pack, local.directories, force=force, dry_run=dry_run)
    if sync and not dry_run:
        from cli.palette_sync import sync_registry

        sync_registry(stack)
    if errors:
        raise CommandError("\n".join(errors))


def _read_packs(root: Path) -> tuple[LocalPacks, KnownContents]:
    """Read the packs of a directory, and what earlier pushes found out."""
    from packs.known import KnownContents
    from packs.plan import read_local
    from packs.source import pack_directories

    try:
        directories = pack_directories(root)
    except UserError as error:
        raise CommandError(str(error)) from None
    if not directories:
        raise CommandError(no_pack_found(root))
    known = KnownContents() if STATE.is_symlink() else KnownContents.read(STATE / KNOWN_FILE)
    return read_local(directories, known), known


def _remember(known: KnownContents) -> None:
    if not STATE.is_symlink():
        known.write(STATE / KNOWN_FILE)


def _push(
    registry: StackRegistry, local: LocalPacks, known: KnownContents, *, force: bool, dry_run: bool
) -> list[str]:
    """Push to an OCI registry. Return why versions were not pushed.

    :raises UserError: if the registry does not answer as expected.
    """
    from packs.plan import State, compare, place_of
    from packs.publish import publish
    from packs.retries import Retries

    client, retries = registry.client(), Retries()
    steps = compare(client, registry.base_content_path, local.packs, retries, known)
    sent = (State.NEW, State.CHANGED) if force else (State.NEW,)
    selected = [step for step in steps if step.state in sent]
    unchecked = [step.local.pack.directory for step in selected]
    _check({*unchecked, *local.errors, *local.duplicates})
    for error in local.errors.values():
        raise error
    refused = [step for step in steps if step.state is State.CHANGED and not force]
    present = sum(step.state is State.UNCHANGED for step in steps)
    if dry_run:
        print_plan(registry.stack, selected, present)
        return refusal(registry.stack, refused)
    with push_progress(selected) as progress:
        result = publish(client, selected, progress, retries)
    for step in selected:
        if step.reference in result.versions:
            place = place_of(client, step.repository, step.local)
            known.add_version(place, result.versions[step.reference].digest, step.local.content)
    print_result(registry.stack, selected, result, present)
    return [*failures(result), *refusal(registry.stack, refused)]


def _push_with_spectro(
    registry: StackRegistry, root: Path, directories: Sequence[Path], *, force: bool, dry_run: bool
) -> None:
    """Push to a registry of flavor pack, whose protocol belongs to the Spectro CLI."""
    if dry_run:
        raise CommandError(
            f"DRY_RUN requires flavor oci. The registry of stack {registry.stack} has flavor pack, "
            "and the Spectro CLI can't tell what it would push. Check the packs with `make "
            f"pack-check PACK={root}`."
        )
    from cli.spectro import push_with_spectro

    _check(directories)
    push_with_spectro(registry, directories, force=force)


def _check(directories: Collection[Path]) -> None:
    """Check packs, and print their errors and warnings.

    :raises CommandError: if one has an error.
    """
    if not directories:
        return
    from packs.checks import Severity, inspect_packs

    if len(directories) >= MANY:
        info(f"Checking {count(len(directories), 'pack')}")
    issues = inspect_packs(sorted(directories))
    for issue in issues:
        info(str(issue))
    errors = [issue for issue in issues if issue.severity is Severity.ERROR]
    if errors:
        packs = count(len({issue.pack for issue in errors}), "pack")
        raise CommandError(
            f"Found {count(len(errors), 'error')} in {packs}. Nothing was pushed. Fix them, and "
            "run the command again."
        )
