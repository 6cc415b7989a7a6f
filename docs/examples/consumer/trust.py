"""Docker hosts that trust a registry, and namespaces whose pods pull from it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_docker as docker
from registry import Registry


def trust_on_docker_host(
    name: str, host: str, registry: Registry, *, directory: str, image: str
) -> docker.Container:
    """Write the CA certificate to the directory in which a Docker host looks for it.

    Docker reads the file at the next pull or push, without a restart. A container that never starts
    takes the file to the host. The file stays on the host if the container is removed.

    :param host: URL of the Docker host.
    """
    provider = docker.Provider(f"{name}-docker", host=host)
    on_host = pulumi.ResourceOptions(provider=provider)
    pulled = docker.RemoteImage(f"{name}-image", name=image, keep_locally=True, opts=on_host)
    path = registry.server.apply(lambda server: f"/certificates/{server}/ca.crt")
    return docker.Container(
        f"{name}-ca",
        image=pulled.image_id,
        command=["true"],
        start=False,
        must_run=False,
        # Docker creates the directory if it is missing.
        volumes=[{"host_path": directory, "container_path": "/certificates"}],
        uploads=[{"file": path, "content": registry.ca_certificate}],
        opts=pulumi.ResourceOptions.merge(
            on_host, pulumi.ResourceOptions(delete_before_replace=True)
        ),
    )


def pull_secret_text(server: str, user: str, password: str) -> str:
    """Return the content of an image pull Secret."""
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    return json.dumps({"auths": {server: {"auth": token}}})


def password_of(user: str, passwords: Mapping[str, str]) -> str:
    """Return the password of a user.

    :raises pulumi.RunError: if the registry has no such user. Pulumi shows it without a traceback.
    """
    if user not in passwords:
        known = ", ".join(sorted(passwords))
        raise pulumi.RunError(f"user: the registry has no user {user}. Must be one of: {known}")
    return passwords[user]


def create_pull_secrets(
    namespaces: Sequence[str], registry: Registry, user: str
) -> list[pulumi.Resource]:
    """Create an image pull Secret in each namespace. Pods name it in `imagePullSecrets`.

    The nodes must trust the CA certificate, too: their container runtime pulls the images.
    """
    from pulumi_kubernetes.core.v1 import Secret

    text = pulumi.Output.all(registry.server, registry.passwords).apply(
        lambda values: pull_secret_text(values[0], user, password_of(user, values[1]))
    )
    return [
        Secret(
            f"pull-{namespace}",
            metadata={"name": "pack-registry", "namespace": namespace},
            type="kubernetes.io/dockerconfigjson",
            string_data={".dockerconfigjson": text},
        )
        for namespace in namespaces
    ]
