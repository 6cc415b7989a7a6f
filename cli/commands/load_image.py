"""``python -m cli load-image``, which ``unbundle.sh`` runs after it has unpacked a bundle."""

from __future__ import annotations

import click

from cli.bundles import images
from cli.bundles.unpack import CONTENT
from cli.docker.install import engine_errors_reported, ensure_docker
from cli.options import stack_option
from cli.paths import ROOT
from cli.settings import docker_engine, operational_settings


@click.command()
@stack_option
def load_image(stack: str) -> None:
    """Load the image of an unpacked bundle onto the stack's Docker host."""
    engine = docker_engine(operational_settings(stack))
    ensure_docker(engine)
    directory = ROOT / CONTENT
    with engine_errors_reported("The image could not be loaded", "./unbundle.sh DIRECTORY"):
        images.load_image(engine, directory / "image", images.read_bundled_image(directory))
