"""The settings of a pack registry: every name, type, default, limit and text is written here, once.

``Pulumi.yaml``'s config schema and the tables of the documentation are generated from these models; the component's argument
types (``components/args.py``) are checked against them by a test. Keys are camelCase as in stack config; Python names are accepted
too, because a component's arguments reach it in that form.

Left out on purpose: how a fault is worded (``components/faults.py``) and settings that contradict each other
(``components/contradictions.py``).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import pulumi
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf
from pydantic.alias_generators import to_camel

from components import syntax

OFFICIAL_IMAGE = "us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0"

ADMIN = "admin"
"""The one user who may write, as the guide has it."""

Whole = Annotated[int, BeforeValidator(syntax.no_boolean)]

Content = str | InstanceOf[pulumi.Output[str]]
"""A text whose value may only be known while the update runs (a PEM file, a password)."""


class TlsMode(StrEnum):
    """Where the server's certificate comes from."""

    SELF_SIGNED = "self-signed"
    PROVIDED = "provided"
    OFF = "off"


class KeyAlgorithm(StrEnum):
    """The key of a generated certificate."""

    RSA_4096 = "rsa-4096"
    ECDSA_P256 = "ecdsa-p256"


class StorageKind(StrEnum):
    """Where packs are kept."""

    VOLUME = "volume"
    PATH = "path"


class LogLevel(StrEnum):
    """The server's log levels, as CNCF Distribution names them."""

    ERROR = "error"
    WARN = "warn"
    INFO = "info"
    DEBUG = "debug"


class RestartPolicy(StrEnum):
    """Docker's restart policies that bring a server back after a reboot of its host."""

    ALWAYS = "always"
    UNLESS_STOPPED = "unless-stopped"


def setting(default: Any, text: str, *, allowed: str, example: Any, secret: bool = False) -> Any:
    """One setting: its default (``...`` where it is required), what it means, what is allowed, an example, and whether to hide it."""
    return Field(default, description=text, examples=[example], json_schema_extra={"allowed": allowed, "secret": secret})


def field_texts(model: type[BaseModel], field: str) -> dict[str, Any]:
    """What is said of a setting beside its meaning: what is `allowed`, and whether it is `secret`."""
    extra = model.model_fields[field].json_schema_extra
    return extra if isinstance(extra, dict) else {}


def group(model: type[BaseModel], text: str) -> Any:
    """A group of settings, every one of which has a default."""
    return Field(default_factory=model, description=text, json_schema_extra={"allowed": "a group of settings", "secret": False})


