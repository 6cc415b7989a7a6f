"""Settings of the server itself and of the host that it runs on."""

from __future__ import annotations

from collections.abc import Iterator

from common import syntax
from common.conflict import Conflict
from components.docker import names
from components.settings import DEFAULT_NETWORK, Settings

NO_NETWORKS = ("host", "none")
"""Names by which Docker means something else than a network that is joined beside others."""


def docker_conflicts(settings: Settings) -> Iterator[Conflict]:
    """All contradictions of the server's and the host's settings."""
    yield from _volumes(settings)
    yield from _hosts(settings)
    yield from _networks(settings)
    yield from _image(settings)


def _volumes(settings: Settings) -> Iterator[Conflict]:
    """Find a data volume that has the name of another volume of the registry."""
    container = settings.container_name
    volume = names.data_volume(container, settings.storage)
    for description, other in (
        ("the configuration's volume", names.config_volume(container)),
        ("the volume of the server's certificate", names.acme_volume(container, settings.tls.mode)),
    ):
        if volume and volume == other:
            yield Conflict(
                (("storage", "volume"), ("containerName",), ("tls", "mode")),
                f"{other} is the name of {description}; choose another name, for example "
                f"{container}-packs",
            )


def _networks(settings: Settings) -> Iterator[Conflict]:
    """Networks that can be joined, each once."""
    for index, name in enumerate(settings.networks):
        if name in NO_NETWORKS:
            yield Conflict(
                (("networks", index),),
                f"{name} is no network that a container joins beside Docker's own; name one of `docker network create`",
            )
        elif name == DEFAULT_NETWORK:
            yield Conflict(
                (("networks", index),),
                f"{name} is Docker's own network, which the container joins anyway; remove it",
            )
        elif name in settings.networks[:index]:
            yield Conflict((("networks", index),), f"{name} is there twice; remove one of them")


def _hosts(settings: Settings) -> Iterator[Conflict]:
    """Addresses that exclude each other, and settings of a Docker host that is another one."""
    for index, address in enumerate(settings.bind_addresses):
        others = [settings.bind_address, *settings.bind_addresses[:index]]
        if clash := next(
            (other for other in others if syntax.addresses_overlap(address, other)), None
        ):
            yield Conflict(
                (("bindAddresses", index), ("bindAddress",)),
                f"{address} overlaps {clash}, and a port is published once on each address; name 0.0.0.0 for all of IPv4, :: for all of IPv6, "
                "or single addresses",
            )
    if settings.docker_cert_path and not settings.docker_host.startswith("tcp://"):
        yield Conflict(
            (("dockerCertPath",), ("dockerHost",)),
            f"is set, but dockerHost is {settings.docker_host or 'not set'}; certificates belong to a tcp:// host, for example tcp://10.0.0.5:2376",
        )


def _image(settings: Settings) -> Iterator[Conflict]:
    """Where an image comes from: one place, and whole credentials."""
    pair = (
        ("imageUsername", settings.image_username, settings.image_password),
        ("imagePassword", settings.image_password, settings.image_username),
    )
    for name, value, other in pair:
        if other and not value:
            yield Conflict(
                ((name,),),
                "is not set; a private registry asks for a user and a password: set both, or neither",
            )
    if settings.image_archive and (settings.image_username or settings.image_password):
        yield Conflict(
            (("imageArchive",), ("imageUsername",), ("imagePassword",)),
            "is set beside a registry's credentials; an archive needs none",
        )
    if settings.image_archive and "@sha256:" in settings.image:
        yield Conflict(
            (("imageArchive",), ("image",)),
            f"is set, but {settings.image} names a digest, which only images from a registry have; name it by the tag in the archive",
        )
