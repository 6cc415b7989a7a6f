"""Image archives that `docker save` writes."""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

from components.docker import archive

CONTAINERD_NAME = "io.containerd.image.name"
"""Annotation of a manifest with the image's name."""

UNREADABLE = (OSError, tarfile.TarError, KeyError, ValueError, TypeError, AttributeError)
"""Errors of ``read_images`` if the file is not such an archive."""


@dataclass(frozen=True)
class ArchivedImage:
    """One image of an archive."""

    names: list[str]
    ids: list[str]
    """IDs (`sha256:...`) that Docker may use for it: the digest of its configuration, or that of
    its manifest if containerd stores the images."""


def read_images(path: Path) -> list[ArchivedImage]:
    """Read the images of an archive, or of a directory to which one was extracted.

    :raises Exception: one of ``UNREADABLE``, if it is not an archive that `docker save` wrote.
    """
    files = _read(path, "manifest.json", "index.json")
    entries = json.loads(files["manifest.json"])
    manifests = json.loads(files["index.json"])["manifests"] if "index.json" in files else []
    images = []
    for entry in entries:
        names = [str(name) for name in entry.get("RepoTags") or []]
        manifest_ids = [
            manifest["digest"]
            for manifest in manifests
            if _short_name(manifest.get("annotations", {}).get(CONTAINERD_NAME, "")) in names
        ]
        images.append(ArchivedImage(names, [f"sha256:{Path(entry['Config']).stem}", *manifest_ids]))
    return images


def _read(path: Path, *names: str) -> dict[str, bytes]:
    if path.is_dir():
        return {name: (path / name).read_bytes() for name in names if (path / name).is_file()}
    return archive.read_files(path, *names)


def ids_of(reference: str, images: list[ArchivedImage]) -> list[str]:
    """Return the IDs of an image in an archive; empty if it is not there."""
    name = _short_name(reference)
    return next((image.ids for image in images if name in image.names), [])


def _short_name(reference: str) -> str:
    """Shorten a reference as `docker save` does for images of Docker Hub."""
    return reference.removeprefix("docker.io/").removeprefix("library/")
