"""Where packs are kept, as far as Docker mounts it: a volume of its own, a directory of the host, one of an NFS or SMB server.

Left out on purpose: S3 and the server's memory, which are the server's own business (``components/server_file.py``).
"""

from __future__ import annotations

import ipaddress
from typing import Any

import pulumi
import pulumi_docker as docker

from components import syntax
from components.model import Settings, StorageKind
from components.ownership import Owner

DATA_DIRECTORY = "/data"
"""Where the server keeps packs; it is the only place that it may write to."""


def data_mounts(name: str, settings: Settings, owner: Owner, child: pulumi.ResourceOptions) -> list[docker.ContainerMountArgs]:
    """Declare the storage of a registry and return how the server mounts it; nothing where it needs no mount.

    :param name: the component's name, the prefix of its children's.
    :param child: options of the component's children.
    """
    storage = settings.storage
    match storage.kind:
        case StorageKind.PATH:
            return [docker.ContainerMountArgs(type="bind", source=storage.path, target=DATA_DIRECTORY)]
        case StorageKind.VOLUME:
            volume = kept_volume(f"{name}-data", settings.data_volume, owner, child, keep=storage.keep_on_destroy)
        case StorageKind.NFS | StorageKind.CIFS:
            options = _nfs_options(settings) if storage.kind is StorageKind.NFS else _cifs_options(settings)
            volume = kept_volume(
                f"{name}-data-{storage.kind.value}", settings.data_volume, owner, child, keep=storage.keep_on_destroy, driver_opts=options
            )
        case _:
            return []
    return [docker.ContainerMountArgs(type="volume", source=volume.name, target=DATA_DIRECTORY)]


def kept_volume(
    name: str,
    volume_name: str,
    owner: Owner,
    child: pulumi.ResourceOptions,
    *,
    keep: bool,
    driver_opts: pulumi.Input[dict[str, pulumi.Input[str]]] | None = None,
) -> docker.Volume:
    """Declare a volume whose content is worth more than the registry.

    :param keep: whether it outlives the registry.
    :param driver_opts: options of Docker's own volume driver: mount(8)'s `type`, `o` and `device`.
    """
    return docker.Volume(
        name,
        name=volume_name,
        driver="local" if driver_opts is not None else None,
        driver_opts=driver_opts,
        labels=[docker.VolumeLabelArgs(label=label, value=value) for label, value in owner.labels.items()],
        opts=pulumi.ResourceOptions.merge(
            child,
            pulumi.ResourceOptions(
                retain_on_delete=keep,
                # A volume that was there before has the labels it has; they must never be a reason to replace it.
                ignore_changes=["labels"],
            ),
        ),
    )


def _nfs_options(settings: Settings) -> dict[str, pulumi.Input[str]]:
    nfs = settings.storage.nfs
    return {"type": "nfs", "o": ",".join([f"addr={nfs.server}", *nfs.options]), "device": f":{nfs.export}"}


def _cifs_options(settings: Settings) -> pulumi.Output[Any]:
    """The kernel is handed the credentials themselves: a credentials file is read by mount.cifs(8), which Docker does not use."""
    cifs = settings.storage.cifs
    known = [f"addr={cifs.server}", *([f"username={cifs.username}"] if cifs.username else ["guest"]), *cifs.options]
    host = f"[{cifs.server}]" if syntax.is_ip(cifs.server) and ipaddress.ip_address(cifs.server).version == 6 else cifs.server
    given = cifs.password is not None
    options: pulumi.Output[Any] = pulumi.Output.all(*([cifs.password] if given else [])).apply(
        lambda password: {"type": "cifs", "o": ",".join([*known, *(f"password={text}" for text in password)]), "device": f"//{host}/{cifs.share}"}
    )
    return pulumi.Output.secret(options) if given else options
