"""Secrets with the server's files, one for each group, and their directories in the pod.

A Secret is mounted as a directory, never as a single file (`subPath`): the kubelet replaces the
files of a directory in a running pod, so new passwords need no restart.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as kubernetes

from common.types.docker import names_registry
from components.kubernetes import names
from components.kubernetes.context import KubernetesContext
from components.servers.paths import (
    AUTH_DIRECTORY,
    CERTIFICATE_DIRECTORY,
    CERTIFICATE_FILE,
    CLIENT_CAS_FILE,
    CONFIG_DIRECTORY,
    PRIVATE_KEY_FILE,
)
from components.servers.process import FileGroup, Files

FILE_MODE = 0o440
"""Mode of the files. Their group is the server's, so no other user can read a key."""

DOCKER_HUB = "https://index.docker.io/v1/"
"""Docker Hub's key in a Docker configuration file."""

_TYPES = {FileGroup.CERTIFICATE: "kubernetes.io/tls"}


def declare_files(
    context: KubernetesContext, files: Mapping[FileGroup, Files], opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Declare a Secret for each group of files.

    :param opts: options of objects in the namespace.
    """
    return [
        kubernetes.core.v1.Secret(
            f"{context.name}-{group.value}-secret",
            metadata=context.metadata(names.files_secret(context.plan.name, group)),
            type=_TYPES.get(group, "Opaque"),
            string_data={secret_key(file): content for file, (content, _) in group_files.items()},
            opts=opts,
        )
        for group, group_files in files.items()
    ]


def declare_pull_secret(
    context: KubernetesContext, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Declare the Secret with the credentials of a private image registry, if there are any."""
    plan = context.plan
    if not plan.image_username:
        return []
    key = ".dockerconfigjson"
    text = docker_config(plan.image, plan.image_username, plan.image_password)
    secret = kubernetes.core.v1.Secret(
        f"{context.name}-pull-secret",
        metadata=context.metadata(names.pull_secret(plan.name)),
        type="kubernetes.io/dockerconfigjson",
        string_data={key: pulumi.Output.secret(text)},
        opts=opts,
    )
    return [secret]


def docker_config(image: str, username: str, password: str) -> str:
    """Return a Docker configuration file with the credentials for an image's registry."""
    host = image.partition("/")[0] if names_registry(image) else "docker.io"
    entry = {
        "username": username,
        "password": password,
        "auth": base64.b64encode(f"{username}:{password}".encode()).decode(),
    }
    return json.dumps({"auths": {DOCKER_HUB if host == "docker.io" else host: entry}})


def file_volumes(
    context: KubernetesContext, files: Mapping[FileGroup, Files]
) -> dict[str, kubernetes.core.v1.VolumeArgs]:
    """Return the volumes with the server's files, by the directory in which it reads them."""
    plan = context.plan
    certificate = plan.tls_secret or names.files_secret(plan.name, FileGroup.CERTIFICATE)
    volumes = {
        AUTH_DIRECTORY: _secret_volume("users", names.files_secret(plan.name, FileGroup.USERS)),
        CONFIG_DIRECTORY: _secret_volume(
            "configuration",
            names.files_secret(plan.name, FileGroup.CONFIGURATION),
            files.get(FileGroup.CONFIGURATION, {}),
        ),
        CERTIFICATE_DIRECTORY: _certificate_volume(
            certificate,
            names.files_secret(plan.name, FileGroup.CONFIGURATION),
            has_client_cas=CLIENT_CAS_FILE in files.get(FileGroup.CONFIGURATION, {}),
        ),
    }
    return {directory: volumes[directory] for directory in plan.process.config_directories}


def secret_key(file: str) -> str:
    """Return the key of a file in its Secret. Keys have no slashes."""
    return file.replace("/", ".")


def _secret_volume(
    volume: str, secret: str, files: Files | None = None
) -> kubernetes.core.v1.VolumeArgs:
    """Return a volume with the files of a Secret.

    :param files: the files if one of them may be in a directory below.
    """
    has_directories = any("/" in file for file in files or {})
    return kubernetes.core.v1.VolumeArgs(
        name=volume,
        secret=kubernetes.core.v1.SecretVolumeSourceArgs(
            secret_name=secret,
            default_mode=FILE_MODE,
            items=[
                kubernetes.core.v1.KeyToPathArgs(key=secret_key(file), path=file)
                for file in files or {}
            ]
            if has_directories
            else None,
        ),
    )


def _certificate_volume(
    certificate: str, configuration: str, *, has_client_cas: bool
) -> kubernetes.core.v1.VolumeArgs:
    """Return the volume with certificate and key, and with the CAs of clients if there are any."""
    sources = {certificate: [CERTIFICATE_FILE, PRIVATE_KEY_FILE]}
    if has_client_cas:
        sources[configuration] = [CLIENT_CAS_FILE]
    return kubernetes.core.v1.VolumeArgs(
        name="certificate",
        projected=kubernetes.core.v1.ProjectedVolumeSourceArgs(
            default_mode=FILE_MODE,
            sources=[
                kubernetes.core.v1.VolumeProjectionArgs(
                    secret=kubernetes.core.v1.SecretProjectionArgs(
                        name=secret,
                        items=[
                            kubernetes.core.v1.KeyToPathArgs(key=file, path=file) for file in keys
                        ],
                    )
                )
                for secret, keys in sources.items()
            ],
        ),
    )