class Group(BaseModel):
    """What all groups of settings share: unknown keys are faults, names are camelCase outside and snake_case inside."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        coerce_numbers_to_str=True,
        arbitrary_types_allowed=True,
    )


class Subject(Group):
    """The distinguished name of a generated certificate (RFC 5280, 4.1.2.6); its common name is always the hostname."""

    country: Annotated[str, BeforeValidator(syntax.or_nothing(syntax.country))] = setting(
        "", "Country (C) in the certificate's subject.", allowed="an ISO 3166 code of two letters", example="US"
    )
    state: Annotated[str, BeforeValidator(syntax.subject_text(128))] = setting(
        "", "State or province (ST) in the certificate's subject.", allowed="a text of at most 128 characters", example="California"
    )
    locality: Annotated[str, BeforeValidator(syntax.subject_text(128))] = setting(
        "", "City (L) in the certificate's subject.", allowed="a text of at most 128 characters", example="San Jose"
    )
    organization: Annotated[str, BeforeValidator(syntax.subject_text(64))] = setting(
        "", "Organization (O) in the certificate's subject.", allowed="a text of at most 64 characters", example="Example Inc."
    )
    organizational_unit: Annotated[str, BeforeValidator(syntax.subject_text(64))] = setting(
        "", "Organizational unit (OU) in the certificate's subject.", allowed="a text of at most 64 characters", example="Platform"
    )
    email: Annotated[str, BeforeValidator(syntax.or_nothing(syntax.email))] = setting(
        "", "E-mail address in the certificate's subject.", allowed="an e-mail address", example="platform@example.com"
    )


class Tls(Group):
    """How the server proves who it is."""

    mode: Annotated[TlsMode, BeforeValidator(syntax.yaml_off)] = setting(
        TlsMode.SELF_SIGNED,
        "Where the certificate comes from: generated and self-signed, provided as PEM, or off (plain HTTP).",
        allowed="one of self-signed, provided, off",
        example="self-signed",
    )
    algorithm: KeyAlgorithm = setting(
        KeyAlgorithm.RSA_4096,
        "Key algorithm of a self-signed certificate.",
        allowed="one of rsa-4096, ecdsa-p256",
        example="ecdsa-p256",
    )
    validity_days: Whole = Field(
        1825,
        ge=1,
        le=3650,
        description="Days that a self-signed certificate is valid; it is renewed by an update in its last 30 days.",
        examples=[825],
        json_schema_extra={"allowed": "a whole number of days from 1 to 3650", "secret": False},
    )
    subject: Subject = group(Subject, "Distinguished name of a self-signed certificate; the common name is the hostname.")
    sans: list[Annotated[str, BeforeValidator(syntax.subject_alternative_name)]] = setting(
        [],
        "More subject alternative names of a self-signed certificate; the hostname is always one.",
        allowed="a list of DNS names and IP addresses",
        example=["registry.internal", "10.10.0.5"],
    )
    certificate_pem: Content | None = setting(
        None,
        "With mode provided: the certificate chain in PEM, the server's own certificate first, each next one the issuer of the one before.",
        allowed="a PEM certificate chain, the server's certificate first",
        example="-----BEGIN CERTIFICATE-----…",
    )
    private_key_pem: Content | None = setting(
        None,
        "With mode provided: the unencrypted private key in PEM of the first certificate.",
        allowed="an unencrypted PEM private key",
        example="-----BEGIN PRIVATE KEY-----…",
        secret=True,
    )


class User(Group):
    """One line of the htpasswd file. `admin` may write; every other user reads only."""

    name: Annotated[str, BeforeValidator(syntax.user_name)] = setting(
        ...,
        "The user's name; `admin` is always there and may be listed to set its password.",
        allowed="1 to 64 letters, digits, dots, underscores and dashes, a letter or digit first",
        example="ci-reader",
    )
    password: Annotated[Content, BeforeValidator(syntax.password)] | None = setting(
        None,
        "A password of your own instead of a generated one.",
        allowed="12 or more characters of at least 5 different kinds, at most 72 bytes in UTF-8 (bcrypt reads no more), no control characters",
        example="pulumi config set --secret --path 'users[0].password'",
        secret=True,
    )
    bcrypt: Annotated[Content, BeforeValidator(syntax.bcrypt_hash)] | None = setting(
        None,
        "A ready bcrypt hash, as `htpasswd -nB` prints it; its password is then known to nobody but you and is not exported.",
        allowed="a bcrypt hash ($2a$, $2b$ or $2y$) of cost 4 to 12",
        example="$2y$10$…",
        secret=True,
    )
    cost: Whole | None = Field(
        None,
        ge=4,
        le=12,
        description="bcrypt cost of a generated (default 5) or given (default 10) password; the server pays it on every request.",
        examples=[10],
        json_schema_extra={"allowed": "a whole number from 4 to 12", "secret": False},
    )
    rotation: str = setting("", "Any text; change it and a new password is generated for this user.", allowed="a text", example="2027-01")


class Storage(Group):
    """Where packs are kept."""

    kind: StorageKind = setting(
        StorageKind.VOLUME,
        "A named Docker volume, or a directory of the Docker host.",
        allowed="one of volume, path",
        example="volume",
    )
    volume: Annotated[str, BeforeValidator(syntax.or_nothing(syntax.docker_name))] = setting(
        "",
        "With kind volume: the volume's name; the container's name with `-data` by default.",
        allowed="2 to 128 letters, digits, dots, underscores and dashes, a letter or digit first",
        example="registry-data",
    )
    path: Annotated[str, BeforeValidator(syntax.or_nothing(syntax.host_path))] = setting(
        "",
        "With kind path: an existing directory of the Docker host, writable by the server's user.",
        allowed="an absolute path of the Docker host, not a system directory",
        example="/srv/pack-registry",
    )
    keep_on_destroy: bool = setting(
        True,
        "Whether the data volume outlives `pulumi destroy`; the next update finds it again by its name.",
        allowed="true or false",
        example=True,
    )


class Server(Group):
    """How the container is run. The defaults are the hardened ones; each may be relaxed."""

    read_only_root: bool = setting(True, "Mount the container's root file system read-only.", allowed="true or false", example=True)
    no_new_privileges: bool = setting(True, "Forbid gaining privileges by setuid programs.", allowed="true or false", example=True)
    drop_capabilities: list[Annotated[str, BeforeValidator(syntax.capability_or_all)]] = setting(
        ["ALL"], "Linux capabilities to take away.", allowed="a list of Linux capabilities, or ALL", example=["ALL"]
    )
    add_capabilities: list[Annotated[str, BeforeValidator(syntax.capability)]] = setting(
        [],
        "Linux capabilities to give back.",
        allowed="a list of Linux capabilities",
        example=["CAP_NET_BIND_SERVICE"],
    )
    private_key_mode: Annotated[str, BeforeValidator(syntax.private_key_mode)] = setting(
        "0400",
        "File mode of the private key, which root owns: 0444 where the image does not run as root.",
        allowed="one of 0400, 0440, 0444",
        example="0444",
    )
    restart: RestartPolicy = setting(RestartPolicy.ALWAYS, "Docker's restart policy.", allowed="one of always, unless-stopped", example="always")
    log_max_size: Annotated[str, BeforeValidator(syntax.log_size)] = setting(
        "10m", "Size at which the container's log is rotated.", allowed="a size in k, m or g", example="50m"
    )
    log_max_files: Whole = Field(
        3,
        ge=1,
        le=100,
        description="Rotated log files that are kept.",
        examples=[5],
        json_schema_extra={"allowed": "a whole number from 1 to 100", "secret": False},
    )


class Limits(Group):
    """What the container may use of its host."""

    memory: Annotated[str, BeforeValidator(syntax.memory)] = setting(
        "2g", "Memory limit; swap is not added to it.", allowed="a size in m or g, 128m or more", example="4g"
    )
    cpus: Annotated[float, BeforeValidator(syntax.no_boolean)] = Field(
        1.0,
        ge=0.1,
        le=1024,
        allow_inf_nan=False,
        description="CPU limit, in processors.",
        examples=[2],
        json_schema_extra={"allowed": "a number of processors from 0.1 to 1024", "secret": False},
    )
    pids: Whole = Field(
        256,
        ge=32,
        le=4194304,
        description="Limit of processes and threads.",
        examples=[512],
        json_schema_extra={"allowed": "a whole number from 32 to 4194304", "secret": False},
    )


class Settings(Group):
    """All settings of one registry."""

    hostname: Annotated[str, BeforeValidator(syntax.hostname)] = setting(
        ...,
        "Name or IP address under which clients reach the registry: the certificate's common name and first SAN, and the endpoint.",
        allowed="a DNS name or an IP address, without scheme, port or path",
        example="registry.example.com",
    )
    ip_addresses: list[Annotated[str, BeforeValidator(syntax.ip_address)]] = setting(
        [],
        "More IP addresses of the host, for the SANs of a self-signed certificate.",
        allowed="a list of IP addresses",
        example=["10.10.0.5"],
    )
    port: Whole = Field(
        0,
        ge=0,
        le=65535,
        description="Port on the Docker host; 0 stands for 443, or 80 with tls.mode off.",
        examples=[8443],
        json_schema_extra={"allowed": "a TCP port from 1 to 65535, or 0 for the mode's own (443, or 80 with tls.mode off)", "secret": False},
    )
    bind_address: Annotated[str, BeforeValidator(syntax.ip_address)] = setting(
        "0.0.0.0",  # noqa: S104 - the registry is there for others
        "Address of the Docker host on which the port is published.",
        allowed="an IP address of the Docker host, or 0.0.0.0 for all",
        example="127.0.0.1",
    )
    image: Annotated[str, BeforeValidator(syntax.image)] = setting(
        OFFICIAL_IMAGE,
        "Server image.",
        allowed="an image reference with a tag or a sha256 digest",
        example=OFFICIAL_IMAGE,
    )
    container_name: Annotated[str, BeforeValidator(syntax.docker_name)] = setting(
        "spectro-registry",
        "Name of the container; the volumes take their names from it. Two registries on one host need two names.",
        allowed="2 to 128 letters, digits, dots, underscores and dashes, a letter or digit first",
        example="spectro-registry-prod",
    )
    tls: Tls = group(Tls, "How the server proves who it is.")
    users: list[User] = Field(
        default_factory=lambda: [User(name="spectro")],
        description="Users beside `admin`, who is always there; they read only.",
        examples=[[{"name": "spectro"}, {"name": "ci-reader"}]],
        json_schema_extra={"allowed": "a list of users, each a group with a name", "secret": False},
    )
    rotation: str = setting(
        "", "Any text; change it and new passwords are generated for all users without one of their own.", allowed="a text", example="2027-01"
    )
    realm: Annotated[str, BeforeValidator(syntax.realm)] = setting(
        "Registry Realm",
        "Realm that the server names when it asks for credentials.",
        allowed="1 to 128 printable ASCII characters without quotes and backslashes",
        example="Registry Realm",
    )
    log_level: LogLevel = setting(LogLevel.INFO, "The server's log level.", allowed="one of error, warn, info, debug", example="debug")
    storage: Storage = group(Storage, "Where packs are kept.")
    server: Server = group(Server, "How the container is run; hardened by default.")
    limits: Limits = group(Limits, "What the container may use of its host.")
    docker_host: Annotated[str, BeforeValidator(syntax.or_nothing(syntax.docker_host))] = setting(
        "",
        "Docker host to run on; the environment's own by default (DOCKER_HOST, or the local socket).",
        allowed="unix:///path, ssh://user@host[:port] or tcp://host:port",
        example="ssh://ops@registry.example.com",
    )
    verify: bool = setting(
        True,
        "Prove at the end of every update that the registry answers as it must.",
        allowed="true or false",
        example=True,
    )

    @property
    def https(self) -> bool:
        """Whether the server speaks TLS."""
        return self.tls.mode is not TlsMode.OFF

    @property
    def published_port(self) -> int:
        """The port on the Docker host, the mode's own where none was set."""
        return self.port or (443 if self.https else 80)

    @property
    def data_volume(self) -> str:
        """Name of the data volume."""
        return self.storage.volume or f"{self.container_name}-data"

    @property
    def config_volume(self) -> str:
        """Name of the volume that holds the htpasswd file and the certificate."""
        return f"{self.container_name}-config"

    @property
    def endpoint(self) -> str:
        """URL of the registry; the port is left out where it is the scheme's own."""
        scheme, default_port = ("https", 443) if self.https else ("http", 80)
        host = f"[{self.hostname}]" if ":" in self.hostname else self.hostname
        return f"{scheme}://{host}" if self.published_port == default_port else f"{scheme}://{host}:{self.published_port}"
