"""``python -m cli docker``, for scripts that need Docker before the first `make up`."""

from __future__ import annotations

import click

from cli.docker.install import ensure_docker
from components.docker.engine import DockerEngine


@click.command()
def docker() -> None:
    """Ensure that Docker responds on this machine. Install and start it if possible."""
    ensure_docker(DockerEngine())
