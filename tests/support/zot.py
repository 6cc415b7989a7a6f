"""zot, and an image of it that is set up like the official image."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import docker

from tests.support.docker import skip_or_fail
from tests.support.processes import find_program

DOCKERFILE = """
FROM scratch
COPY zot /usr/bin/zot
EXPOSE 5000
ENTRYPOINT ["/usr/bin/zot"]
CMD ["serve", "/etc/zot/config.json"]
"""


def zot_is_missing() -> str | None:
    """Say why tests with zot can't run; None if they can."""
    return (
        None
        if find_program("zot")
        else "zot is not on PATH; build it from its repository (CONTRIBUTING.md)"
    )


def require_zot() -> None:
    """Skip the test without zot, or fail it if `REQUIRE_ZOT` is set."""
    skip_or_fail(zot_is_missing(), "REQUIRE_ZOT")


def zot_image(name: str = "zot") -> str:
    """Build the image, and return its reference. Docker builds it once for each version of zot.

    :param name: the program, for example `zot-ui` for a zot with its web page.
    """
    program, image = find_program(name), f"pack-registry-{name}:test"
    assert program
    with tempfile.TemporaryDirectory() as path:
        directory = Path(path)
        shutil.copy(program, directory / "zot")
        (directory / "Dockerfile").write_text(DOCKERFILE)
        subprocess.run(
            ["docker", "build", "-q", "-t", image, path],
            env={**os.environ, "DOCKER_BUILDKIT": "0"},
            check=True,
            capture_output=True,
        )
    return image


def log_lines(container: str) -> list[dict[str, Any]]:
    """Return the lines of a zot's log. Those that are no object are left out."""
    text = docker.from_env().containers.get(container).logs().decode()
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]
