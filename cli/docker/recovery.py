"""Starts the server again if an interrupted operation left a read-only copy in its place."""

from __future__ import annotations

from cli import interrupts
from cli.console import CommandError, info
from common.errors import UserError
from common.labels import Owner
from components.docker.engine import DockerEngine
from components.docker.read_only import is_read_only, resume_writing


def recover(engine: DockerEngine, container_name: str, owner: Owner) -> None:
    """Start the server again if an interrupted operation left a copy of it. Requires the lock.

    :raises CommandError: if the server can't be started.
    """
    if not is_read_only(engine, container_name, owner):
        return
    info("Starting the server again, which an interrupted operation made read-only")
    try:
        with interrupts.ignored():
            resume_writing(engine, container_name, owner)
    except UserError as error:
        raise CommandError(str(error)) from None
