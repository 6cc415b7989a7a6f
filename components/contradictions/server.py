"""Settings of the server itself and of the host that it runs on."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from components import server_file, syntax
from components.contradictions.base import Contradiction, belongs
from components.model import Flavor, Settings

SECRET_CHARACTERS = 16
BIND = "CAP_NET_BIND_SERVICE"


def server_contradictions(settings: Settings) -> Iterator[Contradiction]:
    """All contradictions of the server's and the host's settings."""
    yield from _server_file(settings)
    yield from _listening(settings)
    yield from _hosts(settings)
    yield from _image(settings)
    yield from _flavor(settings)


def _server_file(settings: Settings) -> Iterator[Contradiction]:
    """What `server.extra` may not say, and what the server's file must not lack."""
    if settings.server.extra:
        for sentence in server_file.extra_faults(settings):
            yield Contradiction((("server", "extra"),), sentence)
    secret = settings.server.http_secret
    if isinstance(secret, str) and len(secret) < SECRET_CHARACTERS:
        yield Contradiction(
            (("server", "httpSecret"),),
            f"the text given is too short (not shown, a secret); allowed are {SECRET_CHARACTERS} or more characters",
        )


def _listening(settings: Settings) -> Iterator[Contradiction]:
    """Ports below 1024 take a capability (capabilities(7)), and all of them are dropped by default."""
    server = settings.server
    if server.addr and syntax.port_of(server.addr) < 1024 and "ALL" in server.drop_capabilities and BIND not in server.add_capabilities:
        yield Contradiction(
            (("server", "addr"), ("server", "addCapabilities")),
            f"{server.addr} is a port below 1024, which takes the capability {BIND}; add it to server.addCapabilities, "
            "or take a port from 1024 on (what clients see is the setting port)",
        )


def _hosts(settings: Settings) -> Iterator[Contradiction]:
    """Addresses that exclude each other, and settings of a Docker host that is another one."""
    for index, address in enumerate(settings.bind_addresses):
        others = [settings.bind_address, *settings.bind_addresses[:index]]
        if clash := next((other for other in others if syntax.meet(address, other)), None):
            yield Contradiction(
                (("bindAddresses", index), ("bindAddress",)), f"{address} is published by {clash} already; remove it, or name single addresses alone"
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
