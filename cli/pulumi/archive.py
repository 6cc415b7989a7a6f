"""The archive of the Pulumi CLI: downloaded, verified with Pulumi's digest, and extracted."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import re
import sys
import tarfile
import tempfile
import urllib.request
from pathlib import Path

RELEASES = "https://get.pulumi.com/releases/sdk"
"""Pulumi publishes archives here, and a file with the SHA-256 digests of each release."""
_ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_CHUNK = 2**20


class ArchiveError(Exception):
    """There is no archive for this machine, or it is not the one that Pulumi published."""


def install_archive(root: Path) -> str:
    """Install the CLI version that matches the SDK into ``root/bin``.

    :returns: path of the CLI.
    :raises ArchiveError: if Pulumi publishes no digest for the archive, or another one.
    :raises OSError: if a download fails, or a file can't be written.
    """
    version = importlib.metadata.version("pulumi")
    name = archive_name(version, sys.platform, platform.machine())
    expected = published_digest(version, name)
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".install-") as directory:
        archive = Path(directory, name)
        found = _download(f"{RELEASES}/{name}", archive)
        if found != expected:
            raise ArchiveError(
                f"{name} has the SHA-256 digest {found}, and Pulumi publishes {expected}"
            )
        with tarfile.open(archive) as content:
            content.extractall(directory, filter="data")
        return _move_programs(Path(directory, "pulumi"), root / "bin")


def archive_name(version: str, system: str, machine: str) -> str:
    """Return the name of the archive for a system.

    :raises ArchiveError: if Pulumi publishes none.
    """
    architecture = _ARCHITECTURES.get(machine.lower())
    if system not in ("linux", "darwin") or architecture is None:
        raise ArchiveError(f"Pulumi publishes no CLI for {system} on {machine}")
    return f"pulumi-v{version}-{system}-{architecture}.tar.gz"


def published_digest(version: str, name: str) -> str:
    """Return the SHA-256 digest that Pulumi publishes for an archive.

    :raises ArchiveError: if there is none.
    """
    url = f"{RELEASES}/pulumi-{version}-checksums.txt"
    with urllib.request.urlopen(url) as response:  # noqa: S310 - https
        text = response.read(_CHUNK).decode(errors="replace")
    match = re.search(rf"^([0-9a-f]{{64}}) [ *]{re.escape(name)}$", text, re.MULTILINE)
    if match is None:
        raise ArchiveError(f"{url} has no digest for {name}")
    return match[1]


def _download(url: str, path: Path) -> str:
    """Download a file and return its SHA-256 digest."""
    digest = hashlib.sha256()
    with urllib.request.urlopen(url) as response, path.open("wb") as file:  # noqa: S310 - https
        while chunk := response.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _move_programs(source: Path, target: Path) -> str:
    """Move the programs, the CLI last: it is found only when the others exist."""
    target.mkdir(exist_ok=True)
    for program in sorted(source.iterdir(), key=lambda path: path.name == "pulumi"):
        program.replace(target / program.name)
    return str(target / "pulumi")
