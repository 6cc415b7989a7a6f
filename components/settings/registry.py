"""All settings of a registry."""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import urlsplit

from common.settings_model import SettingsModel, nested, setting
from common.types.base import OrEmpty, Text
from common.types.credentials import DEFAULT_COST, BcryptCost, RegistryUsername, Secret
from common.types.docker import DockerHost, DockerName, ImageReference, NetworkName
from common.types.http import Realm, RepositoryPath
from common.types.network import BindAddress, HostAddress, Hostname, HttpUrl, Port
from common.types.paths import LocalPath
from components.settings.kubernetes import Kubernetes, ServiceType, Target
from components.settings.limits import Limits
from components.settings.metrics import Metrics
from components.settings.notifications import Notifications
from components.settings.server import LogLevel, Server
from components.settings.storage import Storage
from components.settings.tls import Tls, TlsMode
from components.settings.users import User
from components.settings.zot import OciServer, Zot


class Flavor(StrEnum):
    """Kinds of registries: Palette's own pack registry, or an OCI registry."""

    PACK = "pack"
    OCI = "oci"


OFFICIAL_IMAGE = "us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0"
DISTRIBUTION_IMAGE = "docker.io/library/registry:3.0.0"
DEVELOPMENT_IMAGE = "pack-registry-dev"
"""Image that is built from ``dev_image`` and not published, without its tag."""
DEVELOPMENT_TAG = "1.1.0"
"""Tag of that image, as in ``dev_image/VERSION``."""
ZOT_IMAGE = "ghcr.io/project-zot/zot-linux-amd64:v2.1.20"
OCI_IMAGES = {OciServer.ZOT: ZOT_IMAGE, OciServer.DISTRIBUTION: DISTRIBUTION_IMAGE}
"""Default image of each server of an OCI registry."""


DEFAULT_PACK_PATH = "packs"
"""Base content path of an OCI registry by default."""

KUBERNETES_DRAIN_SECONDS = 20
"""Default of `server.drainSeconds` on Kubernetes."""

DEFAULT_NETWORK = "bridge"
"""Network in which Docker publishes the ports of containers that name no network."""


