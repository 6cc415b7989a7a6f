"""Checks a bundle and unpacks it. ``make bundle`` writes this program into ``unbundle.sh``.

It uses nothing but Python: the project and its packages are inside the bundle.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DESCRIPTION, SUMS, SCRIPT = "bundle.json", "SHA256SUMS", "unbundle.sh"
CONTENT = ".bundle"
_CHUNK = 2**20
_SUM = re.compile(r"([0-9a-f]{64})  ([^/\0]+)")
_PART = re.compile(r"(.+)\.part([0-9]{3,})")
_PROGRAMS = ("bash", "make", "tar")


class UnpackError(Exception):
    """The bundle can't be unpacked. The message ends with the fix."""


def say(text: str) -> None:
    """Print a step."""
    print(f"> {text}", file=sys.stderr, flush=True)  # noqa: T201


# The bundle's files


def check_bundle(here: Path) -> tuple[dict[str, Any], list[Path]]:
    """Check that the bundle is complete and unchanged.

    :returns: its description, and its parts in order.
    :raises UnpackError: if a file is missing, cut off, changed, or not part of the bundle.
    """
    sums = _read_sums(here / SUMS)
    parts = sorted(name for name in sums if _PART.fullmatch(name))
    for name in (DESCRIPTION, SCRIPT):
        if name not in sums:
            raise UnpackError(f"{SUMS} is damaged: it has no digest of {name}. {_COPY_AGAIN}")
    found = {path.name for path in here.iterdir() if _PART.fullmatch(path.name)}
    if extra := sorted(found - set(parts)):
        raise UnpackError(
            f"{', '.join(extra)} is not part of this bundle. Keep the files of each bundle in a "
            "directory of its own."
        )
    if missing := sorted(name for name in sums if not (here / name).is_file()):
        raise UnpackError(f"{', '.join(missing)} is missing in {here}. {_COPY_AGAIN}")
    _check_digest(here / DESCRIPTION, sums[DESCRIPTION])
    description = dict(json.loads((here / DESCRIPTION).read_text(encoding="utf-8")))
    expected = [f"{description['name']}.part{n:03}" for n in range(1, description["parts"] + 1)]
    if parts != expected:
        raise UnpackError(
            f"{SUMS} is damaged: it has {len(parts)} parts, and the bundle has {len(expected)}. "
            f"{_COPY_AGAIN}"
        )
    _check_digest(here / SCRIPT, sums[SCRIPT])
    for number, name in enumerate(parts, 1):
        say(f"Checking part {number} of {len(parts)}")
        _check_digest(here / name, sums[name])
    return description, [here / name for name in parts]


_COPY_AGAIN = "Copy all files of the bundle again. Nothing was unpacked."


