"""Builds packs: a valid one, and what is changed in it."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import struct
import subprocess
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from packs.checks import Issue, inspect_packs

Content = str | bytes | None | Callable[[Path], object]
"""Text or bytes of a file. None removes it. A function creates something else at its path."""
Changes = Mapping[str, Content]

METADATA: dict[str, Any] = {
    "name": "hello",
    "displayName": "Hello",
    "version": "1.0.0",
    "layer": "addon",
    "addonType": "monitoring",
    "cloudTypes": ["all"],
    "charts": ["charts/hello-1.0.0.tgz"],
    "kubeManifests": ["manifests/hello.yaml"],
    "annotations": {"source": "community"},
    "constraints": {
        "dependencies": [{"packName": "kubernetes", "layer": "k8s", "type": "optional"}],
        "resources": [
            {"type": "cpu", "minLimit": 100, "components": [{"scheduleType": "worker"}]},
        ],
    },
}
CHART_YAML = "apiVersion: v2\nname: hello\nversion: 1.0.0\n"
MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hello\n"


def pack_json(**changes: Any) -> str:
    """``pack.json`` with changed members. ``...`` removes one. Unchanged ones keep their lines."""
    merged = {**METADATA, **changes}
    return json.dumps({key: value for key, value in merged.items() if value is not ...}, indent=2)


def png(width: int = 1, height: int = 1, *, end: bool = True, damaged: bool = False) -> bytes:
    """A PNG image of one color."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = zlib.crc32(kind + body) ^ damaged
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0\0"))]
    return b"\x89PNG\r\n\x1a\n" + b"".join([*parts, *([chunk(b"IEND", b"")] if end else [])])


def archive(*members: tuple[str, bytes | str] | tarfile.TarInfo) -> bytes:
    """A gzip archive of files, and of other members."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as opened:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                opened.addfile(member)
                continue
            name, text = member
            content = text.encode() if isinstance(text, str) else text
            info = tarfile.TarInfo(name)
            info.size = len(content)
            opened.addfile(info, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)


def chart(
    chart_yaml: str = CHART_YAML, *members: tuple[str, bytes | str] | tarfile.TarInfo
) -> bytes:
    """The archive of a chart."""
    return archive(("hello/Chart.yaml", chart_yaml), ("hello/values.yaml", "a: 1\n"), *members)


def special_member(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    """A member of an archive that is no file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def link_to(target: str) -> Callable[[Path], object]:
    """Create a symbolic link."""
    return lambda path: path.symlink_to(target)


def sparse(size: int) -> Callable[[Path], object]:
    """Create a file that occupies no space."""

    def create(path: Path) -> None:
        with path.open("wb") as opened:
            opened.truncate(size)

    return create


@contextlib.contextmanager
def deep_directories(directory: Path, levels: int) -> Iterator[Path]:
    """Create directories in directories, deeper than a recursion, or the kernel's paths, can be.

    They are removed without recursion: pytest's own removal would fail in a later run.
    """
    here = os.open(directory, os.O_RDONLY)
    try:
        for _ in range(levels):
            os.mkdir("d", dir_fd=here)
            inner = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
        yield directory.joinpath(*["d"] * levels)
    finally:
        os.close(here)
        subprocess.run(["rm", "-rf", directory / "d"], check=True)


def build(directory: Path, changes: Changes | None = None) -> Path:
    """Write a valid pack with changes."""
    files: dict[str, Content] = {
        "pack.json": pack_json(),
        "values.yaml": "charts:\n  hello:\n    a: 1\n",
        "logo.png": png(),
        "README.md": "# Hello\n",
        "presets.yaml": "presets:\n- name: a\n  displayName: A\n  add: |\n    a: 1\n",
        "charts/hello-1.0.0.tgz": chart(),
        "manifests/hello.yaml": MANIFEST,
        **(changes or {}),
    }
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        if content is None:
            continue
        path = Path(os.fsdecode(os.fsencode(directory) + b"/" + os.fsencode(name)))
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return directory


def inspect(root: Path, *names: str) -> list[Issue]:
    """Check packs in a directory."""
    return inspect_packs([root / name for name in names], root)


def render(root: Path, cases: Mapping[str, Changes]) -> str:
    """Build each wrong pack, and return their issues as a readable text."""
    parts = []
    for number, (case, changes) in enumerate(cases.items()):
        build(root / f"{number}" / "pack", changes)
        issues = inspect(root / f"{number}", "pack")
        lines = [str(issue).replace(f"{root}/{number}/", "  ") for issue in issues]
        parts.append("\n".join([f"{case}:", *lines]))
    return "\n\n".join(parts) + "\n"
