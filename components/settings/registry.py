"""All settings of one registry, and its users."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field

from common import syntax
from common.settings_model import Int, SettingsModel, nested, setting
from components.settings.limits import Limits
from components.settings.server import LogLevel, Server
from components.settings.storage import Storage
from components.settings.tls import Tls, TlsMode
from components.settings.users import User


class Flavor(StrEnum):
    """What kind of registry is run: Palette's own pack registry, or CNCF Distribution, which Palette reads as an OCI registry."""

    PACK = "pack"
    OCI = "oci"


OFFICIAL_IMAGE = "us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0"
DISTRIBUTION_IMAGE = "docker.io/library/registry:3.0.0"
DEVELOPMENT_IMAGE = "pack-registry-dev"
"""The image that is built here (``dev_image``) and published nowhere, without its tag."""
DEVELOPMENT_TAG = "1.0.0"
"""The tag that is built here, as ``dev_image/VERSION`` has it."""
IMAGES = {Flavor.PACK: OFFICIAL_IMAGE, Flavor.OCI: DISTRIBUTION_IMAGE}
"""The official image of each flavor."""


DEFAULT_PACK_PATH = "packs"

DEFAULT_NETWORK = "bridge"
"""The network in which Docker publishes ports of containers that name none."""


class Settings(SettingsModel):
    """All settings of one registry."""

    hostname: Annotated[str, BeforeValidator(syntax.hostname)] = setting(
        ...,
        "Name or IP address under which clients reach the registry: the certificate's common name and first SAN, and the endpoint.",
        allowed="a DNS name (letters, digits and dashes) or the IP address of one host, without scheme, port or path",
        example="registry.example.com",
    )
    flavor: Flavor = setting(
        Flavor.PACK,
        "What kind of registry is run: a Palette pack registry, or CNCF Distribution, which Palette reads as an OCI registry.",
        allowed="one of pack, oci",
        example="oci",
    )
    base_content_path: Annotated[str, BeforeValidator(syntax.optional(syntax.repository_path))] = (
        setting(
            "",
            "Path before spectro-packs/archive in the repositories of packs (flavor oci). "
            "Default: packs.",
            allowed="a repository's path in lower case that does not end in spectro-packs/archive",
            example="packs",
        )
    )
    ip_addresses: list[Annotated[str, BeforeValidator(syntax.host_address)]] = setting(
        [],
        "More IP addresses of the host, for the SANs of a self-signed certificate.",
        allowed="a list of IP addresses, each of one host",
        example=["10.10.0.5"],
    )
    port: Int = Field(
        0,
        ge=0,
        le=65535,
        description="Port on the Docker host; 0 stands for 443, or 80 with tls.mode off.",
        examples=[8443],
        json_schema_extra={
            "allowed": "a TCP port from 1 to 65535, or 0 for the mode's own (443, or 80 with tls.mode off)",
            "secret": False,
        },
    )
    bind_address: Annotated[str, BeforeValidator(syntax.ip_address)] = setting(
        "0.0.0.0",  # noqa: S104 - the registry is there for others
        "Address of the Docker host on which the port is published.",
        allowed="an IP address of the Docker host, 0.0.0.0 for all of IPv4, or :: for all of IPv6",
        example="127.0.0.1",
    )
    bind_addresses: list[Annotated[str, BeforeValidator(syntax.ip_address)]] = setting(
        [],
        "More addresses of the Docker host on which the port is published, IPv4 or IPv6.",
        allowed="a list of IP addresses of the Docker host",
        example=["10.10.0.5", "fd00::5"],
    )
    networks: list[Annotated[str, BeforeValidator(syntax.network_name)]] = setting(
        [],
        "Existing networks of the Docker host that the container joins beside Docker's own; its name there is the container's.",
        allowed="a list of Docker networks' names of up to 128 letters, digits, dots, underscores and dashes, no dot or dash first",
        example=["backend"],
    )
    public_endpoint: Annotated[str, BeforeValidator(syntax.optional(syntax.web_url))] = setting(
        "",
        "URL under which clients reach the registry behind a proxy; exported. With a host other than hostname, Palette gets no caCertificate.",
        allowed="an http:// or https:// URL",
        example="https://packs.example.com",
    )
    image: Annotated[str, BeforeValidator(syntax.optional(syntax.image))] = setting(
        "",
        f"Server image; by default `{OFFICIAL_IMAGE}`, for oci `{DISTRIBUTION_IMAGE}`.",
        allowed="an image reference with a tag or a sha256 digest",
        example=OFFICIAL_IMAGE,
    )
    image_archive: Annotated[str, BeforeValidator(syntax.optional(syntax.operator_path))] = setting(
        "",
        "Archive of the image on this machine, as `docker save` writes it, for Docker hosts without a route to a registry.",
        allowed="an absolute path of a file, or one that starts with ~",
        example="/srv/images/spectro-registry-4.7.0.tar",
    )
    image_username: Annotated[str, BeforeValidator(syntax.optional(syntax.credential))] = setting(
        "",
        "User by whom the image is fetched from a private registry.",
        allowed="a text without spaces and colons",
        example="_json_key",
    )
    image_password: str = setting(
        "",
        "That user's password or token; a program gives it as a text and not as an output, for the image is fetched before anything is made.",
        allowed="a text",
        example="pulumi config set --secret imagePassword",
        secret=True,
    )
    container_name: Annotated[str, BeforeValidator(syntax.docker_name)] = setting(
        "spectro-registry",
        "Name of the container; the volumes take their names from it. Two registries on one host need two names.",
        allowed="2 to 128 letters, digits, dots, underscores and dashes, a letter or digit first",
        example="spectro-registry-prod",
    )
    tls: Tls = nested(Tls, "How the server proves who it is.")
    users: list[User] = Field(
        default_factory=lambda: [User(name="spectro")],
        description="Users beside `admin`, who is always there; they read only, but with flavor oci they write, too.",
        examples=[[{"name": "spectro"}, {"name": "ci-reader"}]],
        json_schema_extra={"allowed": "a list of users, each a group with a name", "secret": False},
    )
    rotation: str = setting(
        "",
        "Any text; change it and new passwords are generated for all users without one of their own.",
        allowed="a text",
        example="2027-01",
    )
    realm: Annotated[str, BeforeValidator(syntax.realm)] = setting(
        "Registry Realm",
        "Realm that the server names when it asks for credentials.",
        allowed="1 to 128 printable ASCII characters without quotes and backslashes, no blanks around them",
        example="Registry Realm",
    )
    log_level: LogLevel = setting(
        LogLevel.INFO,
        "The server's log level.",
        allowed="one of error, warn, info, debug",
        example="debug",
    )
    storage: Storage = nested(Storage, "Where packs are kept.")
    server: Server = nested(Server, "How the container is run; hardened by default.")
    limits: Limits = nested(Limits, "What the container may use of its host.")
    docker_host: Annotated[str, BeforeValidator(syntax.optional(syntax.docker_host))] = setting(
        "",
        "Docker host to run on; the environment's own by default (DOCKER_HOST, or the local socket).",
        allowed="unix:///path, ssh://user@host[:port] or tcp://host:port",
        example="ssh://ops@registry.example.com",
    )
    docker_cert_path: Annotated[str, BeforeValidator(syntax.optional(syntax.operator_path))] = (
        setting(
            "",
            "With a tcp:// Docker host: directory here with ca.pem, cert.pem and key.pem, as the Docker CLI has it; by default DOCKER_CERT_PATH.",
            allowed="an absolute path, or one that starts with ~",
            example="~/.docker/registry-host",
        )
    )
    verify: bool = setting(
        True,
        "Prove at the end of every update that the registry answers as it must, and of a new image before it takes the old one's place.",
        allowed="true or false",
        example=True,
    )

    @property
    def https(self) -> bool:
        """Whether the server speaks TLS."""
        return self.tls.mode is not TlsMode.OFF

    @property
    def server_image(self) -> str:
        """The server's image, the flavor's own where none was set."""
        return self.image or IMAGES[self.flavor]

    @property
    def pack_path(self) -> str:
        """Path of an OCI registry's packs, before Palette's own directory; never empty.

        Palette's API rejects a registration with an empty path.
        """
        return self.base_content_path or DEFAULT_PACK_PATH

    @property
    def published_port(self) -> int:
        """The port on the Docker host, the mode's own where none was set."""
        return self.port or (443 if self.https else 80)

    @property
    def published_addresses(self) -> list[str]:
        """The addresses of the Docker host on which the port is published, the first of them the one that is verified."""
        return list(dict.fromkeys([self.bind_address, *self.bind_addresses]))

    @property
    def endpoint(self) -> str:
        """URL of the registry as clients reach it."""
        return self.public_endpoint or self.server_url

    @property
    def shows_own_certificate(self) -> bool:
        """Whether clients are taken to meet the server's own certificate: one of another host is its proxy's."""
        return urlsplit(self.endpoint).hostname == self.hostname

    @property
    def server_url(self) -> str:
        """URL of the server itself; the port is left out where it is the scheme's own."""
        scheme, default_port = ("https", 443) if self.https else ("http", 80)
        host = f"[{self.hostname}]" if ":" in self.hostname else self.hostname
        return (
            f"{scheme}://{host}"
            if self.published_port == default_port
            else f"{scheme}://{host}:{self.published_port}"
        )
