"""Builds the wheel: `make wheel`, or `pip install` of this directory.

The packages of this project have names that other programs use, too, such as `components`. In the
wheel, they are in the package `pack_registry`, and their imports of each other name it.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "pack_registry"
PARTS = ("common", "components")
ENTRY = Path("package", "python.py")
"""The module that becomes the package's ``__init__.py``."""

_IMPORT = re.compile(rf"^(\s*)(from|import) ({'|'.join(PARTS)})(?=[. ])", re.MULTILINE)


def renamed(source: str) -> str:
    """Return the text of a module, whose imports name the package."""
    return _IMPORT.sub(rf"\1\2 {PACKAGE}.\3", source)


def write_package(root: Path, directory: Path) -> None:
    """Write the package.

    :param root: the project.
    :param directory: a directory that does not exist yet.
    """
    for part in PARTS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(root / part, directory / part, ignore=ignored)
    shutil.copy(root / ENTRY, directory / "__init__.py")
    (directory / "py.typed").touch()
    for module in directory.rglob("*.py"):
        text = module.read_text(encoding="utf-8")
        module.write_text(renamed(text), encoding="utf-8")


class WheelHook(BuildHookInterface[Any]):  # type: ignore[misc] # hatch has no types here
    """Adds the package to the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the package to a temporary directory, and add it."""
        del version
        self._temporary = tempfile.TemporaryDirectory()
        directory = Path(self._temporary.name) / PACKAGE
        write_package(Path(self.root), directory)
        build_data["force_include"][str(directory)] = PACKAGE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the temporary directory."""
        del version, build_data, artifact_path
        self._temporary.cleanup()
