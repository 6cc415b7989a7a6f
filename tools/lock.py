"""Writes the locked requirements: all packages with their versions and hashes, for every platform.

`python -m tools.lock` runs uv, which must be installed (`pip install uv`). pip checks the hashes of
what it installs. The index of PIP_INDEX_URL is used. The files don't name it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from cli.paths import ROOT

OLDEST_PYTHON = "3.11"
FILES = ("requirements", "requirements-kubernetes", "requirements-dev")
"""Names without ending: `.in` lists the direct requirements, `.txt` is generated."""

_OPTIONS = (
    "--quiet",
    "--universal",
    "--generate-hashes",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--custom-compile-command=make lock",
    f"--python-version={OLDEST_PYTHON}",
)


def main() -> None:
    """Write the files. Unchanged requirements keep their versions."""
    uv = shutil.which("uv")
    if uv is None:
        sys.exit("uv is not on PATH. Install it with `pip install uv`, then run `make lock` again.")
    index = os.environ.get("PIP_INDEX_URL")
    environment = {**os.environ, **({"UV_DEFAULT_INDEX": index} if index else {})}
    for name in FILES:
        command = [uv, "pip", "compile", *_OPTIONS, f"{name}.in", f"--output-file={name}.txt"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)


if __name__ == "__main__":
    main()
