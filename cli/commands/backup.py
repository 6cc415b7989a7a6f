"""``make backup``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.backups.options import place_option, recipients_option
from cli.console import CommandError, count, info, make_command, size_text
from cli.hosts import host_of
from cli.options import stack_option
from cli.paths import PASSPHRASE
from cli.pulumi.binary import require_pulumi
from cli.pulumi.stack import read_outputs
from cli.settings import operational_settings
from cli.stack_file import no_registry
from components.maintenance.operation import Operation
from components.settings import Settings, Target

if TYPE_CHECKING:
    from backup.create import Subject
    from backup.manifest import Manifest
    from backup.record import Event
    from cli.backups.packs import StackPacks


@click.command()
@stack_option
@place_option
@recipients_option
def backup(stack: str, place: str, recipients: Path | None) -> None:
    """Back up the packs, Pulumi's record and the stack's file. The server keeps running."""
    # The libraries of backups take longer to load than other commands run.
    from cli.backups.packs import StackPacks
    from cli.backups.record import RECORD, secrets_provider
    from cli.backups.report import listed

    settings, pulumi = operational_settings(stack), require_pulumi()
    outputs = read_outputs(pulumi, stack, secrets=False)
    if not outputs:
        raise no_registry(stack)
    packs = StackPacks(stack, settings, pulumi, outputs)
    packs.ensure_supported()
    host = host_of(settings)
    host.ensure_ready()
    with host.maintenance_lock(stack, Operation.BACKUP):
        event, sent, manifest = _back_up(packs, place, recipients)
    info(
        f"Backed up {count(event.versions, 'version')} ({size_text(event.size)}, "
        f"{size_text(sent)} of it new) of stack {stack} to {place} in {event.seconds:.0f} s: "
        f"{event.backup}."
    )
    provider = secrets_provider(manifest.stack_file(RECORD) or "{}")
    info(f"{_key_hint(provider)} To test the backup, run `{drill_command(place, stack)}`.")
    if broken := manifest.broken:
        raise CommandError(
            "The backup is complete, but the registry itself can't serve these versions: "
            f"{listed(broken)}. Push them again, or delete them."
        )


def _back_up(packs: StackPacks, place: str, recipients: Path | None) -> tuple[Event, int, Manifest]:
    """Make the backup, and return it with the bytes that were sent."""
    from backup.create import create_backup
    from backup.encryption import Recipients
    from backup.store import BackupWriter
    from backup.target import open_target
    from cli.backups.progress import shown_progress
    from cli.backups.report import backup_errors, event_of, record_backup

    began = time.monotonic()
    with backup_errors():
        keys = Recipients(recipients) if recipients else None
        target = open_target(place, to_write=True)
        writer = BackupWriter(target, keys)
        with packs.source() as source, shown_progress() as progress:
            manifest = create_backup(_subject(packs), source, writer, progress)
        event = event_of(manifest, target.name, time.monotonic() - began)
        record_backup(target, packs.stack, event)
    return event, writer.sent, manifest


def _subject(packs: StackPacks) -> Subject:
    from backup.create import Subject
    from cli.backups.record import stack_files

    return Subject(
        stack=packs.stack,
        pack_format=packs.settings.pack_format,
        image=packs.settings.server_image,
        image_digest=_image_digest(packs, packs.settings),
        storage=str(packs.location),
        stack_files=stack_files(packs.pulumi, packs.stack),
    )


def _image_digest(packs: StackPacks, settings: Settings) -> str:
    """Return the digest or ID of the image that runs; empty in a cluster."""
    if settings.target is Target.KUBERNETES:
        return ""
    found = packs.engine.container(settings.container_name)
    reference = found.image if found else settings.server_image
    return packs.engine.digest(reference) or packs.engine.image_id(reference)


def drill_command(place: str, stack: str) -> str:
    """Return the command that tests a backup."""
    return make_command(f"drill FILE={place}", stack)


def _key_hint(provider: str) -> str:
    """Say what is not in the backup: the key of Pulumi's secrets."""
    if provider == "service":
        key = "Pulumi Cloud keeps the key of the secrets: it"
    elif provider == "passphrase":
        file = f" ({PASSPHRASE.parent.name}/{PASSPHRASE.name})" if PASSPHRASE.exists() else ""
        key = f"The passphrase of Pulumi's secrets{file}"
    else:
        key = f"The key of Pulumi's secrets ({provider})"
    return (
        f"{key} is not in the backup, and without it no password and no key can be restored. Keep "
        "it in another place."
    )
