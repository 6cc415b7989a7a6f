"""A registry that is read-only for a while: a copy of the server takes its place.

The server's container is stopped and never changed. The copy has its image, files, users, packs and
port, and rejects pushes. As long as the copy exists, the server has to be started again. The next
command does so if the one that created the copy was killed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.errors import UserError
from common.labels import TLS_LABEL, Owner
from common.wait import wait_until
from components.docker import names
from components.docker.addresses import is_unreachable
from components.docker.engine import DockerEngine
from components.docker.errors import ContainerNotOwnedError, describe_error
from components.docker.orphans import remove_orphan
from components.docker.server_check import answers, log_tail
from components.docker.server_copy import Differences, copy_of, further_networks

ANSWER_SECONDS = 30.0
"""Time for the copy to answer."""

RETURN_SECONDS = 60.0
"""Time in which Docker may be restarted, until the server runs again."""


def serve_read_only(
    engine: DockerEngine,
    container_name: str,
    owner: Owner,
    server: Mapping[str, Any],
    environment: Mapping[str, str],
) -> None:
    """Stop the server, and start a copy that rejects pushes.

    If this fails, ``resume_writing`` is required.

    :param server: the output of `docker inspect` for the running server.
    :param environment: variables that make the server read-only.
    :raises UserError: if the copy does not answer.
    """
    labels = {**owner.labels, TLS_LABEL: server["Config"]["Labels"].get(TLS_LABEL, "")}
    differences = Differences(labels=labels, environment=environment, serves=True)
    networks = further_networks(server, differences)
    copy = engine.create_from(
        copy_of(server, differences), names.read_only_server(container_name), networks
    )
    engine.stop_container(server["Id"])
    engine.start_container(copy)

    if not wait_until(lambda: _serves(engine, copy), ANSWER_SECONDS):
        found = engine.container(copy)
        log = "".join(f"\n    {line}" for line in log_tail(engine, found))
        raise UserError(f"The read-only server does not answer.{log}")


def _serves(engine: DockerEngine, identifier: str) -> bool:
    """Return whether a server answers. If this machine can't reach it, it only has to run."""
    found = engine.container(identifier)
    if found is None or found.status != "running":
        return False
    is_hidden = all(is_unreachable(engine, address) for address, _ in found.published)
    return is_hidden or answers(engine, found)


def is_read_only(engine: DockerEngine, container_name: str, owner: Owner) -> bool:
    """Return whether a copy of the server, or its collector, exists."""
    found = (engine.container(name) for name in _copies(container_name))
    return any(container and owner.owns(container.labels) for container in found)


def resume_writing(engine: DockerEngine, container_name: str, owner: Owner) -> None:
    """Remove what maintenance has created, and start the server again. May be repeated.

    :raises UserError: if the server does not run within a minute.
    """
    from components.docker.connection import docker

    errors: list[Exception] = []

    def has_resumed() -> bool:
        try:
            _resume(engine, container_name, owner)
        except (docker.errors.DockerException, OSError) as error:
            errors.append(error)
            return False
        return True

    try:
        if wait_until(has_resumed, RETURN_SECONDS, interval=0.2):
            return
    except ContainerNotOwnedError as error:
        raise UserError(str(error)) from None
    raise UserError(
        f"The server {container_name} could not be started again: {describe_error(errors[-1])}. "
        "The registry rejects pushes until it is. Fix the error, then run `make up`."
    )


def _resume(engine: DockerEngine, container_name: str, owner: Owner) -> None:
    """Start the server if a copy has taken its place. Nothing may write to the packs before."""
    collector, copy = _copies(container_name)
    remove_orphan(engine, collector, owner)
    found = engine.container(copy)
    if found is None:
        return
    if not owner.owns(found.labels):
        raise ContainerNotOwnedError(copy, found.labels)
    server = engine.container(container_name)
    if server and server.status != "running":
        if found.status == "running":
            engine.stop_container(found.id)
        engine.start_container(server.id)
    engine.remove_container(found.id)


def _copies(container_name: str) -> tuple[str, str]:
    return names.collector(container_name), names.read_only_server(container_name)
