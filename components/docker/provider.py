"""The Docker provider of a component: one for each configured Docker host."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pulumi
import pulumi_docker as docker

from common.errors import UserError

PACKAGE = "docker"
CONTAINER_TYPE = f"{PACKAGE}:index/container:Container"


def with_docker_provider(
    name: str, docker_host: str, cert_path: str, opts: pulumi.ResourceOptions | None
) -> pulumi.ResourceOptions | None:
    """Add a provider to a component's options if a Docker host is configured.

    Each host has its own provider, because the old host's provider removes what is there.

    :param name: the component's name.
    """
    if not docker_host:
        return opts
    host_id = hashlib.sha256(docker_host.encode()).hexdigest()[:8]
    provider = docker.Provider(
        f"{name}-docker-{host_id}", host=docker_host, cert_path=cert_path or None
    )
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(providers={PACKAGE: provider}))


def reject_docker_provider(
    name: str, docker_host: str, opts: pulumi.ResourceOptions | None
) -> None:
    """Reject options with a Docker provider, which could use another host than the checks.

    :param name: the component's name.
    :raises UserError: if the options or the parent have one that docker_host does not override.
    """
    if opts and _has_docker_provider(docker_host, opts):
        raise UserError(
            f"The resource options or the parent of the pack registry {name} have a Docker "
            "provider, but the checks might use another Docker host. Set docker_host (dockerHost "
            "in a stack's config) instead. No changes were made."
        )


def _has_docker_provider(docker_host: str, opts: pulumi.ResourceOptions) -> bool:
    several = opts.providers or ()
    providers = [opts.provider, *(several.values() if isinstance(several, Mapping) else several)]
    if any(provider and provider.package == PACKAGE for provider in providers):
        return True
    if docker_host or opts.parent is None:
        return False
    return opts.parent.get_provider(CONTAINER_TYPE) is not None
