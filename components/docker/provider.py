"""Resource options of a component: its Docker provider, one for each configured host."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pulumi
import pulumi_docker as docker

from common.errors import UserError
from common.features import Features
from components.context import provider_options
from components.docker.engine import DockerEngine
from components.docker.host_change import host_change_hook

PACKAGE = "docker"
CONTAINER_TYPE = f"{PACKAGE}:index/container:Container"


def component_options(
    name: str, engine: DockerEngine, features: Features, opts: pulumi.ResourceOptions | None
) -> pulumi.ResourceOptions:
    """Add the Docker provider and the host change's hook to a component's options.

    Each configured host has its own provider, because the old host's provider removes what is
    there. Without a configured host, the default provider is used.

    :param name: the component's name.
    """
    added = pulumi.ResourceOptions()
    if host := engine.configured_url:
        suffix = f"-docker-{hashlib.sha256(host.encode()).hexdigest()[:8]}"
        provider = docker.Provider(
            name + suffix,
            host=host,
            cert_path=engine.cert_path or None,
            opts=provider_options(name, suffix, opts),
        )
        added.providers = {PACKAGE: provider}
    if features.resource_hooks:
        added.hooks = host_change_hook(name)
    return pulumi.ResourceOptions.merge(opts, added)


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
            "provider, but the checks might use another Docker host. Set dockerHost instead. No "
            "changes were made."
        )


def _has_docker_provider(docker_host: str, opts: pulumi.ResourceOptions) -> bool:
    several = opts.providers or ()
    providers = [opts.provider, *(several.values() if isinstance(several, Mapping) else several)]
    if any(provider and provider.package == PACKAGE for provider in providers):
        return True
    if docker_host or opts.parent is None:
        return False
    return opts.parent.get_provider(CONTAINER_TYPE) is not None
