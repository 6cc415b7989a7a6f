"""Settings of the server itself and of the host that it runs on."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from components import syntax
from components.contradictions.base import Contradiction, belongs
from components.model import DEFAULT_NETWORK, Flavor, Settings
from components.server_file_extra import extra_faults

SECRET_CHARACTERS, SECRET_DIFFERENT = 16, 5
NO_NETWORKS = ("host", "none")
"""Names by which Docker means something else than a network that is joined beside others."""


def server_contradictions(settings: Settings) -> Iterator[Contradiction]:
    """All contradictions of the server's and the host's settings."""
    yield from _server_file(settings)
    yield from _hosts(settings)
    yield from _networks(settings)
    yield from _image(settings)
    yield from _flavor(settings)


def _server_file(settings: Settings) -> Iterator[Contradiction]:
    """What `server.extra` may not say, and what the server's file must not lack."""
    if settings.server.extra:
        for sentence in extra_faults(settings):
            yield Contradiction((("server", "extra"),), sentence)
    if "service" in settings.server.log_fields:
        yield Contradiction((("server", "logFields"),), "service is always registry; give the field another name, for example environment")
    names = [name.lower() for name in settings.server.headers]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Contradiction((("server", "headers"),), f"{name} is there twice, and headers' names do not differ by case; remove one of them")
    secret = settings.server.http_secret
    if isinstance(secret, str) and (len(secret) < SECRET_CHARACTERS or len(set(secret)) < SECRET_DIFFERENT):
        yield Contradiction(
            (("server", "httpSecret"),),
            f"the text given is too easily guessed (not shown, a secret); allowed are {SECRET_CHARACTERS} or more characters "
            f"of at least {SECRET_DIFFERENT} different kinds",
        )


def _networks(settings: Settings) -> Iterator[Contradiction]:
    """Networks that can be joined, each once."""
    for index, name in enumerate(settings.networks):
        if name in NO_NETWORKS:
            yield Contradiction(
                (("networks", index),), f"{name} is no network that a container joins beside Docker's own; name one of `docker network create`"
            )
        elif name == DEFAULT_NETWORK:
            yield Contradiction((("networks", index),), f"{name} is Docker's own network, which the container joins anyway; remove it")
        elif name in settings.networks[:index]:
            yield Contradiction((("networks", index),), f"{name} is there twice; remove one of them")


def _hosts(settings: Settings) -> Iterator[Contradiction]:
    """Addresses that exclude each other, and settings of a Docker host that is another one."""
    for index, address in enumerate(settings.bind_addresses):
        others = [settings.bind_address, *settings.bind_addresses[:index]]
        if clash := next((other for other in others if syntax.meet(address, other)), None):
            yield Contradiction(
                (("bindAddresses", index), ("bindAddress",)),
                f"{address} overlaps {clash}, and a port is published once on each address; name 0.0.0.0 for all of IPv4, :: for all of IPv6, "
                "or single addresses",
            )
    if settings.docker_cert_path and not settings.docker_host.startswith("tcp://"):
        yield Contradiction(
            (("dockerCertPath",), ("dockerHost",)),
            f"is set, but dockerHost is {settings.docker_host or 'not set'}; certificates belong to a tcp:// host, for example tcp://10.0.0.5:2376",
        )


def _image(settings: Settings) -> Iterator[Contradiction]:
    """Where an image comes from: one place, and whole credentials."""
    pair = (("imageUsername", settings.image_username, settings.image_password), ("imagePassword", settings.image_password, settings.image_username))
    for name, value, other in pair:
        if other and not value:
            yield Contradiction(((name,),), "is not set; a private registry asks for a user and a password: set both, or neither")
    if settings.image_archive and (settings.image_username or settings.image_password):
        yield Contradiction(
            (("imageArchive",), ("imageUsername",), ("imagePassword",)), "is set beside a registry's credentials; an archive needs none"
        )
    if settings.image_archive and "@sha256:" in settings.image:
        yield Contradiction(
            (("imageArchive",), ("image",)),
            f"is set, but {settings.image} names a digest, which only images from a registry have; name it by the tag in the archive",
        )


def _flavor(settings: Settings) -> Iterator[Contradiction]:
    """What the other flavor has not."""
    if settings.base_content_path and settings.flavor is not Flavor.OCI:
        yield belongs(("baseContentPath",), ("flavor",), settings.flavor.value, Flavor.OCI.value)
    if settings.flavor is Flavor.OCI and (path := urlsplit(settings.public_endpoint).path):
        yield Contradiction(
            (("publicEndpoint",), ("flavor",)),
            f"{path} is a path, but flavor is oci and its clients ask for /v2/ at the root of a host; give the proxy a host or port for the registry",
        )
