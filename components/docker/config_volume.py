"""The volume with the server's files, and the writers that fill it.

A writer is a container of the server's image that is created and never started. Docker extracts
files into the volume through it, on any Docker host, without a copy on the operator's disk. Each
group of files has its own writer. ``reload.py`` describes how credentials change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.docker import names
from components.docker.context import DockerContext
from components.docker.plan import DockerPlan
from components.docker.reload import activate_htpasswd
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
    files: Mapping[FileGroup, Files],
) -> ConfigVolume:
    """Declare the volume and its writers.

    :param image_id: any image on the host, known after the smoke test. The writers do not run it.
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
    activated = _activate_credentials(context, plan, users)
    return ConfigVolume(
        name=volume.name,
        written=pulumi.Output.all(activated, *(writer.id for writer in others)),
    )


def _activate_credentials(
    context: DockerContext, plan: DockerPlan, writer: docker.Container
) -> pulumi.Output[str]:
    """Return the ID of the writer of new credentials, once they are active.

    Skipped in previews and unit tests.
    """

    async def activate(writer_id: str) -> str:
        if context.checks_now:
            await asyncio.to_thread(
                activate_htpasswd, context.engine, plan, context.owner, writer_id
            )
        return writer_id

    activated: pulumi.Output[str] = writer.id.apply(activate)
    return activated


def _uploads(files: Files) -> list[docker.ContainerUploadArgs]:
    return [
        docker.ContainerUploadArgs(
            file=f"{CONFIG_DIRECTORY}/{file}", content=content, permissions=mode
        )
        for file, (content, mode) in files.items()
    ]
