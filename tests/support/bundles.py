"""Small bundles, and what happens to their files on the way to another machine."""

from __future__ import annotations

import hashlib
import os
import platform
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from cli.bundles.parts import PartWriter
from cli.bundles.writer import BundleWriter, new_directory, write_frame

KINDS = {
    "program": "cli/program.bin",
    "wheel": ".bundle/wheels/click-8.5.1-py3-none-any.whl",
    "pulumi": ".bundle/pulumi/bin/pulumi",
    "image": ".bundle/image/layer.tar",
    "packs": ".bundle/packs/nginx/charts/nginx.tgz",
}
"""A file of each kind in a bundle. Its content can't be compressed, so a part contains it."""
PART_SIZE = 100_000
_MAKEFILE = """\
.venv/.installed:
\t@mkdir -p .venv/bin && echo make >> steps
\t@printf '#!/bin/sh\\necho "$$@" >> steps\\n' > .venv/bin/python && chmod +x .venv/bin/python
\t@touch $@
"""


class Silent:
    """No progress."""

    def stage(self, text: str, size: int | None = None) -> None: ...

    def advance(self, size: int) -> None: ...


def contents() -> dict[str, bytes]:
    """Return the same content of the files at each call, by path."""
    source = random.Random(1)
    return {path: source.randbytes(60_000) for path in KINDS.values()}


def this_python() -> dict[str, str]:
    """Return the Python that runs the tests, as a bundle describes it."""
    libc, version = platform.libc_ver()
    return {
        "version": f"{sys.version_info.major}.{sys.version_info.minor}",
        "implementation": sys.implementation.name,
        "system": sys.platform,
        "machine": platform.machine(),
        "libc": libc,
        "libcVersion": version,
    }


def small_bundle(target: Path, **changes: Any) -> Path:
    """Write a bundle whose project records what is run in it.

    :param changes: changed keys of its description.
    """
    with new_directory(target) as directory:
        parts = PartWriter(directory, target.name, PART_SIZE)
        writer = BundleWriter(parts, Silent())
        writer.add_bytes(_MAKEFILE.encode(), "Makefile")
        for path, content in contents().items():
            writer.add_bytes(content, path)
        writer.close()
        description = {
            "name": target.name,
            "stack": "prod",
            "parts": len(parts.digests),
            "unpackedBytes": writer.size,
            "python": this_python(),
            "programs": [],
            "pulumi": {
                "files": {"bin/pulumi": hashlib.sha256(contents()[KINDS["pulumi"]]).hexdigest()}
            },
            "image": {"name": "server:1", "architecture": "amd64"},
            "next": ["Next, run `cd {directory} && make up STACK=prod`."],
        }
        write_frame(directory, {**description, **changes}, dict(parts.digests))
    return target


def unbundle(
    bundle: Path, target: str | Path, home: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the script of a bundle with the environment of a new user."""
    home.mkdir(exist_ok=True)
    python = Path(sys.executable).resolve()
    path = os.pathsep.join(["/usr/sbin", "/usr/bin", "/bin"])
    return subprocess.run(
        [str(bundle / "unbundle.sh"), *([str(target)] if target != "" else [])],
        env={"HOME": str(home), "PATH": path, "PYTHON": str(python), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def flip(path: Path, offset: int) -> None:
    """Change one bit of a file."""
    with path.open("r+b") as file:
        file.seek(offset)
        (byte,) = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ 1]))


def find(bundle: Path, content: bytes) -> tuple[Path, int]:
    """Return a place in the parts that has a piece of a content."""
    for path in sorted(bundle.glob("*.part*")):
        packed = path.read_bytes()
        for start in range(0, len(content), 1000):
            if (found := packed.find(content[start : start + 64])) >= 0:
                return path, found
    raise AssertionError("no part has the content as it is")
