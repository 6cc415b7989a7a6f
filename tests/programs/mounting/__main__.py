"""A registry's storage and a container that mounts it.

SETTINGS holds the settings as JSON. If START is set, the container is started.
"""

import json
import os
import signal

import pulumi
import pulumi_docker as docker

from common.features import Features
from common.labels import Owner
from components.context import Context
from components.docker.volumes import data_mounts
from components.validation import validate_settings

# If an update fails, Pulumi interrupts the program. Python's traceback would hide the reason.
signal.signal(signal.SIGINT, lambda *_: os._exit(32))

settings = validate_settings(json.loads(os.environ["SETTINGS"]), "a test")
opts = pulumi.ResourceOptions()
context = Context("registry", Owner("mounting", pulumi.get_stack(), "registry"), opts, Features())
(mount,) = data_mounts(context, settings.container_name, settings.storage, opts)
is_started = bool(os.environ.get("START"))
docker.Container(
    "server",
    name=settings.container_name,
    image=settings.server_image,
    start=is_started,
    must_run=is_started,
    # A directory that the image does not have: Docker would copy its contents into the volume.
    mounts=[docker.ContainerMountArgs(type=mount.type, source=mount.source, target="/mounted")],
    opts=pulumi.ResourceOptions(delete_before_replace=True),
)
