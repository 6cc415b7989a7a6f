"""The user that a server runs as, and the directories that this user must own.

A server that needs no rights of root runs as another user. A new volume belongs to root, and
Docker's API has no method to change that. But it extracts archives into the volumes of a container,
with the owners that the archive names. Through a container that is never started, the server gets a
directory in the volume, on any Docker host and without another program.

Packs that another user owns stay as they are, and the server then runs as its image's user. So it
does if the user can't enter the data directory, or if the file system does not let Docker set
owners, as an NFS server with root squashing or an SMB server.
"""

from __future__ import annotations

import asyncio
import contextlib
import posixpath
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from common.labels import Owner
from components.docker import names
from components.docker.archive import ROOT, make_directory
from components.docker.container_spec import ContainerSpec, Mount
from components.docker.container_state import ContainerState
from components.docker.context import DockerContext
from components.docker.engine import DockerEngine
from components.docker.errors import engine_errors
from components.docker.orphans import remove_orphan
from components.docker.plan import DockerPlan
from components.servers.paths import DATA_DIRECTORY, DOWNLOAD_DIRECTORY, SCRATCH_DIRECTORY

_ENTERED_BY_OTHERS = 0o001
"""The permission to enter a directory for users other than its owner and group."""


def server_user(
    context: DockerContext, plan: DockerPlan, image_id: pulumi.Input[str], mounts: Sequence[Mount]
) -> pulumi.Input[str]:
    """Return the user and group of the server, once its directories exist.

    :param mounts: the writable mounts of the server.
    :returns: an empty string for the image's own user.
    """
    if plan.process.user_id is None:
        return ""
    if not context.checks_now:
        targets = [mount.target for mount in mounts]
        return pulumi.Output.from_input(asyncio.to_thread(_expected, context, plan, targets))

    async def find(resolved: list[Any]) -> str:
        image, *sources = resolved
        volumes = [
            Mount(mount.target, source, mount.type)
            for mount, source in zip(mounts, sources, strict=True)
        ]
        return await asyncio.to_thread(prepare, context, plan, image, volumes)

    sources = [mount.source for mount in mounts]
    user: pulumi.Output[str] = pulumi.Output.all(image_id, *sources).apply(find)
    return user


def numeric(user_id: int | None) -> str:
    """Return user and group as a container's configuration has them; empty for None."""
    return "" if user_id is None else f"{user_id}:{user_id}"


def owner_of_files(user: str) -> int:
    """Return the owner of the files of a server with this user and group."""
    return int(user.partition(":")[0]) if user else ROOT


def prepare(context: DockerContext, plan: DockerPlan, image: str, mounts: Sequence[Mount]) -> str:
    """Create missing directories, and return the user and group of the server.

    :param image: any image on the host. It is not run.
    :raises UserError: if the engine returns an error.
    """
    engine, owner = context.engine, context.owner
    if not mounts:
        return numeric(plan.process.user_id)
    with engine_errors(engine, "the preparation of the server's directories"):
        running = engine.container(plan.container_name)
        if running and _has_mounts(running, {mount.target: mount.source for mount in mounts}):
            if running.user == numeric(plan.process.user_id):
                return running.user
            return _prepare_in(engine, plan, running.id)
        # A killed update may have left the container. The preflight checked its owner.
        remove_orphan(engine, names.preparer(plan.container_name), owner)
        try:
            identifier = engine.create_container(_preparer_spec(plan, owner, image, mounts))
            return _prepare_in(engine, plan, identifier)
        finally:
            remove_orphan(engine, names.preparer(plan.container_name), owner)


def prepare_packs(engine: DockerEngine, plan: DockerPlan, identifier: str, owner: int) -> None:
    """Create the directory of packs in a container, or give it to its owner."""
    name = posixpath.relpath(plan.process.packs_directory, DATA_DIRECTORY)
    engine.extract_archive(identifier, DATA_DIRECTORY, make_directory(name, owner))


def _prepare_in(engine: DockerEngine, plan: DockerPlan, identifier: str) -> str:
    user = _user_of_packs(engine, plan, identifier)
    if plan.process.needs_scratch:
        name = posixpath.relpath(DOWNLOAD_DIRECTORY, SCRATCH_DIRECTORY)
        directory = make_directory(name, owner_of_files(user))
        engine.extract_archive(identifier, SCRATCH_DIRECTORY, directory)
    return user


def _user_of_packs(engine: DockerEngine, plan: DockerPlan, identifier: str) -> str:
    user_id, directory = plan.process.user_id, plan.process.packs_directory
    if user_id is None or not directory:
        return numeric(user_id)
    found = engine.stat(identifier, directory)
    if found is None:
        parent = engine.stat(identifier, DATA_DIRECTORY)
        if parent and parent.uid != user_id and not parent.mode & _ENTERED_BY_OTHERS:
            return _image_user(f"Only its owner can enter {plan.location.holder}")
        # A file system without owners may refuse them. Then the server creates the directory.
        with contextlib.suppress(Exception):
            prepare_packs(engine, plan, identifier, user_id)
        found = engine.stat(identifier, directory)
    if found is None:
        return _image_user(f"Docker can't set owners in {plan.location.holder}")
    if found.uid != user_id:
        return _image_user(f"The packs in {plan.location} belong to the user {found.uid}")
    return numeric(user_id)


def _image_user(reason: str) -> str:
    pulumi.log.info(
        f"{reason}, so the server runs as its image's user. docs/how-to/oci.md describes how to "
        "change that."
    )
    return ""


def _expected(context: DockerContext, plan: DockerPlan, targets: Sequence[str]) -> str:
    """Return the user for a preview, which changes nothing: the running server's, if there is one.

    Errors of the engine are ignored here: the preflight checks report them.
    """
    with contextlib.suppress(Exception):
        found = context.engine.container(plan.container_name) if context.features.checks else None
        if found and set(targets) <= set(found.mounts):
            return found.user
    return numeric(plan.process.user_id)


def _has_mounts(found: ContainerState, mounts: Mapping[str, Any]) -> bool:
    return mounts.items() <= found.mounts.items()


def _preparer_spec(
    plan: DockerPlan, owner: Owner, image: str, mounts: Sequence[Mount]
) -> ContainerSpec:
    return ContainerSpec(
        name=names.preparer(plan.container_name),
        image=image,
        labels=owner.labels,
        command=plan.process.command,
        mounts=mounts,
        network_mode="none",
    )
