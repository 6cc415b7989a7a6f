"""The development image (``dev_image``): built on a stack's Docker host if the stack uses it."""

from __future__ import annotations

import os
import subprocess

from cli.console import CommandError, info
from cli.paths import ROOT
from components.docker.engine import DockerEngine
from components.settings import DEVELOPMENT_IMAGE

_STANDARD_ERROR = 2


def ensure_development_image(image: str, host: DockerEngine) -> None:
    """Build the development image if a stack uses it and it is missing or outdated.

    :param image: the setting `image`.
    :raises CommandError: if the build fails.
    """
    if image.partition(":")[0] != DEVELOPMENT_IMAGE:
        return
    info("Checking the development image")
    # Without DOCKER_HOST, the docker command would use its context. Standard output is for results.
    environment = {**os.environ, "DOCKER_HOST": host.url, **host.variables}
    build = [str(ROOT / "dev_image" / "build.sh")]
    if subprocess.run(build, env=environment, stdout=_STANDARD_ERROR, check=False).returncode:
        raise CommandError(
            "The development image could not be built. "
            "Fix the error above and run `make dev-image`."
        )
