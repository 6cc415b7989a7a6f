"""A built image without ownership labels."""

from pathlib import Path

import pulumi_docker as docker

docker.RemoteImage(
    "image", name="violations:1", build=docker.RemoteImageBuildArgs(context=str(Path.cwd()))
)
