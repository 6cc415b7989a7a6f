"""``make restore``."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.backups.options import backup_option, identity_option, origin_option, place_option
from cli.console import CommandError, count, info, make_command
from cli.hosts import host_of
from cli.options import stack_option
from cli.pulumi.binary import Pulumi, require_pulumi
from cli.pulumi.stack import read_outputs
from cli.settings import operational_settings
from components.maintenance.operation import Operation
from components.settings import Settings, Target

if TYPE_CHECKING:
    from backup.manifest import Manifest
    from backup.place import Place
    from backup.progress import Progress
    from backup.store import BackupReader
    from cli.backups.packs import StackPacks

NO_CHANGES = "No changes were made."


@click.command()
@stack_option
@place_option
@backup_option
@identity_option
@origin_option
def restore(stack: str, place: str, name: str, identity: Path | None, origin: str) -> None:
    """Restore packs into an empty registry, and Pulumi's record if it is lost."""
    from backup.encryption import Identities
    from backup.store import BackupReader
    from backup.target import open_target
    from cli.backups.report import backup_errors

    origin = origin or stack
    with backup_errors(NO_CHANGES):
        keys = Identities(identity) if identity else None
        reader = BackupReader(open_target(place, to_write=False), keys)
        manifest = reader.manifest(reader.find(origin, name))
    with _stack_file(stack, manifest):
        settings = operational_settings(stack)
        pulumi = require_pulumi()
        host = host_of(settings)
        host.ensure_ready()
        with host.maintenance_lock(stack, Operation.RESTORE):
            _Restore(stack, settings, pulumi, reader, manifest).run()


@contextlib.contextmanager
def _stack_file(stack: str, manifest: Manifest) -> Iterator[None]:
    """Write the stack's file if it is lost. If the block fails, remove it again."""
    from cli.backups.record import STACK_FILE, stack_file

    path, text = stack_file(stack), manifest.stack_file(STACK_FILE)
    if path.exists() or manifest.stack != stack or text is None:
        if path.exists() and manifest.stack == stack and path.read_text(encoding="utf-8") != text:
            info(f"{path.name} differs from the one in the backup. It was left as it is.")
        yield
        return
    path.write_text(text, encoding="utf-8")
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    info(f"Restored {path.name}")


@dataclass(frozen=True)
class _Restore:
    stack: str
    settings: Settings
    pulumi: Pulumi
    reader: BackupReader
    manifest: Manifest

    def run(self) -> None:
        """Check everything, then restore the record, then the packs."""
        from backup.restore import is_restorable
        from backup.verify import check_server, verify_backup
        from cli.backups.packs import StackPacks
        from cli.backups.progress import shown_progress
        from cli.backups.record import RecordState, record_state, recorded_outputs
        from cli.backups.report import backup_errors

        manifest, began = self.manifest, time.monotonic()
        state = record_state(self.pulumi, self.stack)
        loses_record = state is not RecordState.PRESENT and manifest.stack == self.stack
        outputs = (
            recorded_outputs(manifest)
            if loses_record
            else read_outputs(self.pulumi, self.stack, secrets=False)
        )
        packs = StackPacks(self.stack, self.settings, self.pulumi, outputs)
        packs.ensure_supported()
        with backup_errors(NO_CHANGES):
            check_server(manifest, self.settings.pack_format)
        with contextlib.ExitStack() as opened, backup_errors():
            progress = opened.enter_context(shown_progress())
            place = opened.enter_context(packs.place())
            with backup_errors(NO_CHANGES):
                is_empty = is_restorable(place, manifest)
                if not is_empty and not loses_record:
                    raise self._not_empty(place)
                if is_empty:
                    verify_backup(self.reader, manifest, progress)
            if loses_record:
                self._restore_record()
            if is_empty:
                with _stopped(packs):
                    self._restore_packs(place, progress)
        self._report(is_empty=is_empty, seconds=time.monotonic() - began)

    def _not_empty(self, place: Place) -> CommandError:
        return CommandError(
            f"The registry of stack {self.stack} has packs already, in {place.name}. A backup is "
            f"restored only into an empty place. {NO_CHANGES} To compare, restore it into a new "
            f"stack (for example, `make restore STACK={self.stack}-restored FROM={self.stack} "
            "FILE=...`)."
        )

    def _restore_record(self) -> None:
        from cli.backups.record import RECORD, import_record

        record = self.manifest.stack_file(RECORD)
        if record is None:
            return
        import_record(self.pulumi, self.stack, record)
        info(f"Restored Pulumi's record of stack {self.stack}, with its passwords and its CA")

    def _restore_packs(self, place: Place, progress: Progress) -> None:
        from backup.restore import restore_packs
        from cli.backups.report import backup_errors

        command = "The packs are restored in part. Run the same command again to continue."
        with backup_errors(command):
            restore_packs(place, self.reader, self.manifest, progress)

    def _report(self, *, is_empty: bool, seconds: float) -> None:
        from backup.create import version_count
        from cli.backups.report import listed

        manifest, up = self.manifest, make_command("up", self.stack)
        if is_empty:
            info(
                f"Restored {count(version_count(manifest), 'version')} of the backup "
                f"{manifest.identifier} in {seconds:.0f} s. Run `{up}` to update and verify the "
                "registry."
            )
        else:
            info(f"The packs are there already and were not changed. Run `{up}` to verify them.")
        if manifest.stack != self.stack:
            info(
                f"The backup is of stack {manifest.stack}. Only its packs were restored: stack "
                f"{self.stack} keeps its own passwords and certificate."
            )
        if is_empty and manifest.broken:
            info(
                "warning: when the backup was made, the registry could not serve these versions: "
                f"{listed(manifest.broken)}. Push them again."
            )


@contextlib.contextmanager
def _stopped(packs: StackPacks) -> Iterator[None]:
    """Stop the server on a Docker host, and start it at the end.

    Nobody pushes meanwhile, and the server reads the packs when it starts. Pods in a cluster are
    left alone.
    """
    if packs.settings.target is Target.KUBERNETES:
        yield
        return
    engine = packs.engine
    found = engine.container(packs.settings.container_name)
    if found is None or found.status != "running":
        yield
        return
    engine.stop_container(found.id)
    try:
        yield
    finally:
        engine.start_container(found.id)