class Settings(SettingsModel):
    """All settings of a registry."""

    hostname: Hostname = setting(
        ...,
        "Name or IP address under which clients reach the registry. It is the common name and the "
        "first SAN of the certificate, and part of the endpoint.",
    )
    target: Target = setting(
        Target.DOCKER,
        "What runs the server: a Docker host or a Kubernetes cluster.",
        example="kubernetes",
    )
    flavor: Flavor = setting(
        Flavor.PACK,
        "Kind of registry: a Palette pack registry, or an OCI registry.",
        example="oci",
    )
    oci_server: OciServer = setting(
        OciServer.ZOT,
        "Server of an OCI registry (flavor oci): zot, which has roles, garbage collection and "
        "mirrors, or CNCF Distribution.",
        example="distribution",
    )
    base_content_path: OrEmpty[RepositoryPath] = setting(
        "",
        "Path before spectro-packs/archive in the repositories of packs (flavor oci). By default, "
        f"{DEFAULT_PACK_PATH}.",
    )
    ip_addresses: list[HostAddress] = setting(
        [], "Additional IP addresses of the host, for the SANs of a generated certificate."
    )
    port: Port = setting(
        0,
        "Port on the Docker host, or of the Kubernetes Service. 0 means 443, or 80 if tls.mode is "
        "off.",
    )
    bind_address: BindAddress = setting(
        "0.0.0.0",  # noqa: S104 - other hosts use the registry
        "IP address of the Docker host on which the port is published.",
    )
    bind_addresses: list[BindAddress] = setting(
        [],
        "Additional IP addresses of the Docker host on which the port is published.",
        allowed="a list of IP addresses of the Docker host",
        example=["10.10.0.5", "fd00::5"],
    )
    networks: list[NetworkName] = setting(
        [],
        "Existing Docker networks that the container joins in addition to the default network. "
        "Its name there is the container's name.",
    )
    public_endpoint: OrEmpty[HttpUrl] = setting(
        "",
        "URL of the registry behind a proxy. Exported as endpoint. The server tells clients to "
        "upload there. If its host is not hostname, Palette gets no caCertificate.",
    )
    image: OrEmpty[ImageReference] = setting(
        "",
        f"Server image. By default `{OFFICIAL_IMAGE}`, for zot `{ZOT_IMAGE}`, for distribution "
        f"`{DISTRIBUTION_IMAGE}`.",
    )
    image_archive: OrEmpty[LocalPath] = setting(
        "",
        "Archive of the image on this machine, as `docker save` writes it, for Docker hosts "
        "without access to an image registry.",
        example="/srv/images/spectro-registry-4.7.0.tar",
    )
    image_username: OrEmpty[RegistryUsername] = setting(
        "", "User name for a private image registry."
    )
    image_password: Secret = setting(
        "",
        "Password or token for a private image registry. It can't be an output, because the image "
        "is pulled before any resource is created.",
    )
    container_name: DockerName = setting(
        "spectro-registry",
        "Name of the container and prefix of the volumes' names. Two registries on one host need "
        "different names. On Kubernetes, the name of the Deployment and prefix of all names.",
    )
    tls: Tls = nested(Tls, "TLS configuration.")
    users: list[User] = setting(
        [User(name="spectro")],
        "Users in addition to `admin`, who always exists. They have read access, unless they have "
        "another role.",
        allowed="a list of users, each an object with a name",
        example=[{"name": "spectro"}, {"name": "ci-reader"}],
    )
    bcrypt_cost: BcryptCost = setting(
        DEFAULT_COST,
        "bcrypt cost of all users' hashes. The server spends it on every request. If it is not "
        f"{DEFAULT_COST}, response times tell which users exist, because the server compares "
        f"unknown users with a hash of cost {DEFAULT_COST}.",
    )
    rotation: Text = setting("", "Any string. Change it to generate new passwords for all users.")
    realm: Realm = setting(
        "Registry Realm", "Realm that the server names when it requests credentials."
    )
    log_level: LogLevel = setting(LogLevel.INFO, "Log level of the server.", example="debug")
    storage: Storage = nested(Storage, "Storage of the packs.")
    server: Server = nested(Server, "Options of the server and its container.")
    metrics: Metrics = nested(
        Metrics, "Port with metrics for Prometheus (CNCF Distribution, flavor pack included)."
    )
    notifications: Notifications = nested(
        Notifications,
        "Notifications of pushes, pulls and deletions (CNCF Distribution, flavor pack included).",
    )
    zot: Zot = nested(Zot, "Options of zot (flavor oci, ociServer zot).")
    limits: Limits = nested(Limits, "Container resource limits on a Docker host.")
    docker_host: OrEmpty[DockerHost] = setting(
        "", "Docker host. By default, DOCKER_HOST or the local socket."
    )
    docker_cert_path: OrEmpty[LocalPath] = setting(
        "",
        "Directory on this machine with ca.pem, cert.pem and key.pem for a tcp:// Docker host. "
        "DOCKER_CERT_PATH by default.",
    )
    kubernetes: Kubernetes = nested(
        Kubernetes, "Cluster, namespace, replicas, service and storage (target kubernetes)."
    )
    verify: bool = setting(
        True,
        "Verify the registry after every update, and a changed server before switching to it.",
    )

    @property
    def https(self) -> bool:
        """Whether the server uses TLS."""
        return self.tls.mode is not TlsMode.OFF

    @property
    def server_image(self) -> str:
        """Image of the server."""
        default = OFFICIAL_IMAGE if self.flavor is Flavor.PACK else OCI_IMAGES[self.oci_server]
        return self.image or default

    @property
    def uses_zot(self) -> bool:
        """Whether zot is the server."""
        return self.flavor is Flavor.OCI and self.oci_server is OciServer.ZOT

    @property
    def pack_format(self) -> str:
        """How the server stores packs, which is also the name of their directory.

        Empty for a pack registry, `oci` for CNCF Distribution with flavor oci, or `zot`.
        """
        return "zot" if self.uses_zot else "oci" if self.flavor is Flavor.OCI else ""

    @property
    def pack_path(self) -> str:
        """Base content path of an OCI registry.

        It is never empty, because Palette's API rejects a registration with an empty path.
        """
        return self.base_content_path or DEFAULT_PACK_PATH

    @property
    def published_port(self) -> int:
        """Port on the Docker host, or of the Service."""
        return self.port or (443 if self.https else 80)

    @property
    def client_port(self) -> int:
        """Port to which clients connect if there is no proxy."""
        service = self.kubernetes.service
        if self.target is Target.KUBERNETES and service.type is ServiceType.NODE_PORT:
            return service.node_port or self.published_port
        return self.published_port

    @property
    def published_addresses(self) -> list[str]:
        """Addresses of the Docker host on which the port is published. The first is verified."""
        return list(dict.fromkeys([self.bind_address, *self.bind_addresses]))

    @property
    def endpoint(self) -> str:
        """URL of the registry as clients reach it."""
        return self.public_endpoint or self.server_url

    @property
    def drain_seconds(self) -> int:
        """Seconds that a server waits for running requests when it stops; 0 for its own default.

        On Kubernetes, every update and every drained node stops servers.
        """
        default = KUBERNETES_DRAIN_SECONDS if self.target is Target.KUBERNETES else 0
        return self.server.drain_seconds or default

    @property
    def shows_own_certificate(self) -> bool:
        """Whether clients get the server's certificate. A proxy with another host has its own."""
        return urlsplit(self.endpoint).hostname == self.hostname

    @property
    def server_url(self) -> str:
        """URL of the server, bypassing any proxy. The scheme's default port is omitted."""
        scheme, default_port = ("https", 443) if self.https else ("http", 80)
        host = f"[{self.hostname}]" if ":" in self.hostname else self.hostname
        return (
            f"{scheme}://{host}"
            if self.client_port == default_port
            else f"{scheme}://{host}:{self.client_port}"
        )
