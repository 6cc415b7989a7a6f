"""The server's container: the guide's settings, hardened.

There is no health check: what the image holds beside the server is not known, and every update proves the registry from outside
(``components/verification.py``).
"""

from __future__ import annotations

import pulumi
import pulumi_docker as docker

from common.labels import (
    CONFIGURATION_LABEL,
    DATA_LABEL,
    FINGERPRINT_LABEL,
    PIDS_LABEL,
    STORAGE_LABEL,
    TLS_LABEL,
    Owner,
)
from common.types.docker import size_in_bytes
from components.docker.config_volume import ConfigVolume
from components.servers.distribution.config_file import ConfigFile
from components.servers.distribution.environment import container_port, environment, server_command
from components.settings import DEFAULT_NETWORK, Server, Settings, StorageKind
from components.tls.certificate import Certificate

STOP_SECONDS = 10
"""Seconds that the server has to finish its requests before Docker kills it."""


def server(
    name: str,
    settings: Settings,
    owner: Owner,
    image_id: pulumi.Input[str],
    certificate: Certificate | None,
    config: ConfigVolume,
    yaml: ConfigFile | None,
    mounts: list[docker.ContainerMountArgs],
    published: frozenset[tuple[str, int]],
    hooks: pulumi.ResourceHookBinding | None,
    child: pulumi.ResourceOptions,
) -> docker.Container:
    """Declare the container.

    :param name: the component's name, the prefix of its children's.
    :param child: options of the component's children.
    :param config: its files; it waits until they are written.
    :param yaml: its YAML file, where it needs one.
    :param mounts: what it mounts beside them.
    :param published: addresses and ports that the container has by now.
    :param hooks: what to do before the container is created.
    """
    options = settings.server
    megabytes = size_in_bytes(settings.limits.memory) // 2**20
    labels: dict[str, pulumi.Input[str]] = {
        **owner.labels,
        PIDS_LABEL: str(settings.limits.pids),
        STORAGE_LABEL: settings.data_place,
        DATA_LABEL: str(
            settings.storage.keep_on_destroy and settings.storage.kind is not StorageKind.MEMORY
        ).lower(),
        TLS_LABEL: settings.tls.mode.value,
    }
    if certificate and (fingerprint := certificate.fingerprint):
        labels[FINGERPRINT_LABEL] = fingerprint
    if yaml:
        labels[CONFIGURATION_LABEL] = yaml.digest
    return docker.Container(
        f"{name}-server",
        name=settings.container_name,
        image=image_id,
        restart=options.restart.value,
        envs=[f"{variable}={value}" for variable, value in environment(settings).items()],
        command=server_command(settings),
        ports=[
            docker.ContainerPortArgs(
                internal=container_port(settings), external=settings.published_port, ip=address
            )
            for address in settings.published_addresses
        ],
        networks_advanced=_networks(settings),
        mounts=[*config.mounts, *mounts],
        tmpfs=temporary_directories(options),
        read_only=options.read_only_root,
        security_opts=security_options(options),
        capabilities=docker.ContainerCapabilitiesArgs(
            adds=options.add_capabilities, drops=options.drop_capabilities
        ),
        memory=megabytes,
        memory_swap=megabytes,  # the same as memory: no swap
        cpus=_decimal(settings.limits.cpus),
        log_driver="json-file",
        log_opts={"max-size": options.log_max_size, "max-file": str(options.log_max_files)},
        stop_timeout=STOP_SECONDS,
        destroy_grace_seconds=STOP_SECONDS,
        labels=[
            docker.ContainerLabelArgs(label=label, value=value) for label, value in labels.items()
        ],
        opts=pulumi.ResourceOptions.merge(
            child,
            pulumi.ResourceOptions(
                depends_on=config.written.apply(lambda _: []),
                delete_before_replace=True,
                hooks=hooks,
                ignore_changes=["ports"] if _are_published(settings, published) else None,
            ),
        ),
    )


def temporary_directories(options: Server) -> dict[str, str] | None:
    """What the server may write to beside its data, with how it is mounted; nothing of its own where it may write anywhere."""
    return {"/tmp": "rw,noexec,nosuid,nodev,size=64m"} if options.read_only_root else None  # noqa: S108 - a mount point, not a file


def security_options(options: Server) -> list[str]:
    """What the kernel is told to keep the server from."""
    return ["no-new-privileges:true"] if options.no_new_privileges else []


def _are_published(settings: Settings, published: frozenset[tuple[str, int]]) -> bool:
    """Whether several addresses are published as declared: Docker tells them in another order, which the provider takes for a change."""
    addresses = settings.published_addresses
    return len(addresses) > 1 and published == {
        (address, settings.published_port) for address in addresses
    }


def _networks(settings: Settings) -> list[docker.ContainerNetworksAdvancedArgs] | None:
    """Docker's own network and the others; none where there are no others, which comes to the same."""
    if not settings.networks:
        return None
    return [
        docker.ContainerNetworksAdvancedArgs(name=name)
        for name in (DEFAULT_NETWORK, *settings.networks)
    ]


def _decimal(cpus: float) -> str:
    """A number of processors in the very digits in which the Docker provider reads it back, lest every refresh shows a change."""
    digits = f"{cpus:.9f}"
    return f"{cpus:.1f}" if digits.count("0") == 9 else digits.rstrip("0")
