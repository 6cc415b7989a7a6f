"""Activation of new credentials without a restart or a failed request.

CNCF Distribution reads the htpasswd file at every request. Docker can only remove and rewrite a
file, so requests in between would fail. Therefore a writer stores new credentials under another
name. Then the server is paused for a tenth of a second, and a hard link replaces the file.

If the server reads the file only at startup (zot), a short-lived container of the same image makes
it reload the file. If that fails, or if the server's log does not show that the server has read the
file, the server is restarted, so that removed users lose access. Another hard link then marks the
file as read. If an update is interrupted before that, the next update makes the server reload it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pulumi

from common.errors import UserError
from common.labels import Owner
from common.types.docker import size_in_bytes
from common.wait import wait_until
from components.docker import names
from components.docker.container_spec import ContainerSpec, Mount
from components.docker.container_state import ContainerState
from components.docker.engine import DockerEngine
from components.docker.errors import engine_errors
from components.docker.orphans import remove_orphan
from components.docker.plan import DockerPlan
from components.docker.server_user import owner_of_files
from components.docker.server_version import ServerVersion
from components.servers.paths import (
    CONFIG_DIRECTORY,
    HTPASSWD_FILE,
    LOADED_HTPASSWD_FILE,
    NEW_HTPASSWD_FILE,
    PREVIOUS_HTPASSWD_FILE,
)

RELOAD_SECONDS = 30.0
"""Time limit for the container that makes the server reload its users."""

READ_SECONDS = 30.0
"""Time limit for the server to read them. It first ends its copies and collections."""


@dataclass(frozen=True)
class Credentials:
    """The stored credentials, and the server that is going to use them."""

    writer: str
    """ID of the writer that stored them."""
    user: str
    """User and group of the server, which own its files; empty for its image's user."""
    version: ServerVersion
    """The server that the update runs."""


def activate_htpasswd(
    engine: DockerEngine, plan: DockerPlan, owner: Owner, credentials: Credentials
) -> None:
    """Replace the htpasswd file with the one that a writer stored, unless they are the same.

    :param plan: the registry, whose server may not exist yet.
    :raises UserError: if the writer does not exist, or the engine returns an error.
    """
    writer, file_owner = credentials.writer, owner_of_files(credentials.user)
    try:
        with engine_errors(engine, "the update of the registry's users"):
            if plan.process.user_id is not None:
                # Docker stores files as root.
                engine.change_owner(writer, CONFIG_DIRECTORY, file_owner)
            _link_new_htpasswd(engine, plan.container_name, writer, file_owner)
            if plan.process.reload_command:
                _reload(engine, plan, owner, credentials)
    except LookupError:
        raise UserError(
            "The container that writes the registry's files does not exist. Another program "
            "removed it, or dockerHost (or DOCKER_HOST) is another Docker host than at the last "
            "update. Run the update with a refresh: `make up`, or `pulumi up --refresh`."
        ) from None


def _link_new_htpasswd(engine: DockerEngine, server: str, writer: str, file_owner: int) -> None:
    # Without a server, the check is not needed: a second link changes nothing.
    if engine.container(server) is None or not engine.are_hard_linked(
        writer, CONFIG_DIRECTORY, {HTPASSWD_FILE, NEW_HTPASSWD_FILE}
    ):
        with engine.paused(server):
            engine.hard_link(writer, CONFIG_DIRECTORY, HTPASSWD_FILE, NEW_HTPASSWD_FILE, file_owner)


def _reload(engine: DockerEngine, plan: DockerPlan, owner: Owner, credentials: Credentials) -> None:
    """Make the server read the users, unless it has read them.

    A server that does not run reads them when it starts. So does the one that replaces the running
    server: the next update then finds it newer than the users, and marks them as read.
    """
    writer = credentials.writer
    names_of_read = {HTPASSWD_FILE, LOADED_HTPASSWD_FILE}
    if engine.are_hard_linked(writer, CONFIG_DIRECTORY, names_of_read):
        return
    server = engine.container(plan.container_name)
    if server and server.status == "paused":
        # An interrupted update left it so. When it is resumed, it still has the previous users.
        engine.unpause(server.id)
        server = engine.container(plan.container_name)
    if server and server.status == "running":
        if credentials.version.replaces(ServerVersion.of(server)):
            return
        if not _is_newer(engine, server, writer):
            _reload_running(engine, plan, owner, server)
    _mark_as_read(engine, writer, owner_of_files(credentials.user))


