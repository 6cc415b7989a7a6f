"""Checks of a backup before it is restored. They read all of it and write nothing."""

from __future__ import annotations

from backup.digests import References
from backup.errors import BackupError, DamagedBackupError
from backup.integrity import broken_versions
from backup.layout import DISTRIBUTION, ZOT, layout_of
from backup.manifest import Manifest
from backup.progress import Progress
from backup.store import BackupReader


def check_server(manifest: Manifest, pack_format: str) -> None:
    """Check that a server can read the packs of a backup.

    :param pack_format: ``Settings.pack_format`` of the server.
    :raises BackupError: if it has another layout.
    """
    server = manifest.server
    layout = {each.name: each for each in (DISTRIBUTION, ZOT)}.get(server.layout)
    if layout is None or server.layout_version > layout.version:
        raise BackupError(
            f"The backup {manifest.identifier} stores packs in version {server.layout_version} of "
            f"the layout {server.layout}, which this program does not know. Use the version "
            f"that made the backup ({manifest.program}) or a newer one."
        )
    if server.pack_format != pack_format:
        raise BackupError(
            f"The backup {manifest.identifier} is of {_described(server.pack_format)}, and the "
            f"stack has {_described(pack_format)}. Set flavor and ociServer as they were, restore "
            "the backup, then change the server (docs/how-to/move-packs.md)."
        )


def verify_backup(reader: BackupReader, manifest: Manifest, progress: Progress) -> None:
    """Check digest and size of everything in a backup, and that its versions are whole.

    :raises DamagedBackupError: if something is missing or changed.
    """
    name = manifest.identifier
    if missing := reader.missing(manifest):
        raise DamagedBackupError(
            name, f"{len(missing)} of its blobs are missing or cut off (sha256:{missing[0]})"
        )
    progress.stage("Checking the backup", sum(manifest.blobs.values()))
    references = References()
    for digest in manifest.blobs:
        with reader.blob(manifest, digest, references, progress.advance) as content:
            content.drain()
    layout = layout_of(manifest.server.pack_format)
    broken = broken_versions(layout, manifest.files, references, complete=True)
    if unexpected := sorted(set(broken) - set(manifest.broken)):
        raise DamagedBackupError(name, f"these versions are not whole: {', '.join(unexpected)}")


def _described(pack_format: str) -> str:
    return {
        "": "a pack registry (flavor pack)",
        "oci": "CNCF Distribution (ociServer: distribution)",
    }.get(pack_format, "zot (ociServer: zot)")
