"""Makes a backup."""

from __future__ import annotations

from dataclasses import dataclass

from backup.copying import Blobs
from backup.distribution_copy import copy_distribution
from backup.integrity import broken_versions
from backup.layout import ZOT, layout_of
from backup.manifest import File, Manifest, Server, now
from backup.progress import Progress
from backup.source import Source
from backup.store import BackupWriter
from backup.zot_copy import copy_zot
from common.version import VERSION


@dataclass(frozen=True)
class Subject:
    """What is backed up, in addition to the packs."""

    stack: str
    pack_format: str
    """``Settings.pack_format``."""
    image: str
    image_digest: str
    storage: str
    """Place of the packs, for messages."""
    stack_files: tuple[File, ...]


def create_backup(
    subject: Subject, source: Source, writer: BackupWriter, progress: Progress
) -> Manifest:
    """Copy everything, and return the manifest of the finished backup.

    :raises UserError: if the packs can't be read, or the backup can't be written.
    """
    created = now()
    layout = layout_of(subject.pack_format)
    blobs = Blobs(writer, progress)
    copy = copy_zot if layout is ZOT else copy_distribution
    files = copy(source, blobs, progress)
    broken = broken_versions(layout, files, blobs.references, complete=False)
    manifest = Manifest(
        stack=subject.stack,
        created=created,
        program=VERSION,
        server=Server(
            layout=layout.name,
            layout_version=layout.version,
            pack_format=subject.pack_format,
            image=subject.image,
            image_digest=subject.image_digest,
        ),
        storage=subject.storage,
        content=writer.content,
        files=tuple(files),
        stack_files=subject.stack_files,
        owner=source.owner,
        broken=tuple(broken),
    )
    progress.stage("Writing the manifest")
    writer.finish(manifest)
    return manifest


def version_count(manifest: Manifest) -> int:
    """Return the number of versions of packs in a backup."""
    tags = layout_of(manifest.server.pack_format).tags(manifest.files)
    return sum(len(versions) for versions in tags.values())
