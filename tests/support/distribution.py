"""An image of CNCF Distribution's server, set up like the official image."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import docker

from cli.paths import ROOT
from tests.support.docker import unique_name

PROGRAM = ROOT / "bench" / ".bin" / "registry"
DOCKERFILE = """
FROM scratch
COPY . /
EXPOSE 5000
ENTRYPOINT ["/bin/registry"]
CMD ["serve", "/etc/distribution/config.yml"]
"""
CONFIGURATION = """
version: 0.1
log: {fields: {service: registry}}
storage: {cache: {blobdescriptor: inmemory}, filesystem: {rootdirectory: /var/lib/registry}}
http: {addr: ":5000", headers: {X-Content-Type-Options: [nosniff]}}
health: {storagedriver: {enabled: true, interval: 10s, threshold: 3}}
"""


def distribution_is_missing() -> str | None:
    """Say why the image can't be built; None if it can."""
    return (
        None
        if PROGRAM.is_file()
        else "CNCF Distribution's server not found; `make tools` builds it with Go"
    )


@contextlib.contextmanager
def distribution_image() -> Iterator[str]:
    """Build the image, yield its reference, and remove it."""
    image = f"{unique_name('distribution')}:3"
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for directory in ("bin", "etc/distribution"):
            (root / directory).mkdir(parents=True)
        shutil.copy(PROGRAM, root / "bin" / "registry")
        (root / "etc" / "distribution" / "config.yml").write_text(CONFIGURATION)
        (root / "Dockerfile").write_text(DOCKERFILE)
        (root / ".dockerignore").write_text("Dockerfile\n.dockerignore\n")
        subprocess.run(
            ["docker", "build", "-q", "-t", image, name],
            env={**os.environ, "DOCKER_BUILDKIT": "0"},
            check=True,
            capture_output=True,
        )
    try:
        yield image
    finally:
        docker.from_env().images.remove(image, force=True)
