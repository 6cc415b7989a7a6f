"""The volume with the server's files, and the writers that fill it.

A writer is a container of the server's image that is created and never started. Docker extracts
files into the volume through it, on any Docker host, without a copy on the operator's disk. Each
group of files has its own writer. ``reload.py`` describes how credentials change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_docker as docker

from components.docker import names
from components.docker.context import DockerContext
from components.docker.plan import DockerPlan
from components.docker.reload import Credentials, activate_htpasswd
from components.docker.server_version import ServerVersion
from components.docker.volumes import declare_volume
from components.servers.paths import CONFIG_DIRECTORY, HTPASSWD_FILE, NEW_HTPASSWD_FILE
from components.servers.process import FileGroup, Files


@dataclass(frozen=True)
class ConfigVolume:
    """The volume, once it is filled."""

    name: pulumi.Output[str]
    written: pulumi.Output[list[str]]
    """IDs of the writers, known when the files are in place."""


def declare_config_volume(
    context: DockerContext,
    plan: DockerPlan,
    image_id: pulumi.Input[str],
    user: pulumi.Input[str],
    version: pulumi.Output[ServerVersion],
    files: Mapping[FileGroup, Files],
) -> ConfigVolume:
    """Declare the volume and its writers.

    :param image_id: any image on the host, known after the smoke test. The writers do not run it.
    :param user: user and group of the server; empty for its image's.
    :param version: the server that the update runs.
    """
    # The new URL may point to the same engine, where the volume name is still in use.
    opts = pulumi.ResourceOptions.merge(
        context.docker_opts, pulumi.ResourceOptions(delete_before_replace=True)
    )
    name = names.config_volume(plan.container_name)
    volume = declare_volume(f"{context.name}-config", name, context.owner, opts, keep=False)

    def declare_writer(group: FileGroup, group_files: Files) -> docker.Container:
        return docker.Container(
            f"{context.name}-{group.value}-writer",
            name=names.writer(plan.container_name, group),
            image=image_id,
            start=False,
            must_run=False,
            restart="no",
            network_mode="none",
            uploads=_uploads(group_files),
            mounts=[
                docker.ContainerMountArgs(
                    type="volume", source=volume.name, target=CONFIG_DIRECTORY
                )
            ],
            labels=[
                docker.ContainerLabelArgs(label=label, value=value)
                for label, value in context.owner.labels.items()
            ],
            opts=pulumi.ResourceOptions.merge(
                context.docker_opts,
                pulumi.ResourceOptions(delete_before_replace=True, hooks=context.orphan_hook),
            ),
        )

    new_users: Files = {NEW_HTPASSWD_FILE: files[FileGroup.USERS][HTPASSWD_FILE]}
    users = declare_writer(FileGroup.USERS, new_users)
    others = [
        declare_writer(group, group_files)
        for group, group_files in files.items()
        if group is not FileGroup.USERS
    ]
    writers = [writer.id for writer in (users, *others)]
    return ConfigVolume(
        name=volume.name, written=_activate_credentials(context, plan, user, version, writers)
    )


def _activate_credentials(
    context: DockerContext,
    plan: DockerPlan,
    user: pulumi.Input[str],
    version: pulumi.Output[ServerVersion],
    writers: list[pulumi.Output[str]],
) -> pulumi.Output[list[str]]:
    """Return the IDs of the writers, once the files are the server's and credentials are active.

    Skipped in previews and unit tests.

    :param writers: the IDs, that of the credentials first.
    """

    async def activate(resolved: list[Any]) -> list[str]:
        server_user, declared, ids = resolved
        if context.checks_now:
            credentials = Credentials(ids[0], server_user, declared)
            await asyncio.to_thread(
                activate_htpasswd, context.engine, plan, context.owner, credentials
            )
        return list(ids)

    activated: pulumi.Output[list[str]] = pulumi.Output.all(user, version, writers).apply(activate)
    return activated


def _uploads(files: Files) -> list[docker.ContainerUploadArgs]:
    return [
        docker.ContainerUploadArgs(
            file=f"{CONFIG_DIRECTORY}/{file}", content=content, permissions=mode
        )
        for file, (content, mode) in files.items()
    ]
