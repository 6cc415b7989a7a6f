"""``make drill``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.backups.options import backup_option, identity_option, place_option
from cli.console import CommandError, count, duration_text, info, make_command
from cli.docker.install import engine_errors_reported, ensure_docker
from cli.maintenance import hold_lock
from cli.options import stack_option
from cli.owners import stack_owner
from cli.pulumi.binary import require_pulumi
from cli.settings import operational_settings
from components.docker import names
from components.docker.engine import DockerEngine
from components.docker.maintenance_lock import DockerLockStore
from components.maintenance.operation import Operation
from components.settings import Settings

if TYPE_CHECKING:
    from backup.drill import DrillHost
    from backup.manifest import Manifest


@click.command()
@stack_option
@place_option
@backup_option
@identity_option
def drill(stack: str, place: str, name: str, identity: Path | None) -> None:
    """Restore a backup into a server that is removed at the end, and check everything."""
    from backup.drill import drill as run_drill
    from backup.encryption import Identities
    from backup.store import BackupReader
    from backup.target import open_target
    from backup.verify import verify_backup
    from cli.backups.progress import shown_progress
    from cli.backups.record import RECORD, decrypted_outputs
    from cli.backups.report import backup_errors, event_of, record_drill

    began = time.monotonic()
    settings, pulumi = operational_settings(stack), require_pulumi()
    engine = DockerEngine(settings.docker_host, settings.docker_cert_path)
    ensure_docker(engine)
    drill_name = names.drill(settings.container_name)
    with (
        engine_errors_reported(f"The drill of stack {stack} failed", make_command("drill", stack)),
        backup_errors(),
    ):
        keys = Identities(identity) if identity else None
        target = open_target(place, to_write=False)
        reader = BackupReader(target, keys)
        manifest = reader.manifest(reader.find(stack, name))
        host = _host(stack, settings, engine, drill_name, manifest)
        store = DockerLockStore(engine, drill_name, stack_owner(stack))
        with hold_lock(store, Operation.DRILL, stack), shown_progress() as progress:
            verify_backup(reader, manifest, progress)
            progress.stage("Reading the passwords in the backup")
            outputs = decrypted_outputs(pulumi, stack, manifest.stack_file(RECORD) or "{}")
            result = run_drill(host, reader, manifest, outputs.get("users", {}), progress)
        event = event_of(manifest, target.name, time.monotonic() - began)
        record_drill(target, stack, event)
    age = event.time - event.created
    info(
        f"The backup {manifest.identifier} is whole: {count(result.versions, 'version')} "
        f"in {count(result.repositories, 'repository', 'repositories')}, every digest checked"
        f"{_pulled(result.pulled, result.user)}. Everything that the drill created was removed."
    )
    info(
        f"A restore takes {result.restore_seconds:.0f} s. It would lose what was pushed since "
        f"{event.created:%Y-%m-%d %H:%M:%S} UTC, {duration_text(age.total_seconds())} ago."
    )


def _pulled(version: str, user: str) -> str:
    return f", and {version} pulled as {user}" if version else ""


def _host(
    stack: str, settings: Settings, engine: DockerEngine, name: str, manifest: Manifest
) -> DrillHost:
    """Return where the drill runs.

    :raises CommandError: if the host has no image of the server.
    """
    from backup.drill import DrillHost

    server = engine.container(settings.container_name)
    candidates = [server.image] if server else []
    candidates += [settings.server_image, manifest.server.image]
    image = next((each for each in candidates if engine.image_id(each)), "")
    if not image:
        raise CommandError(
            f"The image {settings.server_image} is not on the Docker host {engine.url}. Run "
            f"`docker pull {settings.server_image}`, then run this command again."
        )
    address = "127.0.0.1" if engine.is_local else settings.published_addresses[0]
    return DrillHost(engine, stack_owner(stack), name, image, address)
