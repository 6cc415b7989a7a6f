"""The server's container: Palette's settings, hardened.

It has no health check, because an image may contain nothing but the server. Every update verifies
the registry from outside (``post_update.py``).
"""

from __future__ import annotations

import contextlib

import pulumi
import pulumi_docker as docker

from common.labels import (
    DATA_LABEL,
    FINGERPRINT_LABEL,
    PIDS_LABEL,
    STORAGE_LABEL,
    TLS_LABEL,
)
from common.types.docker import size_in_bytes
from components.docker.config_volume import ConfigVolume
from components.docker.container_spec import ContainerSpec, Mount, PublishedPort
from components.docker.context import DockerContext
from components.docker.plan import DockerPlan
from components.servers.inputs import ServerInputs

STOP_SECONDS = 10
"""Time for the server to finish its requests before Docker kills it."""

TMPFS = "rw,noexec,nosuid,nodev,size=64m"


def server_spec(plan: DockerPlan) -> ContainerSpec:
    """Return what the server's container and the smoke test's have in common."""
    server = plan.server
    return ContainerSpec(
        name=plan.container_name,
        image=plan.image.reference,
        labels={},
        command=plan.process.command,
        environment=plan.process.environment,
        ports=published_ports(plan),
        networks=plan.networks,
        tmpfs={"/tmp": TMPFS} if server.read_only_root else None,  # noqa: S108 - a mount point
        read_only_root=server.read_only_root,
        security_options=["no-new-privileges:true"] if server.no_new_privileges else [],
        add_capabilities=server.add_capabilities,
        drop_capabilities=server.drop_capabilities,
        memory=size_in_bytes(plan.limits.memory),
        cpus=plan.limits.cpus,
        pids_limit=plan.limits.pids,
        restart=server.restart.value,
        log_options={"max-size": server.log_max_size, "max-file": str(server.log_max_files)},
        stop_seconds=STOP_SECONDS,
    )


def published_ports(plan: DockerPlan) -> list[PublishedPort]:
    """Return the server's port on all of its addresses, and the port with metrics."""
    ports = [PublishedPort(plan.process.port, plan.port, address) for address in plan.addresses]
    if metrics := plan.process.metrics_port:
        ports.append(PublishedPort(metrics, metrics, plan.metrics_address))
    return ports


def declare_container(
    context: DockerContext,
    plan: DockerPlan,
    spec: ContainerSpec,
    config: ConfigVolume,
) -> docker.Container:
    """Declare the server's container. It waits until its files are written.

    :param spec: the container, with its image, labels and mounts.
    """
    return docker.Container(
        f"{context.name}-server",
        **spec.to_pulumi(),
        opts=pulumi.ResourceOptions.merge(
            context.docker_opts,
            pulumi.ResourceOptions(
                depends_on=config.written.apply(lambda _: []),
                delete_before_replace=True,
                hooks=context.orphan_hook,
                ignore_changes=["ports"] if _ports_are_published(context, plan) else None,
            ),
        ),
    )


def server_labels(
    context: DockerContext, plan: DockerPlan, inputs: ServerInputs
) -> dict[str, pulumi.Input[str]]:
    """Return the labels of the server's container. A change of one replaces the container."""
    labels: dict[str, pulumi.Input[str]] = {
        **context.owner.labels,
        PIDS_LABEL: str(plan.limits.pids),
        STORAGE_LABEL: plan.location.to_label(),
        DATA_LABEL: str(plan.keeps_data).lower(),
        TLS_LABEL: plan.tls_mode.value,
    }
    if inputs.certificate and (fingerprint := inputs.certificate.fingerprint):
        labels[FINGERPRINT_LABEL] = fingerprint
    return labels


def config_mounts(plan: DockerPlan, config: ConfigVolume) -> list[Mount]:
    """Return the read-only mounts of the server's files."""
    return [
        Mount(directory, config.name, read_only=True)
        for directory in plan.process.config_directories
    ]


def _ports_are_published(context: DockerContext, plan: DockerPlan) -> bool:
    """Return whether the running container publishes all ports.

    Docker returns several ports in another order, which the provider takes for a change.
    Errors of the engine are ignored here: the preflight checks report them.
    """
    ports = published_ports(plan)
    if not context.features.checks or len(ports) < 2:
        return False
    with contextlib.suppress(Exception):
        found = context.engine.container(plan.container_name)
        wanted = {(port.address, port.external) for port in ports}
        return found is not None and found.published == wanted
    return False
