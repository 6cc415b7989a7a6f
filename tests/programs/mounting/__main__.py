"""A registry's storage, and a container that has it: with the settings that SETTINGS holds as JSON, started where START says so."""

import json
import os
import signal

import pulumi
import pulumi_docker as docker

from common.labels import Owner
from components.docker.volumes import data_mounts
from components.validation import validate_settings

# As the pack registry's program does: when an update fails, Pulumi interrupts the program, and Python's traceback would bury the reason.
signal.signal(signal.SIGINT, lambda *_: os._exit(32))

settings = validate_settings(json.loads(os.environ["SETTINGS"]), "a test")
(mount,) = data_mounts(
    "registry",
    settings,
    Owner("mounting", pulumi.get_stack(), "registry"),
    pulumi.ResourceOptions(),
)
is_started = bool(os.environ.get("START"))
docker.Container(
    "server",
    name=settings.container_name,
    image=settings.server_image,
    start=is_started,
    must_run=is_started,
    # Not where the image has a directory: Docker would copy that into the volume, and mount it for that before the container is started.
    mounts=[docker.ContainerMountArgs(type=mount.type, source=mount.source, target="/mounted")],
    opts=pulumi.ResourceOptions(delete_before_replace=True),
)
