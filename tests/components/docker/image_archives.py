"""Image archives as `docker save` writes them, without layers."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

IMAGE = "registry.example.com/packs/server:4.7.0"


def write_tar(path: Path, members: Mapping[str, bytes]) -> None:
    """Write an archive."""
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def write_archive(
    path: Path, *names: str, config: str = "1", layout: bool = False, containerd: str = ""
) -> str:
    """Write an image archive, and return its path.

    :param names: the names of the image.
    :param layout: whether it is an OCI layout, as newer engines write it.
    :param containerd: the name that containerd has for the image.
    """
    file = f"blobs/sha256/{config}" if layout else f"{config}.json"
    members: dict[str, Any] = {"manifest.json": [{"Config": file, "RepoTags": list(names)}]}
    if layout:
        annotations = {"io.containerd.image.name": containerd}
        manifests = [
            {"digest": "sha256:9", "annotations": annotations},
            {"digest": "sha256:8"},
        ]
        members["index.json"] = {"manifests": manifests}
    write_tar(path, {name: json.dumps(content).encode() for name, content in members.items()})
    return str(path)
