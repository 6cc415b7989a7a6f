"""The Python packages of a bundle, as wheels for this machine's Python."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from cli.console import CommandError
from cli.paths import ROOT

_PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
_MANYLINUX = re.compile(r"manylinux_(\d+)_(\d+)_|manylinux(1|2010|2014)_")
_NAMED = {"1": (2, 5), "2010": (2, 12), "2014": (2, 17)}
"""glibc versions of the older tags (PEP 600)."""


def download_wheels(requirements: Iterable[str], directory: Path) -> None:
    """Download the wheels of locked requirements, and check that pip installs from them alone.

    pip checks the digests of both.

    :raises CommandError: if pip fails.
    """
    files = [option for name in requirements for option in ("--requirement", str(ROOT / name))]
    common = ["--quiet", "--require-hashes", *files]
    _pip("download", "--only-binary", ":all:", "--dest", str(directory), *common)
    offline = ["--no-index", "--find-links", str(directory), "--dry-run", "--ignore-installed"]
    _pip("install", *offline, *common)


def required_python(wheels: Iterable[str]) -> dict[str, str]:
    """Return what the other machine's Python must be, for wheels with these file names."""
    libc, _ = platform.libc_ver()
    oldest = max(map(_glibc, wheels), default=(0, 0))
    return {
        "version": f"{sys.version_info.major}.{sys.version_info.minor}",
        "implementation": sys.implementation.name,
        "system": sys.platform,
        "machine": platform.machine(),
        "libc": libc,
        "libcVersion": ".".join(map(str, oldest)),
    }


def _glibc(wheel: str) -> tuple[int, int]:
    """Return the oldest glibc on which a wheel runs: the one of its least demanding tag."""
    found = [
        _NAMED[named] if named else (int(major), int(minor))
        for major, minor, named in _MANYLINUX.findall(wheel)
    ]
    return min(found, default=(0, 0))


def _pip(*arguments: str) -> None:
    done = subprocess.run([*_PIP, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = (lines or done.stderr.strip().splitlines() or ["pip failed"])[-1]
        raise CommandError(
            f"The packages of the requirements are not available as wheels for this machine "
            f"({reason.removeprefix('ERROR: ')}). Check the package index (PIP_INDEX_URL), then "
            "run this command again."
        )
