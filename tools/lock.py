"""Writes the locked requirements: all packages with their versions and hashes, for every platform.

`python -m tools.lock` reads the direct dependencies from `pyproject.toml` and runs uv, which must
be installed (`pip install uv`). pip checks the hashes of what it installs. The index of
PIP_INDEX_URL is used. The files don't name it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib

from cli.paths import ROOT

OLDEST_PYTHON = "3.11"
FILES = ("requirements", "requirements-kubernetes", "requirements-dev")
"""Names of the generated files, without ending. Each is compatible with the ones before it."""

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


def direct_dependencies() -> dict[str, list[str]]:
    """Return the direct dependencies of each file."""
    read = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project, groups = read["project"], read["dependency-groups"]
    program = [*project["dependencies"], *groups["commands"]]
    kubernetes = project["optional-dependencies"]["kubernetes"]
    return dict(
        zip(FILES, (program, kubernetes, [*program, *kubernetes, *groups["dev"]]), strict=True)
    )


def main() -> None:
    """Write the files. Unchanged dependencies keep their versions."""
    uv = shutil.which("uv")
    if uv is None:
        sys.exit("uv is not on PATH. Install it with `pip install uv`, then run `make lock` again.")
    index = os.environ.get("PIP_INDEX_URL")
    environment = {**os.environ, **({"UV_DEFAULT_INDEX": index} if index else {})}
    constraints: list[str] = []
    for name, dependencies in direct_dependencies().items():
        command = [uv, "pip", "compile", *_OPTIONS, *constraints, "-", f"--output-file={name}.txt"]
        given = "\n".join(dependencies)
        subprocess.run(command, input=given, cwd=ROOT, env=environment, check=True, text=True)
        constraints.append(f"--constraints={name}.txt")


if __name__ == "__main__":
    main()
