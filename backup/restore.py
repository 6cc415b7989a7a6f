"""Restores the packs of a backup into an empty place."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import BinaryIO

from backup.errors import BackupError
from backup.layout import layout_of
from backup.manifest import File, Manifest
from backup.place import Place, Written, has_packs, mark_text, unfinished_restore
from backup.progress import Progress
from backup.store import BackupReader


def is_restorable(place: Place, manifest: Manifest) -> bool:
    """Return whether a place is empty, or the restore of the same backup was interrupted there.

    :raises BackupError: if the restore of another backup was interrupted.
    """
    unfinished = unfinished_restore(place.mark())
    if unfinished and unfinished != manifest.identifier:
        raise BackupError(
            f"The restore of the backup {unfinished} into {place.name} was interrupted. Complete "
            f"it first: run the same command with BACKUP={unfinished}."
        )
    layout = layout_of(manifest.server.pack_format)
    return bool(unfinished) or not has_packs(place.source, layout)


def restore_packs(
    place: Place, reader: BackupReader, manifest: Manifest, progress: Progress
) -> None:
    """Write the packs in the order of a push: blobs first, tags last.

    Every blob is checked again while it is written. The place has been checked before.

    :raises DamagedBackupError: if the backup changed since it was checked.
    """
    progress.stage("Restoring the packs", sum(f.size for f in manifest.files if f.text is None))
    place.set_mark(mark_text(manifest.identifier, is_done=False))
    files = (
        Written(file.path, file.size, _opened(reader, manifest, file, progress))
        for file in reversed(manifest.files)
    )
    place.write(files, manifest.owner)
    place.set_mark(mark_text(manifest.identifier, is_done=True))


@contextlib.contextmanager
def _opened(
    reader: BackupReader, manifest: Manifest, file: File, progress: Progress
) -> Iterator[BinaryIO]:
    if file.text is not None:
        yield io.BytesIO(file.text.encode())
        return
    with reader.blob(manifest, file.sha256, advance=progress.advance) as content:
        yield content  # type: ignore[misc] # it has what is used of it
        content.drain()
