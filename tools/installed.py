"""Checks that pinned packages are in this Python's environment: `installed.py REQUIREMENTS`.

It imports only the standard library, because it also runs in an environment without packages.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
from pathlib import Path

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)([^\\]*)")


def missing(requirements: Path) -> list[str]:
    """List the pins that are not installed. Pins with an environment marker are not checked."""
    found = []
    for line in requirements.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            found += missing(requirements.parent / line.removeprefix("-r ").strip())
        elif (pin := _PIN.match(line)) and ";" not in pin[3]:
            try:
                version = importlib.metadata.version(pin[1])
            except importlib.metadata.PackageNotFoundError:
                version = ""
            if version != pin[2]:
                found.append(f"{pin[1]}=={pin[2]}")
    return found


def main() -> None:
    """Exit with a message if packages are missing."""
    if absent := missing(Path(sys.argv[1])):
        sys.exit(f"Not installed: {', '.join(absent)}")


if __name__ == "__main__":
    main()
