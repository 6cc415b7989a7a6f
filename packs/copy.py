"""Copies all packs of one registry to another.

Content is addressed by its digest. A copy that was interrupted continues: what is there is not sent
again. No version is overwritten.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from common.errors import UserError
from packs.registry import Manifest, PackRegistryClient

WORKERS = 4
"""Repositories that are copied at the same time."""


@dataclass
class Copied:
    """The result of a copy."""

    versions: int = 0
    """Versions that were copied."""
    present: int = 0
    """Versions that were there already."""
    size: int = 0
    """Bytes of the blobs that were sent."""
    different: list[str] = field(default_factory=list)
    """Versions that have other content in the target, as NAME:VERSION. They were left alone."""

    def add(self, other: Copied) -> None:
        """Add the result of another part."""
        self.versions += other.versions
        self.present += other.present
        self.size += other.size
        self.different += other.different


def copy_packs(
    source: PackRegistryClient, target: PackRegistryClient, report: Callable[[str, Copied], None]
) -> Copied:
    """Copy all versions of all repositories.

    :param report: called after each repository with its name and result.
    :raises UserError: if a registry does not answer as expected.
    """
    total = Copied()
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        names = list(source.repositories())
        results = pool.map(lambda name: _copy_repository(source, target, name), names)
        for name, result in zip(names, results, strict=True):
            report(name, result)
            total.add(result)
    return total


def _copy_repository(source: PackRegistryClient, target: PackRegistryClient, name: str) -> Copied:
    result = Copied()
    for tag in source.tags(name):
        manifest, found = source.manifest(name, tag), target.manifest(name, tag)
        if manifest is None:  # it was deleted meanwhile
            continue
        if found is not None:
            if found.digest == manifest.digest:
                result.present += 1
            else:
                result.different.append(f"{name}:{tag}")
            continue
        result.size += _copy_content(source, target, name, manifest)
        target.put_manifest(name, tag, manifest)
        result.versions += 1
    return result


def _copy_content(
    source: PackRegistryClient, target: PackRegistryClient, name: str, manifest: Manifest
) -> int:
    """Copy what a manifest refers to, and return the bytes of the blobs that were sent."""
    content = json.loads(manifest.content)
    size = 0
    for each in content.get("manifests", []):
        child = source.manifest(name, each["digest"])
        if child is None:
            raise UserError(
                f"The manifest {each['digest']} of {name} is missing in {source.endpoint}. Push "
                "the pack again, or delete this version."
            )
        size += _copy_content(source, target, name, child)
        target.put_manifest(name, each["digest"], child)
    blobs = [content["config"]] if "config" in content else []
    for blob in [*blobs, *content.get("layers", [])]:
        size += _copy_blob(source, target, name, blob["digest"])
    return size


def _copy_blob(
    source: PackRegistryClient, target: PackRegistryClient, name: str, digest: str
) -> int:
    if target.has_blob(name, digest):
        return 0
    with tempfile.TemporaryDirectory(prefix="pack-registry-") as directory:
        file = Path(directory) / "blob"
        size = source.download_blob(name, digest, file)
        target.upload_blob(name, digest, file)
    return size