def _read_sums(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise UnpackError(f"{path} is missing or damaged. {_COPY_AGAIN}") from None
    found = [_SUM.fullmatch(line) for line in lines]
    names = [match[2] for match in found if match]
    if None in found or len(set(names)) < len(names):
        raise UnpackError(f"{path} is damaged. {_COPY_AGAIN}")
    return {match[2]: match[1] for match in found if match}


def _check_digest(path: Path, expected: str) -> None:
    if digest(path) != expected:
        raise UnpackError(f"{path.name} is damaged: it has another digest. {_COPY_AGAIN}")


def digest(path: Path) -> str:
    """Return the SHA-256 digest of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


# This machine


def check_machine(description: dict[str, Any], target: Path) -> None:
    """Check everything on this machine that could stop the rest.

    :raises UnpackError: if there is a problem.
    """
    python = description["python"]
    here = {
        "version": f"{sys.version_info.major}.{sys.version_info.minor}",
        "implementation": sys.implementation.name,
        "system": sys.platform,
        "machine": platform.machine(),
    }
    for key, found in here.items():
        if found != python[key]:
            raise UnpackError(
                f"The bundle is for {_python_name(python)}, and this is {_python_name(here)}. "
                "Select another Python with PYTHON=/path/to/python3, or make the bundle on a "
                "machine like this one. Nothing was unpacked."
            )
    libc, version = platform.libc_ver()
    if libc != python["libc"] or _numbers(version) < _numbers(python["libcVersion"]):
        raise UnpackError(
            f"The bundle needs {python['libc']} {python['libcVersion']} or newer, and this machine "
            f"has {libc or 'another C library'} {version}. Use a newer system, or make the bundle "
            "on a machine like this one. Nothing was unpacked."
        )
    programs = (*_PROGRAMS, *description["programs"])
    if missing := [name for name in programs if not shutil.which(name)]:
        raise UnpackError(f"{', '.join(missing)} not found on PATH. Install it. {_NOTHING}")
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        raise UnpackError(
            f"Python's venv module is incomplete. Install it (for example, `sudo apt-get install "
            f"python3-venv`). {_NOTHING}"
        )
    place = next(path for path in (target, *target.parents) if path.exists())
    needed, free = description["unpackedBytes"], shutil.disk_usage(place).free
    if free < needed:
        raise UnpackError(
            f"{place} has {free / 1e9:.1f} GB of free space, and the bundle needs "
            f"{needed / 1e9:.1f} GB. {_NOTHING}"
        )


_NOTHING = "Nothing was unpacked."


def check_target(target: Path) -> None:
    """Check that the target is empty or missing.

    :raises UnpackError: if it is not.
    """
    if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        raise UnpackError(f"{target} is not empty. Name a new directory. {_NOTHING}")


def check_pulumi(description: dict[str, Any], home: Path) -> None:
    """Check that Pulumi's files can be installed without replacing others.

    :raises UnpackError: if there is another Pulumi CLI.
    """
    files = description["pulumi"]["files"]
    for name, expected in files.items():
        path = home / name
        if path.exists() and (not path.is_file() or digest(path) != expected):
            raise UnpackError(
                f"{path} exists and is not the bundle's. It was not replaced. Set PULUMI_HOME to a "
                f"new directory, here and for each `make` command. {_NOTHING}"
            )
    found = shutil.which("pulumi")
    if found and Path(found).resolve() != (home / "bin" / "pulumi").resolve():
        raise UnpackError(
            f"The Pulumi CLI {found} is on PATH, and `make up` would use it instead of the "
            f"bundle's. Remove its directory from PATH, here and for each `make` command. "
            f"{_NOTHING}"
        )


def _python_name(python: dict[str, str]) -> str:
    name = {"cpython": "Python"}.get(python["implementation"], python["implementation"])
    return f"{name} {python['version']} on {python['system']} {python['machine']}"


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


# Installation


class _Parts(io.RawIOBase):
    """The content of all parts, as one file."""

    def __init__(self, paths: list[Path]) -> None:
        super().__init__()
        self._files = iter(paths)
        self._file = next(self._files).open("rb")

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read from the current part, or from the next one."""
        while not (count := self._file.readinto(buffer)):
            self._file.close()
            path = next(self._files, None)
            if path is None:
                return 0
            self._file = path.open("rb")
        return count


def unpack(parts: list[Path], target: Path) -> None:
    """Unpack the parts into the target, which appears complete or not at all."""
    say(f"Unpacking to {target}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as name:
        content = Path(name) / "content"
        content.mkdir(mode=0o755)
        with tarfile.open(fileobj=io.BufferedReader(_Parts(parts), _CHUNK), mode="r|gz") as tar:
            tar.extraction_filter = getattr(tarfile, "data_filter", None)
            for member in _with_current_time(tar):
                tar.extract(member, content)
        content.rename(target)


def _with_current_time(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield members that are as new as the files that `make` will create from them.

    The clock of this machine may be behind.
    """
    now = int(time.time())
    for member in tar:
        member.mtime = now
        yield member


def install_pulumi(source: Path, home: Path) -> None:
    """Move Pulumi's files to its directory, the CLI last: it is found only with all others."""
    files = sorted((path for path in source.rglob("*") if path.is_file()), key=_is_cli)
    if files:
        say(f"Installing the Pulumi CLI and its plugins into {home}")
    for path in files:
        place = home / path.relative_to(source)
        if place.exists():  # with the same content
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        new = place.with_name(f".{place.name}.new")
        shutil.move(path, new)
        new.replace(place)
    shutil.rmtree(source, ignore_errors=True)


def _is_cli(path: Path) -> bool:
    return path.name == "pulumi"


def run(target: Path, *command: str) -> None:
    """Run a command of the unpacked project.

    :raises UnpackError: if it fails. It has printed the reason.
    """
    environment = {**os.environ, "PYTHON": sys.executable}
    if subprocess.run(command, cwd=target, env=environment, check=False).returncode:
        raise UnpackError(
            "The bundle is unpacked, but not installed. Fix the error above, then run this command "
            "again."
        )


def is_unpacked(description: Path, target: Path) -> bool:
    """Whether the target has this bundle already, so that the rest can go on."""
    unpacked = target / CONTENT / DESCRIPTION
    return unpacked.is_file() and unpacked.read_bytes() == description.read_bytes()


def main(here: Path, arguments: list[str]) -> None:
    """Check and unpack the bundle in one directory into another.

    :raises UnpackError: if that fails.
    """
    if len(arguments) != 1 or not arguments[0] or arguments[0].startswith("-"):
        raise UnpackError(f"Name one new directory for the project: {here / SCRIPT} DIRECTORY")
    target = Path(arguments[0]).absolute()
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi").absolute()
    description, parts = check_bundle(here)
    goes_on = is_unpacked(here / DESCRIPTION, target)
    if not goes_on:
        check_target(target)
    check_machine(description, target)
    check_pulumi(description, home)
    if not goes_on:
        unpack(parts, target)
        shutil.copyfile(here / DESCRIPTION, target / CONTENT / DESCRIPTION)
    install_pulumi(target / CONTENT / "pulumi", home)
    run(target, "make", "--no-print-directory", ".venv/.installed")
    stack = description["stack"]
    if description["image"]:
        run(target, ".venv/bin/python", "-m", "cli", "load-image", "--stack", stack)
    for sentence in description["next"]:
        say(sentence.format(directory=target))


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2:])
    except UnpackError as error:
        sys.exit(f"x {error}")
    except OSError as error:
        sys.exit(f"x {error.filename or 'A file'}: {error.strerror}. Fix it, then run this again.")
    except KeyboardInterrupt:
        sys.stderr.write("x Stopped by Ctrl-C. Run the same command again.\n")
        sys.exit(130)
