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
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

DESCRIPTION, SUMS, SCRIPT = "bundle.json", "SHA256SUMS", "unbundle.sh"
CONTENT = ".bundle"
_CHUNK = 2**20
_SUM = re.compile(r"([0-9a-f]{64})  ([^/\0]+)")
_PART = re.compile(r"(.+)\.part([0-9]{3,})")
_PROGRAMS = ("bash", "make", "tar")
_COPY_AGAIN = "Copy all files of the bundle again. Nothing was unpacked."
_NOTHING = "Nothing was unpacked."


class UnpackError(Exception):
    """The bundle can't be unpacked. The message ends with the fix."""


def say(text: str) -> None:
    """Print a step."""
    print(f"> {text}", file=sys.stderr, flush=True)  # noqa: T201


def check_bundle(here: Path) -> tuple[dict[str, Any], list[Path]]:
    """Check that the bundle is complete and unchanged.

    :returns: its description, and its parts in order.
    :raises UnpackError: if a file is missing, cut off, changed, or not part of the bundle.
    """
    sums = read_sums(here / SUMS)
    parts = sorted(name for name in sums if _PART.fullmatch(name))
    if not {DESCRIPTION, SCRIPT} <= set(sums):
        raise UnpackError(f"{here / SUMS} is damaged. {_COPY_AGAIN}")
    found = {path.name for path in here.iterdir() if _PART.fullmatch(path.name)}
    if extra := sorted(found - set(parts)):
        raise UnpackError(
            f"{', '.join(extra)} is not part of this bundle. Keep each bundle in a separate "
            "directory."
        )
    if missing := sorted(name for name in sums if not (here / name).is_file()):
        raise UnpackError(f"{', '.join(missing)} is missing in {here}. {_COPY_AGAIN}")
    _check_digest(here / DESCRIPTION, sums[DESCRIPTION])
    description = dict(json.loads((here / DESCRIPTION).read_text(encoding="utf-8")))
    expected = [f"{description['name']}.part{n:03}" for n in range(1, description["parts"] + 1)]
    if parts != expected:
        raise UnpackError(f"{here / SUMS} is damaged. {_COPY_AGAIN}")
    _check_digest(here / SCRIPT, sums[SCRIPT])
    for number, name in enumerate(parts, 1):
        say(f"Checking part {number} of {len(parts)}")
        _check_digest(here / name, sums[name])
    return description, [here / name for name in parts]


def read_sums(path: Path) -> dict[str, str]:
    """Read the digests of the bundle's files.

    :raises UnpackError: if the file is missing or damaged.
    """
    try:
        *lines, rest = path.read_bytes().decode("ascii").split("\n")
    except (OSError, UnicodeDecodeError):
        raise UnpackError(f"{path} is missing or damaged. {_COPY_AGAIN}") from None
    found = [_SUM.fullmatch(line) for line in lines]
    names = [match[2] for match in found if match]
    if rest or None in found or len(set(names)) < len(names):
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


def check_machine(description: dict[str, Any]) -> None:
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
                f"machine like this one. {_NOTHING}"
            )
    libc, version = platform.libc_ver()
    if libc != python["libc"] or _numbers(version) < _numbers(python["libcVersion"]):
        raise UnpackError(
            f"The bundle needs {python['libc']} {python['libcVersion']} or newer, and this machine "
            f"has {libc or 'another C library'} {version}. Use a newer system, or make the bundle "
            f"on a machine like this one. {_NOTHING}"
        )
    programs = (*_PROGRAMS, *description["programs"])
    if missing := [name for name in programs if not shutil.which(name)]:
        raise UnpackError(f"{', '.join(missing)} not found on PATH. Install it. {_NOTHING}")
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        raise UnpackError(
            "Python's venv module is incomplete. Install it (for example, the package "
            f"python3-venv). {_NOTHING}"
        )


def check_target(target: Path, size: int) -> None:
    """Check that the target is empty or missing, and has space.

    :param size: bytes of the unpacked files.
    :raises UnpackError: if it is not, or has not.
    """
    if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        raise UnpackError(f"{target} is not empty. Name a new directory. {_NOTHING}")
    place = next(path for path in (target, *target.parents) if path.exists())
    if (free := shutil.disk_usage(place).free) < size:
        raise UnpackError(
            f"{place} has {free / 1e9:.1f} GB of free space, and the bundle needs "
            f"{size / 1e9:.1f} GB. {_NOTHING}"
        )


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


class _Parts:
    """The content of all parts, as one file to read."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = list(reversed(paths))
        self._file: BinaryIO = io.BytesIO()

    def read(self, size: int) -> bytes:
        """Read from the current part, or from the next one; empty at the end."""
        while not (data := self._file.read(size)) and self._paths:
            self._file.close()
            self._file = self._paths.pop().open("rb")
        return data


def unpack(parts: list[Path], description: Path, target: Path) -> None:
    """Unpack the parts into the target, which appears complete or not at all."""
    say(f"Unpacking to {target}")
    content = target.parent / f".{target.name}.incomplete"
    shutil.rmtree(content, ignore_errors=True)  # what a killed command left
    content.mkdir(parents=True)
    try:
        stream = cast("IO[bytes]", _Parts(parts))
        with tarfile.open(fileobj=stream, mode="r|gz", bufsize=_CHUNK) as tar:
            tar.extraction_filter = getattr(tarfile, "data_filter", None)
            for member in tar:
                # `make` compares times, and the clock of this machine may be behind.
                member.mtime = int(time.time())
                tar.extract(member, content)
        shutil.copyfile(description, content / CONTENT / DESCRIPTION)
        content.rename(target)
    finally:
        shutil.rmtree(content, ignore_errors=True)


def install_pulumi(source: Path, home: Path) -> None:
    """Move Pulumi's files to its directory, the CLI last: it is found only with all others."""
    files = [path for path in source.rglob("*") if path.is_file()]
    if files:
        say(f"Installing the Pulumi CLI and its plugins into {home}")
    for path in sorted(files, key=lambda path: path.name == "pulumi"):
        place = home / path.relative_to(source)
        if place.exists():  # with the same content
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        new = place.with_name(f".{place.name}.new")
        shutil.move(path, new)
        new.replace(place)
    shutil.rmtree(source, ignore_errors=True)


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
    """Whether the target has this bundle already, because a command was stopped."""
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
    check_machine(description)
    check_pulumi(description, home)
    if not is_unpacked(here / DESCRIPTION, target):
        check_target(target, description["unpackedBytes"])
        unpack(parts, here / DESCRIPTION, target)
    install_pulumi(target / CONTENT / "pulumi", home)
    run(target, "make", "--no-print-directory", ".venv/.installed")
    stack = description["stack"]
    if description["image"]:
        run(target, ".venv/bin/python", "-m", "cli", "load-image", "--stack", stack)
    for sentence in description["next"]:
        say(sentence.format(directory=shlex.quote(str(target))))


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
