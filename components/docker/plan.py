"""What one registry needs from a Docker host, derived from its settings."""

from __future__ import annotations

from dataclasses import dataclass

from components.docker import names
from components.docker.image import ImageSource
from components.servers.process import ServerProcess
from components.settings import Limits, Server, Settings, Storage, StorageKind, TlsMode
from components.storage.location import StorageLocation


@dataclass(frozen=True)
class DockerPlan:
    """Container, volumes, ports and limits of one registry. Its parts take what they need."""

    docker_host: str
    container_name: str
    image: ImageSource
    process: ServerProcess
    hostname: str
    endpoint: str
    """URL of the registry as clients reach it."""
    port: int
    """Published port."""
    addresses: list[str]
    """Addresses of the host on which the port is published. The first one is verified."""
    metrics_address: str
    """Address of the host on which the port with metrics is published, if the server has one."""
    networks: list[str]
    storage: Storage
    location: StorageLocation
    tls_mode: TlsMode
    server: Server
    """How the container is run."""
    limits: Limits
    verify: bool

    @property
    def data_volume(self) -> str:
        """Name of the volume with the packs; empty for other kinds of storage."""
        return names.data_volume(self.container_name, self.storage)

    @property
    def acme_volume(self) -> str:
        """Name of the volume with the certificate that the server obtained; empty without one."""
        return names.acme_volume(self.container_name, self.tls_mode)

    @property
    def keeps_data(self) -> bool:
        """Whether the packs outlive the stack."""
        return self.storage.keep_on_destroy and self.storage.kind is not StorageKind.MEMORY


def docker_plan(settings: Settings, process: ServerProcess) -> DockerPlan:
    """Select what Docker needs from all settings of a registry.

    :param process: the server that the container runs.
    """
    volume = names.data_volume(settings.container_name, settings.storage)
    return DockerPlan(
        docker_host=settings.docker_host,
        container_name=settings.container_name,
        image=ImageSource(
            reference=settings.server_image,
            archive=settings.image_archive,
            username=settings.image_username,
            password=settings.image_password,
        ),
        process=process,
        hostname=settings.hostname,
        endpoint=settings.endpoint,
        port=settings.published_port,
        addresses=settings.published_addresses,
        metrics_address=settings.metrics.address,
        networks=settings.networks,
        storage=settings.storage,
        location=StorageLocation.of(settings.storage, volume, settings.pack_format),
        tls_mode=settings.tls.mode,
        server=settings.server,
        limits=settings.limits,
        verify=settings.verify,
    )
