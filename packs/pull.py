"""Pulls one version of a pack from an OCI registry into a directory."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from common.errors import UserError
from common.suggestions import did_you_mean
from packs.listing import layers_of, read_manifest, size_of, sorted_tags
from packs.registry import Manifest, PackRegistryClient
from packs.unpacking import ArchiveError, unpack

MAX_ARCHIVE = 2**30
"""Bytes of a compressed archive."""
SIMILAR_VERSION = 0.85
"""Similarity of a version that is suggested: v1.0.0 and 1.0.0, but not 2.0.0 and 1.0.0."""
MAX_NAMED = 20
"""Versions that a message names."""


@dataclass(frozen=True)
class Pulled:
    """What was written."""

    digest: str
    files: int
    size: int
    """Bytes of the files."""


def existing_manifest(client: PackRegistryClient, repository: str, version: str) -> Manifest:
    """Return the manifest of a version.

    :raises UserError: if there is none. The message names the versions that exist.
    """
    manifest = client.manifest(repository, version)
    if manifest is not None:
        return manifest
    name = repository.rpartition("/")[2]
    tags = sorted_tags(client.tags(repository))
    if not tags:
        text = f"The registry has no pack {name} (repository {repository})."
        raise UserError(f"{text} {_similar_pack(client, repository)}".rstrip())
    more = f" and {len(tags) - MAX_NAMED} more" if len(tags) > MAX_NAMED else ""
    suggestion = did_you_mean(version, tags, SIMILAR_VERSION)
    raise UserError(
        f"The registry has no version {version} of the pack {name}. It has "
        f"{', '.join(tags[-MAX_NAMED:])}{more}. {suggestion}".rstrip()
    )


def _similar_pack(client: PackRegistryClient, repository: str) -> str:
    """Suggest the pack next to a repository that has the most similar name."""
    parent, _, name = repository.rpartition("/")
    names = [
        each.removeprefix(f"{parent}/")
        for each in client.repositories()
        if each.startswith(f"{parent}/")
    ]
    return did_you_mean(name, names)


def pull_pack(client: PackRegistryClient, repository: str, version: str, target: Path) -> Pulled:
    """Write the files of a version to a directory that does not exist or is empty.

    The directory appears with all of its files, or not at all.

    :raises UserError: if the version does not exist, its archive is damaged or not safe to unpack,
        or the directory is in use.
    """
    ensure_unused(target)
    manifest = existing_manifest(client, repository, version)
    layers = layers_of(read_manifest(manifest))
    if len(layers) != 1:
        raise UserError(
            f"{repository}:{version} is not a pack: its manifest has {len(layers)} files instead "
            f"of one archive. Pull it with `oras pull`."
        )
    digest, size = str(layers[0].get("digest")), size_of(layers[0])
    if size > MAX_ARCHIVE:
        raise UserError(
            f"The archive of {repository}:{version} has {size} bytes. Packs have at most "
            f"{MAX_ARCHIVE}. Pull it with `oras pull`."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".pull-", dir=target.parent) as staging:
        archive, unpacked = Path(staging) / "archive", Path(staging) / "unpacked"
        client.download_blob(repository, digest, archive, limit=size)
        unpacked.mkdir()
        try:
            pack = unpack(archive, unpacked)
        except ArchiveError as error:
            raise UserError(
                f"The archive of {repository}:{version} was not unpacked: {error}. Nothing was "
                "written."
            ) from None
        files = [path for path in pack.rglob("*") if path.is_file() and not path.is_symlink()]
        written = sum(path.stat().st_size for path in files)
        ensure_unused(target)
        pack.rename(target)
    return Pulled(manifest.digest, len(files), written)


def ensure_unused(target: Path) -> None:
    """Check that a directory can be written as a whole.

    :raises UserError: if it exists with content, or is not a directory.
    """
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise UserError(f"{target} exists and is not a directory. Remove it, or set FILE.")
    if target.is_dir() and any(target.iterdir()):
        raise UserError(
            f"The directory {target} is not empty. Remove it, or set FILE to another directory."
        )
