"""Where a server that gets its certificate by itself keeps it: a volume that outlives the container and the registry.

A certificate that is lost is asked for anew, and Let's Encrypt gives no more than five of the same names a week.
"""

from __future__ import annotations

import pulumi
import pulumi_docker as docker

from components.model import Settings
from components.ownership import Owner
from components.server_file import ACME_DIRECTORY
from components.storage import named_volume


def acme_mounts(name: str, settings: Settings, owner: Owner, child: pulumi.ResourceOptions) -> list[docker.ContainerMountArgs]:
    """Declare the volume and return how the server mounts it; nothing where the certificate comes from elsewhere.

    :param name: the component's name, the prefix of its children's.
    :param child: options of the component's children.
    """
    if not settings.acme_volume:
        return []
    volume = named_volume(f"{name}-acme", settings.acme_volume, owner, child, keep=True)
    return [docker.ContainerMountArgs(type="volume", source=volume.name, target=ACME_DIRECTORY)]
