"""The volume that holds the server's htpasswd file and certificate, and the writers that fill it.

A writer is a container of the server's own image that is created and never started: Docker puts files into the volume through it, on any
Docker host, with nothing written on the operator's disk. One writes the htpasswd file, while the certificate's key may still be in the
making, and another one the certificate. The server re-reads the htpasswd file when it changes, so new credentials need no restart.

The server looks at that file on every request, and Docker can only remove a file and write it anew: requests in between would fail. The
writer therefore puts new credentials beside the file, whole; then the server is paused, they are given the file's name by a hard link, and
the server goes on. Requests of that tenth of a second wait, and none fails.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.certificate import Certificate
from components.credentials import Credentials
from components.docker_host import DockerHost
from components.errors import ToldError
from components.model import Settings
from components.ownership import Owner

AUTH_DIRECTORY = "/auth"
CERTIFICATE_DIRECTORY = "/certs"
HTPASSWD_FILE = "htpasswd-basic"
NEW_HTPASSWD_FILE = "htpasswd-basic.new"
CERTIFICATE_FILE = "tls.crt"
PRIVATE_KEY_FILE = "tls.key"

USERS = "users"
"""What the writer of the htpasswd file is named after."""
CERTIFICATE = "certificate"
"""What the writer of the certificate is named after; in HTTP mode there is none."""

_WRITER_DIRECTORY = "/config"


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
    certificate: Certificate | None,
    credentials: Credentials,
    hooks: pulumi.ResourceHookBinding | None,
    child: pulumi.ResourceOptions,
    publish: Callable[[str], Awaitable[str]],
) -> ConfigVolume:
    """Declare the volume and its writers.

    :param name: the component's name, the prefix of its children's.
    :param child: options of the component's children.
    :param image_id: any image; it is not run.
    :param hooks: what to do before a writer is created.
    :param publish: what gives the new credentials their name, once the writer with a given id has put them into the volume.
    """

    def writer(purpose: str, files: Mapping[str, tuple[pulumi.Input[str], str]]) -> docker.Container:
        return docker.Container(
            f"{name}-{purpose}-writer",
            name=writer_names(settings)[purpose],
            image=image_id,
            start=False,
            must_run=False,
            restart="no",
            network_mode="none",
            uploads=_uploads(files),
            mounts=[docker.ContainerMountArgs(type="volume", source=volume.name, target=_WRITER_DIRECTORY)],
            labels=[docker.ContainerLabelArgs(label=label, value=value) for label, value in owner.labels.items()],
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(delete_before_replace=True, hooks=hooks)),
        )

    volume = docker.Volume(
        f"{name}-config",
        name=settings.config_volume,
        labels=[docker.VolumeLabelArgs(label=label, value=value) for label, value in owner.labels.items()],
        opts=child,
    )
    written: list[pulumi.Output[str]] = [writer(USERS, {NEW_HTPASSWD_FILE: (credentials.htpasswd, "0444")}).id.apply(publish)]
    if certificate:
        key = (certificate.private_key_pem, settings.server.private_key_mode)
        written.append(writer(CERTIFICATE, {CERTIFICATE_FILE: (certificate.chain_pem, "0444"), PRIVATE_KEY_FILE: key}).id)
    directories = [AUTH_DIRECTORY, *([CERTIFICATE_DIRECTORY] if certificate else [])]
    mounts = [docker.ContainerMountArgs(type="volume", source=volume.name, target=directory, read_only=True) for directory in directories]
    return ConfigVolume(mounts=mounts, written=pulumi.Output.all(*written))


def writer_names(settings: Settings) -> dict[str, str]:
    """Name of the container that writes, by what it writes."""
    return {purpose: f"{settings.config_volume}-{purpose}-writer" for purpose in (USERS, *([CERTIFICATE] if settings.https else []))}


def name_new_htpasswd(host: DockerHost, server: str, writer: str) -> None:
    """Give the credentials that a writer has put into the volume the name under which the server reads them, if they have not got it.

    :param server: the name of the server's container, which may not be there yet.
    :param writer: the writer's id.
    :raises ToldError: where the writer is gone.
    """
    try:
        # Where there is no server yet, nothing needs to be looked at first: a name that is given twice does no harm.
        if host.container(server) is None or not host.are_linked(writer, _WRITER_DIRECTORY, {HTPASSWD_FILE, NEW_HTPASSWD_FILE}):
            with host.paused(server):
                host.link(writer, _WRITER_DIRECTORY, HTPASSWD_FILE, NEW_HTPASSWD_FILE)
    except LookupError:
        raise ToldError(
            "The container that writes the registry's files is gone; it was removed by other means than this program. "
            "Run the update with a refresh: `make up`, or `pulumi up --refresh`."
        ) from None


def _uploads(files: Mapping[str, tuple[pulumi.Input[str], str]]) -> list[docker.ContainerUploadArgs]:
    return [
        docker.ContainerUploadArgs(file=f"{_WRITER_DIRECTORY}/{file}", content=content, permissions=mode) for file, (content, mode) in files.items()
    ]
