"""Where a server that gets its certificate by itself keeps it: a volume that outlives the container and the registry.

A certificate that is lost is asked for anew, and Let's Encrypt gives no more than five of the same names a week.
"""

from __future__ import annotations

import pulumi
import pulumi_docker as docker

from components.model import Settings, TlsMode
from components.ownership import Owner
from components.server_file import ACME_DIRECTORY
from components.storage import kept_volume


def acme_mounts(name: str, settings: Settings, owner: Owner, child: pulumi.ResourceOptions) -> list[docker.ContainerMountArgs]:
    """Declare the volume and return how the server mounts it; nothing where the certificate comes from elsewhere.

    :param name: the component's name, the prefix of its children's.
    :param child: options of the component's children.
    """
    volume_name = acme_volume(settings)
    if not volume_name:
        return []
    volume = kept_volume(f"{name}-acme", volume_name, owner, child, keep=True)
    return [docker.ContainerMountArgs(type="volume", source=volume.name, target=ACME_DIRECTORY)]


def acme_volume(settings: Settings) -> str:
    """Name of the volume; empty where the certificate comes from elsewhere."""
    return f"{settings.container_name}-acme" if settings.tls.mode is TlsMode.LETS_ENCRYPT else ""
