"""The volume that holds the server's htpasswd file, its certificate and its YAML file, and the writers that fill it.

A writer is a container of the server's own image that is created and never started: Docker puts files into the volume through it, on any
Docker host, with nothing written on the operator's disk. One writes the htpasswd file, while the certificate's key may still be in the
making, others the certificate and the YAML file. The server re-reads the htpasswd file when it changes, so new credentials need no restart.

The server looks at that file on every request, and Docker can only remove a file and write it anew: requests in between would fail. The
writer therefore puts new credentials beside the file, whole; then the server is paused, they are given the file's name by a hard link, and
the server goes on. Requests of that tenth of a second wait, and none fails.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from common.labels import Owner
from components.docker.names import writer_names
from components.docker.volumes import named_volume
from components.servers.distribution.files import USERS, Files, config_directories
from components.servers.distribution.paths import (
    CONFIG_DIRECTORY,
    HTPASSWD_FILE,
    NEW_HTPASSWD_FILE,
)
from components.settings import Settings


@dataclass(frozen=True)
class ConfigVolume:
    """The server's files."""

    mounts: list[docker.ContainerMountArgs]
    """How the server mounts them, read-only."""
    written: pulumi.Output[list[str]]
    """The ids of the writers that have put them there, known once they are in place."""


def config_volume(
    name: str,
    settings: Settings,
    owner: Owner,
    image_id: pulumi.Input[str],
    files: Mapping[str, Files],
    hooks: pulumi.ResourceHookBinding | None,
    child: pulumi.ResourceOptions,
    publish: Callable[[str], Awaitable[str]],
) -> ConfigVolume:
    """Declare the volume and its writers.

    :param name: the component's name, the prefix of its children's.
    :param child: options of the component's children.
    :param image_id: any image; it is not run.
    :param files: the server's files, by what their writer is named after.
    :param hooks: what to do before a writer is created.
    :param publish: what gives the new credentials their name, once the writer with a given id has put them into the volume.
    """

    def writer(purpose: str, written: Files) -> docker.Container:
        return docker.Container(
            f"{name}-{purpose}-writer",
            name=writer_names(settings)[purpose],
            image=image_id,
            start=False,
            must_run=False,
            restart="no",
            network_mode="none",
            uploads=_uploads(written),
            mounts=[
                docker.ContainerMountArgs(
                    type="volume", source=volume.name, target=CONFIG_DIRECTORY
                )
            ],
            labels=[
                docker.ContainerLabelArgs(label=label, value=value)
                for label, value in owner.labels.items()
            ],
            opts=pulumi.ResourceOptions.merge(
                child, pulumi.ResourceOptions(delete_before_replace=True, hooks=hooks)
            ),
        )

    # Where another URL leads to the same Docker host, the new volume would be the old one, whose removal its users prevent.
    replaced = pulumi.ResourceOptions.merge(
        child, pulumi.ResourceOptions(delete_before_replace=True)
    )
    volume = named_volume(f"{name}-config", settings.config_volume, owner, replaced, keep=False)
    users = writer(USERS, {NEW_HTPASSWD_FILE: files[USERS][HTPASSWD_FILE]})
    others = [writer(purpose, written) for purpose, written in files.items() if purpose != USERS]
    mounts = [
        docker.ContainerMountArgs(
            type="volume", source=volume.name, target=directory, read_only=True
        )
        for directory in config_directories(settings)
    ]
    published: pulumi.Output[str] = users.id.apply(publish)
    return ConfigVolume(
        mounts=mounts, written=pulumi.Output.all(published, *(other.id for other in others))
    )


def _uploads(files: Files) -> list[docker.ContainerUploadArgs]:
    return [
        docker.ContainerUploadArgs(
            file=f"{CONFIG_DIRECTORY}/{file}", content=content, permissions=mode
        )
        for file, (content, mode) in files.items()
    ]
