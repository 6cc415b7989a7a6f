"""Volumes of a registry: its packs, and the certificate that the server obtained.

The certificate's volume outlives the container and the registry. A lost certificate must be
requested again, and Let's Encrypt issues no more than five for the same names in a week.
"""

from __future__ import annotations

import ipaddress
from typing import Any

import pulumi
import pulumi_docker as docker

from common.labels import Owner
from common.types.network import is_ip
from components.context import Context
from components.docker import names
from components.docker.container_spec import Mount
from components.docker.context import DockerContext
from components.docker.plan import DockerPlan
from components.servers.paths import ACME_DIRECTORY, DATA_DIRECTORY, SCRATCH_DIRECTORY
from components.settings import Cifs, Nfs, Storage, StorageKind
from components.users.passwords import random_string

DriverOptions = pulumi.Input[dict[str, pulumi.Input[str]]]
"""Options of Docker's volume driver: `type`, `o` and `device` of mount(8)."""


def acme_mounts(context: Context, volume: str, opts: pulumi.ResourceOptions) -> list[Mount]:
    """Declare the volume for a certificate that the server obtains, and return its mount.

    :param volume: the volume's name; empty if the certificate has another source.
    :param opts: options of children on the Docker host.
    """
    if not volume:
        return []
    declared = declare_volume(f"{context.name}-acme", volume, context.owner, opts, keep=True)
    return [Mount(ACME_DIRECTORY, declared.name)]


def data_mounts(
    context: Context, container_name: str, storage: Storage, opts: pulumi.ResourceOptions
) -> list[Mount]:
    """Declare the volume with the packs, and return its mount; none for S3 and memory.

    :param opts: options of children on the Docker host.
    """
    match storage.kind:
        case StorageKind.PATH:
            return [Mount(DATA_DIRECTORY, storage.path, type="bind")]
        case StorageKind.VOLUME:
            volume = declare_volume(
                f"{context.name}-data",
                names.data_volume(container_name, storage),
                context.owner,
                opts,
                keep=storage.keep_on_destroy,
            )
        case StorageKind.NFS:
            options: DriverOptions = _nfs_options(storage.nfs)
            volume = _network_volume(context, container_name, storage.kind, options, opts)
        case StorageKind.CIFS:
            options = _cifs_options(storage.cifs)
            volume = _network_volume(context, container_name, storage.kind, options, opts)
        case StorageKind.S3 | StorageKind.MEMORY:
            return []
    return [Mount(DATA_DIRECTORY, volume.name)]


def scratch_mounts(context: DockerContext, plan: DockerPlan) -> list[Mount]:
    """Declare the volume for temporary files of the size of packs, if the server writes them.

    It can't be an anonymous volume, because the server must own a directory in it.
    """
    if not plan.process.needs_scratch:
        return []
    name = names.scratch_volume(plan.container_name)
    resource, opts = f"{context.name}-scratch", context.docker_opts
    return [
        Mount(
            SCRATCH_DIRECTORY,
            declare_volume(resource, name, context.owner, opts, keep=False).name,
        )
    ]


def declare_volume(
    name: str,
    volume_name: pulumi.Input[str],
    owner: Owner,
    opts: pulumi.ResourceOptions,
    *,
    keep: bool,
    driver_opts: DriverOptions | None = None,
) -> docker.Volume:
    """Declare a volume. Docker finds an existing one by its name.

    :param keep: whether the volume outlives the registry.
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
            opts,
            pulumi.ResourceOptions(
                retain_on_delete=keep,
                # An existing volume keeps its labels. They must not replace it.
                ignore_changes=["labels"],
            ),
        ),
    )


def _network_volume(
    context: Context,
    container_name: str,
    kind: StorageKind,
    options: DriverOptions,
    opts: pulumi.ResourceOptions,
) -> docker.Volume:
    """Declare a volume that mounts a directory of another server. Removing it removes no pack.

    A volume keeps the options it was created with, and Docker returns an existing volume by its
    name, whatever options are requested. Therefore each set of options has its own name. The name
    was never used before, because a failed update may have left an old volume behind.
    """
    resource = f"{context.name}-data-{kind.value}"
    keepers = {"options": pulumi.Output.json_dumps(options, sort_keys=True)}
    suffix: pulumi.Output[str] = pulumi.Output.unsecret(
        random_string(f"{resource}-name", opts, keepers)
    ).apply(lambda text: text[:8].lower())
    return declare_volume(
        resource,
        pulumi.Output.concat(f"{container_name}-data-{kind.value}-", suffix),
        context.owner,
        opts,
        keep=False,
        driver_opts=options,
    )


def _nfs_options(nfs: Nfs) -> dict[str, pulumi.Input[str]]:
    return {
        "type": "nfs",
        "o": ",".join([f"addr={nfs.server}", *nfs.options]),
        "device": f":{nfs.export}",
    }


def _cifs_options(cifs: Cifs) -> pulumi.Output[Any]:
    """Return mount options with the credentials.

    The kernel receives them as options: only mount.cifs(8), which Docker does not use, reads a
    credentials file.
    """
    user = f"username={cifs.username}" if cifs.username else "guest"
    public = [f"addr={cifs.server}", user, *cifs.options]
    is_ipv6 = is_ip(cifs.server) and ipaddress.ip_address(cifs.server).version == 6
    host = f"[{cifs.server}]" if is_ipv6 else cifs.server
    passwords = [] if cifs.password is None else [cifs.password]
    options: pulumi.Output[Any] = pulumi.Output.all(*passwords).apply(
        lambda resolved: {
            "type": "cifs",
            "o": ",".join([*public, *(f"password={password}" for password in resolved)]),
            "device": f"//{host}/{cifs.share}",
        }
    )
    return pulumi.Output.secret(options) if passwords else options
