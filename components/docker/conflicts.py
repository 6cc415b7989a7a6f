"""Conflicts between settings of the Docker host, its networks and the image."""

from __future__ import annotations

from collections.abc import Iterator

from common.conflict import Conflict
from common.types.network import addresses_overlap
from components.docker import names
from components.settings import DEFAULT_NETWORK, Settings

NO_NETWORKS = ("host", "none")
"""Network modes that exclude other networks."""


def docker_conflicts(settings: Settings) -> Iterator[Conflict]:
    """Yield all conflicts."""
    yield from _volumes(settings)
    yield from _addresses(settings.bind_address, settings.bind_addresses)
    yield from _metrics(settings)
    yield from _connection(settings.docker_host, settings.docker_cert_path)
    yield from _networks(settings.networks)
    yield from _image_archive(settings)


def _volumes(settings: Settings) -> Iterator[Conflict]:
    """The data volume needs a name that no other volume of the registry has."""
    container = settings.container_name
    data = names.data_volume(container, settings.storage)
    for purpose, volume in (
        ("configuration", names.config_volume(container)),
        ("ACME certificate", names.acme_volume(container, settings.tls.mode)),
    ):
        if volume and volume == data:
            yield Conflict(
                (("storage", "volume"), ("containerName",), ("tls", "mode")),
                f"{volume} is the name of the volume for the {purpose}. "
                f'Use another name (for example, "{container}-packs").',
            )


def _addresses(first: str, addresses: list[str]) -> Iterator[Conflict]:
    """A port can be published once on each address."""
    for index, address in enumerate(addresses):
        others = [first, *addresses[:index]]
        overlapping = (other for other in others if addresses_overlap(address, other))
        if other := next(overlapping, None):
            yield Conflict(
                (("bindAddresses", index), ("bindAddress",)),
                f"{address} overlaps {other}. Use 0.0.0.0 for all of IPv4, :: for all of IPv6, or "
                "different single addresses.",
            )


def _metrics(settings: Settings) -> Iterator[Conflict]:
    """The metrics are published on a port that the registry does not publish."""
    port, metrics = settings.published_port, settings.metrics
    overlaps = (addresses_overlap(metrics.address, each) for each in settings.published_addresses)
    if metrics.port == port and any(overlaps):
        yield Conflict(
            (("metrics", "port"), ("port",)),
            f"{port} is the registry's own port. Use another port (for example, 5001).",
        )


def _connection(docker_host: str, cert_path: str) -> Iterator[Conflict]:
    if cert_path and not docker_host.startswith("tcp://"):
        yield Conflict(
            (("dockerCertPath",), ("dockerHost",)),
            f"has no effect when dockerHost is {docker_host or 'not set'}. Remove it, or set "
            'dockerHost to a tcp:// host (for example, "tcp://10.0.0.5:2376").',
        )


def _networks(networks: list[str]) -> Iterator[Conflict]:
    for index, name in enumerate(networks):
        path = ("networks", index)
        if name in NO_NETWORKS:
            yield Conflict(
                (path,),
                f"{name} is a network mode that excludes other networks. Use a network that was "
                'created with "docker network create".',
            )
        elif name == DEFAULT_NETWORK:
            yield Conflict(
                (path,), f"{name} is Docker's default network, which is always joined. Remove it."
            )
        elif name in networks[:index]:
            yield Conflict((path,), f"{name} is listed twice. Remove one of the two.")


def _image_archive(settings: Settings) -> Iterator[Conflict]:
    """An archive replaces the image registry."""
    if not settings.image_archive:
        return
    if settings.image_username or settings.image_password:
        yield Conflict(
            (("imageArchive",), ("imageUsername",), ("imagePassword",)),
            "needs no credentials of an image registry. "
            "Remove imageUsername and imagePassword, or remove imageArchive.",
        )
    if "@sha256:" in settings.image:
        yield Conflict(
            (("imageArchive",), ("image",)),
            f"is set, but image {settings.image} has a digest, and archives have only tags. "
            "Set image to the tag in the archive.",
        )