def _is_newer(engine: DockerEngine, server: ContainerState, writer: str) -> bool:
    """Return whether a server was created after the writer. Then its file was active already."""
    stored = engine.container(writer)
    return stored is not None and server.created > stored.created


def _reload_running(
    engine: DockerEngine, plan: DockerPlan, owner: Owner, server: ContainerState
) -> None:
    """Make a server read the users, or restart it."""
    # A killed update may have left the container. The preflight checked its owner.
    remove_orphan(engine, names.reloader(plan.container_name), owner)
    began = engine.time()
    try:
        has_ended = _run(engine, reloader_spec(plan, owner, server.image, server.user))
    finally:
        remove_orphan(engine, names.reloader(plan.container_name), owner)
    if not (has_ended and _has_read(engine, server.id, plan.process.reloaded_line, began)):
        pulumi.log.warn(
            "The server did not read its changed users while it ran. It is being restarted, "
            "which interrupts its clients for a moment."
        )
        engine.restart_container(server.id)


def _has_read(engine: DockerEngine, server: str, line: str, since: datetime) -> bool:
    """Return whether the server's log has a line in time. A log that can't be read has none."""

    def is_logged() -> bool:
        return any(line in each for each in engine.log_lines_since(server, since))

    try:
        return wait_until(is_logged, READ_SECONDS)
    except Exception:  # a log driver may not return lines
        return False


def _mark_as_read(engine: DockerEngine, writer: str, file_owner: int) -> None:
    """Make the mark a link to the current file. The file that it linked to gets another name.

    A busy server reads the users some time after it was asked to. zot then stops watching the
    previous file, and fails if that no longer exists (zot 2.1.20, `pkg/api/htpasswd.go`).
    """
    links = [(LOADED_HTPASSWD_FILE, HTPASSWD_FILE)]
    if engine.has_path(writer, f"{CONFIG_DIRECTORY}/{LOADED_HTPASSWD_FILE}"):
        links.insert(0, (PREVIOUS_HTPASSWD_FILE, LOADED_HTPASSWD_FILE))
    for name, target in links:
        engine.hard_link(writer, CONFIG_DIRECTORY, name, target, file_owner)


def _run(engine: DockerEngine, spec: ContainerSpec) -> bool:
    """Run a process, and return whether it ended without an error in time."""
    identifier = engine.create_container(spec)
    engine.start_container(identifier)

    def has_ended() -> bool:
        found = engine.container(identifier)
        return found is None or found.status == "exited"

    wait_until(has_ended, RELOAD_SECONDS, interval=0.05)
    ended = engine.container(identifier)
    return ended is not None and ended.status == "exited" and ended.exit_code == 0


def reloader_spec(plan: DockerPlan, owner: Owner, image: str, user: str) -> ContainerSpec:
    """Return the container of the process that makes the server read its users again.

    It runs as the owner of the files in the volume, without any capability.

    :param image: the image of the running server.
    :param user: its user and group; empty for root.
    """
    return ContainerSpec(
        name=names.reloader(plan.container_name),
        image=image,
        labels=owner.labels,
        command=plan.process.reload_command,
        user=user or "0:0",
        mounts=[Mount(CONFIG_DIRECTORY, names.config_volume(plan.container_name))],
        network_mode="none",
        tmpfs={"/tmp": "rw,noexec,nosuid,nodev,size=16m"},  # noqa: S108 - a mount point
        read_only_root=True,
        security_options=["no-new-privileges:true"],
        drop_capabilities=["ALL"],
        memory=size_in_bytes(plan.limits.memory),
        cpus=plan.limits.cpus,
        pids_limit=plan.limits.pids,
    )
