"""TODO describe."""

from __future__ import annotations

from common.errors import UserError
from components.docker.engine import DockerEngine
from components.docker.errors import engine_errors
from components.servers.distribution.paths import (
    CONFIG_DIRECTORY,
    HTPASSWD_FILE,
    NEW_HTPASSWD_FILE,
)


def activate_htpasswd(host: DockerEngine, server: str, writer: str) -> None:
    """Give the credentials that a writer has put into the volume the name under which the server reads them, if they have not got it.

    :param server: the name of the server's container, which may not be there yet.
    :param writer: the writer's id.
    :raises UserError: where the writer is gone, or the Docker host fails.
    """
    try:
        with engine_errors(host, "the registry's users were written on it"):
            _name_new_htpasswd(host, server, writer)
    except LookupError:
        raise UserError(
            "The container that writes the registry's files is gone; it was removed by other means than this program, "
            "or dockerHost (or DOCKER_HOST) names another Docker host than at the last update. "
            "Run the update with a refresh: `make up`, or `pulumi up --refresh`."
        ) from None


def _name_new_htpasswd(host: DockerEngine, server: str, writer: str) -> None:
    # Where there is no server yet, nothing needs to be looked at first: a name that is given twice does no harm.
    if host.container(server) is None or not host.are_hard_linked(
        writer, CONFIG_DIRECTORY, {HTPASSWD_FILE, NEW_HTPASSWD_FILE}
    ):
        with host.paused(server):
            host.link(writer, CONFIG_DIRECTORY, HTPASSWD_FILE, NEW_HTPASSWD_FILE)
