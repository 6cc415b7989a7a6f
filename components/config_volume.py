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

from components import server_file
from components.certificate import Certificate, public
from components.credentials import Credentials
from components.docker_host import DockerHost, failures_told
from components.errors import ToldError
from components.model import Settings, TlsMode
from components.ownership import Owner
from components.server_file import (
    AUTH_DIRECTORY,
    CERTIFICATE_DIRECTORY,
    CERTIFICATE_FILE,
    CLIENT_CAS_FILE,
    HTPASSWD_FILE,
    PRIVATE_KEY_FILE,
    YamlFile,
)
from components.storage import named_volume

NEW_HTPASSWD_FILE = "htpasswd-basic.new"
YAML_FILE = "registry.yml"
ACME_CA_FILE = "acme-ca.crt"

USERS = "users"
"""What the writer of the htpasswd file is named after."""
CERTIFICATE = "certificate"
"""What the writer of the certificate is named after; in HTTP mode there is none."""
CONFIGURATION = "configuration"
"""What the writer of the YAML file, and of what it names, is named after; it is there where such a file is needed."""

CONFIG_DIRECTORY = "/config"
"""Where the writers, and a server with a YAML file, have the volume."""


Files = dict[str, tuple[pulumi.Input[str], str]]
"""Files by name, each with its content and its mode."""


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
            mounts=[docker.ContainerMountArgs(type="volume", source=volume.name, target=CONFIG_DIRECTORY)],
            labels=[docker.ContainerLabelArgs(label=label, value=value) for label, value in owner.labels.items()],
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(delete_before_replace=True, hooks=hooks)),
        )

    # Where another URL leads to the same Docker host, the new volume would be the old one, whose removal its users prevent.
    replaced = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(delete_before_replace=True))
    volume = named_volume(f"{name}-config", settings.config_volume, owner, replaced, keep=False)
    users = writer(USERS, {NEW_HTPASSWD_FILE: files[USERS][HTPASSWD_FILE]})
    others = [writer(purpose, written) for purpose, written in files.items() if purpose != USERS]
    mounts = [
        docker.ContainerMountArgs(type="volume", source=volume.name, target=directory, read_only=True) for directory in config_directories(settings)
    ]
    published: pulumi.Output[str] = users.id.apply(publish)
    return ConfigVolume(mounts=mounts, written=pulumi.Output.all(published, *(other.id for other in others)))


def server_files(settings: Settings, certificate: Certificate | None, credentials: Credentials, yaml: YamlFile | None) -> dict[str, Files]:
    """The server's files, by what their writer is named after.

    :param yaml: the server's YAML file, where it needs one.
    """
    key_mode = settings.server.private_key_mode
    files: dict[str, Files] = {USERS: {HTPASSWD_FILE: (credentials.htpasswd, "0444")}}
    if certificate and certificate.pair:
        chain, key = certificate.pair
        files[CERTIFICATE] = {CERTIFICATE_FILE: (chain, "0444"), PRIVATE_KEY_FILE: (key, key_mode)}
    if yaml is not None:
        files[CONFIGURATION] = {YAML_FILE: (yaml.text, key_mode), **_named_by_yaml(settings)}
    return files


def config_directories(settings: Settings) -> list[str]:
    """Where the server has the volume."""
    needed = {AUTH_DIRECTORY: True, CERTIFICATE_DIRECTORY: settings.https, CONFIG_DIRECTORY: server_file.is_needed(settings)}
    return [directory for directory, is_needed in needed.items() if is_needed]


def server_command(settings: Settings) -> list[str] | None:
    """What the server is started with; the image's own command where its environment says everything."""
    return ["serve", f"{CONFIG_DIRECTORY}/{YAML_FILE}"] if server_file.is_needed(settings) else None


def writer_names(settings: Settings) -> dict[str, str]:
    """Name of the container that writes, by what it writes."""
    has_certificate = settings.https and settings.tls.mode is not TlsMode.LETS_ENCRYPT
    purposes = {USERS: True, CERTIFICATE: has_certificate, CONFIGURATION: server_file.is_needed(settings)}
    return {purpose: f"{settings.config_volume}-{purpose}-writer" for purpose, needed in purposes.items() if needed}


def _named_by_yaml(settings: Settings) -> Files:
    """The public files that the YAML file names."""
    files: Files = {}
    if settings.tls.client_cas:
        client_cas = [public(given, f"tls.clientCas[{index}]") for index, given in enumerate(settings.tls.client_cas)]
        files[CLIENT_CAS_FILE] = (pulumi.Output.concat(*client_cas), "0444")
    if settings.tls.letsencrypt.directory_ca_pem is not None:
        files[ACME_CA_FILE] = (public(settings.tls.letsencrypt.directory_ca_pem, "tls.letsencrypt.directoryCaPem"), "0444")
    return files


def name_new_htpasswd(host: DockerHost, server: str, writer: str) -> None:
    """Give the credentials that a writer has put into the volume the name under which the server reads them, if they have not got it.

    :param server: the name of the server's container, which may not be there yet.
    :param writer: the writer's id.
    :raises ToldError: where the writer is gone, or the Docker host fails.
    """
    try:
        with failures_told(host, "the registry's users were written on it"):
            _name_new_htpasswd(host, server, writer)
    except LookupError:
        raise ToldError(
            "The container that writes the registry's files is gone; it was removed by other means than this program, "
            "or dockerHost (or DOCKER_HOST) names another Docker host than at the last update. "
            "Run the update with a refresh: `make up`, or `pulumi up --refresh`."
        ) from None


def _name_new_htpasswd(host: DockerHost, server: str, writer: str) -> None:
    # Where there is no server yet, nothing needs to be looked at first: a name that is given twice does no harm.
    if host.container(server) is None or not host.are_linked(writer, CONFIG_DIRECTORY, {HTPASSWD_FILE, NEW_HTPASSWD_FILE}):
        with host.paused(server):
            host.link(writer, CONFIG_DIRECTORY, HTPASSWD_FILE, NEW_HTPASSWD_FILE)


def _uploads(files: Files) -> list[docker.ContainerUploadArgs]:
    return [
        docker.ContainerUploadArgs(file=f"{CONFIG_DIRECTORY}/{file}", content=content, permissions=mode) for file, (content, mode) in files.items()
    ]
