"""Where a server that gets its certificate by itself keeps it: a volume that outlives the container and the registry.

A certificate that is lost is asked for anew, and Let's Encrypt gives no more than five of the same names a week.

Where packs are kept, as far as Docker mounts it: a volume of its own, a directory of the host, one of an NFS or SMB server.

Left out on purpose: S3 and the server's memory, which are the server's own business (``components/server_file.py``).
"""

from __future__ import annotations

import ipaddress
from typing import Any

import pulumi
import pulumi_docker as docker

from common import syntax
from common.labels import Owner
from components.servers.distribution.paths import ACME_DIRECTORY, DATA_DIRECTORY
from components.settings import Settings, StorageKind
from components.users.passwords import random_string


def acme_mounts(
    name: str, settings: Settings, owner: Owner, child: pulumi.ResourceOptions
) -> list[docker.ContainerMountArgs]:
    """Declare the volume and return how the server mounts it; nothing where the certificate comes from elsewhere.

    :param name: the component's name, the prefix of its children's.
    :param child: options of the component's children.
    """
    if not settings.acme_volume:
        return []
    volume = named_volume(f"{name}-acme", settings.acme_volume, owner, child, keep=True)
    return [docker.ContainerMountArgs(type="volume", source=volume.name, target=ACME_DIRECTORY)]


def data_mounts(
    name: str, settings: Settings, owner: Owner, child: pulumi.ResourceOptions
) -> list[docker.ContainerMountArgs]:
    """Declare the storage of a registry and return how the server mounts it; nothing where it needs no mount.

    :param name: the component's name, the prefix of its children's.
    :param child: options of the component's children.
    """
    storage = settings.storage
    match storage.kind:
        case StorageKind.PATH:
            return [
                docker.ContainerMountArgs(type="bind", source=storage.path, target=DATA_DIRECTORY)
            ]
        case StorageKind.VOLUME:
            volume = named_volume(
                f"{name}-data", settings.data_volume, owner, child, keep=storage.keep_on_destroy
            )
        case StorageKind.NFS:
            volume = _mounting_volume(
                f"{name}-data-nfs",
                f"{settings.container_name}-data-nfs",
                _nfs_options(settings),
                owner,
                child,
            )
        case StorageKind.CIFS:
            volume = _mounting_volume(
                f"{name}-data-cifs",
                f"{settings.container_name}-data-cifs",
                _cifs_options(settings),
                owner,
                child,
            )
        case _:
            return []
    return [docker.ContainerMountArgs(type="volume", source=volume.name, target=DATA_DIRECTORY)]


def named_volume(
    name: str,
    volume_name: pulumi.Input[str],
    owner: Owner,
    child: pulumi.ResourceOptions,
    *,
    keep: bool,
    driver_opts: pulumi.Input[dict[str, pulumi.Input[str]]] | None = None,
) -> docker.Volume:
    """Declare a volume that is found again under its name.

    :param keep: whether it outlives the registry.
    :param driver_opts: options of Docker's own volume driver: mount(8)'s `type`, `o` and `device`.
    """
    return docker.Volume(
        name,
        name=volume_name,
        driver="local" if driver_opts is not None else None,
        driver_opts=driver_opts,
        labels=[
            docker.VolumeLabelArgs(label=label, value=value)
            for label, value in owner.labels.items()
        ],
        opts=pulumi.ResourceOptions.merge(
            child,
            pulumi.ResourceOptions(
                retain_on_delete=keep,
                # A volume that was there before has the labels it has; they must never be a reason to replace it.
                ignore_changes=["labels"],
            ),
        ),
    )


def _mounting_volume(
    name: str,
    prefix: str,
    options: pulumi.Input[dict[str, pulumi.Input[str]]],
    owner: Owner,
    child: pulumi.ResourceOptions,
) -> docker.Volume:
    """Declare a volume that holds nothing itself: it says what of which server is mounted. Its removal removes no pack.

    A volume keeps the options with which it was made, and Docker hands it out under its name whatever options are asked for. Other options
    therefore have another name, which no volume has had: one that an update left behind when it failed is still to be removed.

    :param prefix: what the volume's name begins with.
    """
    told = pulumi.Output.json_dumps(options, sort_keys=True)
    suffix: pulumi.Output[str] = pulumi.Output.unsecret(
        random_string(f"{name}-name", child, {"options": told})
    ).apply(lambda text: text[:8].lower())
    return named_volume(
        name,
        pulumi.Output.concat(prefix, "-", suffix),
        owner,
        child,
        keep=False,
        driver_opts=options,
    )


def _nfs_options(settings: Settings) -> dict[str, pulumi.Input[str]]:
    nfs = settings.storage.nfs
    return {
        "type": "nfs",
        "o": ",".join([f"addr={nfs.server}", *nfs.options]),
        "device": f":{nfs.export}",
    }


def _cifs_options(settings: Settings) -> pulumi.Output[Any]:
    """The kernel is handed the credentials themselves: a credentials file is read by mount.cifs(8), which Docker does not use."""
    cifs = settings.storage.cifs
    known = [
        f"addr={cifs.server}",
        *([f"username={cifs.username}"] if cifs.username else ["guest"]),
        *cifs.options,
    ]
    host = (
        f"[{cifs.server}]"
        if syntax.is_ip(cifs.server) and ipaddress.ip_address(cifs.server).version == 6
        else cifs.server
    )
    given = cifs.password is not None
    options: pulumi.Output[Any] = pulumi.Output.all(*([cifs.password] if given else [])).apply(
        lambda password: {
            "type": "cifs",
            "o": ",".join([*known, *(f"password={text}" for text in password)]),
            "device": f"//{host}/{cifs.share}",
        }
    )
    return pulumi.Output.secret(options) if given else options
