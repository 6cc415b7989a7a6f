"""Where packs are kept: a named Docker volume, or a directory of the Docker host."""

from __future__ import annotations

import pulumi
import pulumi_docker as docker

from components.model import Settings, StorageKind
from components.ownership import Owner

DATA_DIRECTORY = "/data"
"""Where the server keeps packs; it is the only place that it may write to."""


def data_mount(name: str, settings: Settings, owner: Owner, child: pulumi.ResourceOptions) -> docker.ContainerMountArgs:
    """Declare the storage of a registry and return how the server mounts it.

    :param name: the component's name, the prefix of its children's.
    :param child: options of the component's children.
    """
    if settings.storage.kind is StorageKind.PATH:
        return docker.ContainerMountArgs(type="bind", source=settings.storage.path, target=DATA_DIRECTORY)
    volume = docker.Volume(
        f"{name}-data",
        name=settings.data_volume,
        labels=[docker.VolumeLabelArgs(label=label, value=value) for label, value in owner.labels.items()],
        opts=pulumi.ResourceOptions.merge(
            child,
            pulumi.ResourceOptions(
                retain_on_delete=settings.storage.keep_on_destroy,
                # A volume that was there before has the labels it has; they must never be a reason to replace it.
                ignore_changes=["labels"],
            ),
        ),
    )
    return docker.ContainerMountArgs(type="volume", source=volume.name, target=DATA_DIRECTORY)
