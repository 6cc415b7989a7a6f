"""Packs for the tests of the catalog: entries of a page, directories, archives and images."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from packs.catalog.model import Catalog, Entry, grouped

HOSTILE: list[str] = yaml.safe_load(
    Path(__file__).with_name("hostile_packs.yaml").read_text(encoding="utf-8")
)
"""Texts that run a script or send a request if a page shows them as markup."""
LAYERS = ("addon", "csi", "cni", "os", "k8s")
CLOUDS = ("all", "aws", "azure", "maas", "edge-native")
README = "# A pack\n\nThis pack installs something that is useful in a cluster.\n"


def png(width: int = 2, height: int = 2, *extra: tuple[bytes, bytes]) -> bytes:
    """Return a blue image. Extra chunks follow its header."""
    rows = zlib.compress((b"\0" + b"\x20\x60\xc0" * min(width, 9)) * min(height, 9))
    header = (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    chunks = (header, *extra, (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def entry(name: str, version: str = "1.0.0", **facts: Any) -> Entry:
    """Return a version of a pack that has everything."""
    known: dict[str, Any] = {
        "display_name": name.replace("-", " ").title(),
        "layer": "addon",
        "addon_type": "monitoring",
        "cloud_types": ("all",),
        "summary": "Something that is useful in a cluster.",
        "readme": README,
        "values": "pack:\n  namespace: default\n",
        "logo": ("image/png", png()),
        "size": 34_567,
        "digest": f"sha256:{'ab' * 32}",
        "pushed": "2026-02-03T04:05:06+00:00",
        "reference": f"registry.example.com/packs/spectro-packs/archive/{name}:{version}",
    }
    return Entry(name=name, version=version, **(known | facts))


def many(number: int) -> Catalog:
    """Return a catalog of that many packs. Their layers, clouds and READMEs differ."""
    entries = [
        entry(
            f"pack-{each:04}",
            layer=LAYERS[each % 5],
            cloud_types=(CLOUDS[each % 5],),
            addon_type=("monitoring", "ingress")[each % 2],
            readme=f"{README}\nKeyword{each:04} is in this README alone.\n" + "More text. " * 300,
            values=f"number: {each}\n" + "setting: value # with a comment\n" * 300,
        )
        for each in range(number)
    ]
    return Catalog("registry.example.com", "2026-02-03T04:05:06+00:00", grouped(entries))


def pack_files(**facts: Any) -> dict[str, bytes]:
    """Return the content of a pack's files, by name."""
    content = {
        "name": "nginx",
        "displayName": "NGINX",
        "version": "1.0.0",
        "layer": "addon",
        "addonType": "ingress",
        "cloudTypes": ["all"],
    }
    return {
        "pack.json": json.dumps(content | facts).encode(),
        "README.md": README.encode(),
        "values.yaml": b"pack:\n  namespace: nginx\n",
        "logo.png": png(),
    }


def write_pack(directory: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of a pack to a new directory."""
    directory.mkdir(parents=True)
    for name, content in files.items():
        (directory / name).write_bytes(content)


def archive(files: Mapping[str, bytes], *members: tarfile.TarInfo) -> bytes:
    """Return a compressed archive of files by path, with more members that have no content."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as made:
        for member in members:
            made.addfile(member)
        for name, content in files.items():
            found = tarfile.TarInfo(name)
            found.size = len(content)
            made.addfile(found, io.BytesIO(content))
    return gzip.compress(written.getvalue(), mtime=0)


def in_directory(directory: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return files in a directory, as the documented archive has them."""
    return {f"{directory}/{name}": content for name, content in files.items()}
