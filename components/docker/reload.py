"""Activation of new credentials without a restart or a failed request.

The server reads the htpasswd file at every request. Docker can only remove and rewrite a file, so
requests in between would fail. Therefore a writer stores new credentials under another name. Then
the server is paused for a tenth of a second, and a hard link replaces the file.
"""

from __future__ import annotations

from common.errors import UserError
from components.docker.engine import DockerEngine
from components.docker.errors import engine_errors
from components.servers.paths import CONFIG_DIRECTORY, HTPASSWD_FILE, NEW_HTPASSWD_FILE


def activate_htpasswd(engine: DockerEngine, server: str, writer: str) -> None:
    """Replace the htpasswd file with the one that a writer stored, unless they are the same.

    :param server: the name of the server's container, which may not exist yet.
    :param writer: the ID of the writer.
    :raises UserError: if the writer does not exist, or the engine returns an error.
    """
    try:
        with engine_errors(engine, "the update of the registry's users"):
            _link_new_htpasswd(engine, server, writer)
    except LookupError:
        raise UserError(
            "The container that writes the registry's files does not exist. Another program "
            "removed it, or dockerHost (or DOCKER_HOST) is another Docker host than at the last "
            "update. Run the update with a refresh: `make up`, or `pulumi up --refresh`."
        ) from None


def _link_new_htpasswd(engine: DockerEngine, server: str, writer: str) -> None:
    # Without a server, the check is not needed: a second link changes nothing.
    if engine.container(server) is None or not engine.are_hard_linked(
        writer, CONFIG_DIRECTORY, {HTPASSWD_FILE, NEW_HTPASSWD_FILE}
    ):
        with engine.paused(server):
            engine.hard_link(writer, CONFIG_DIRECTORY, HTPASSWD_FILE, NEW_HTPASSWD_FILE)
