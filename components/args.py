"""The arguments of a ``PackRegistry`` as other programs write them, in any Pulumi language.

Plain values give the registry its structure and are checked when the component is constructed; PEM texts, passwords and hashes may be
outputs. A test holds every name, type and text here against ``components/model.py``, where they are written first.
"""

# No `from __future__ import annotations` here: Pulumi's component host reads these types at run time.
from typing import NotRequired, TypedDict

import pulumi


class SubjectArgs(TypedDict):
    country: NotRequired[str]
    """Country (C) in the certificate's subject."""
    state: NotRequired[str]
    """State or province (ST) in the certificate's subject."""
    locality: NotRequired[str]
    """City (L) in the certificate's subject."""
    organization: NotRequired[str]
    """Organization (O) in the certificate's subject."""
    organizational_unit: NotRequired[str]
    """Organizational unit (OU) in the certificate's subject."""
    email: NotRequired[str]
    """E-mail address in the certificate's subject."""


class TlsArgs(TypedDict):
    mode: NotRequired[str]
    """Where the certificate comes from: generated and self-signed, provided as PEM, or off (plain HTTP)."""
    algorithm: NotRequired[str]
    """Key algorithm of a self-signed certificate."""
    validity_days: NotRequired[int]
    """Days that a self-signed certificate is valid; it is renewed by an update in its last 30 days."""
    subject: NotRequired[SubjectArgs]
    """Distinguished name of a self-signed certificate; the common name is the hostname."""
    sans: NotRequired[list[str]]
    """More subject alternative names of a self-signed certificate; the hostname is always one."""
    certificate_pem: NotRequired[pulumi.Input[str]]
    """With mode provided: the certificate chain in PEM, the server's own certificate first, each next one the issuer of the one before."""
    private_key_pem: NotRequired[pulumi.Input[str]]
    """With mode provided: the unencrypted private key in PEM of the first certificate."""


class UserArgs(TypedDict):
    name: str
    """The user's name; `admin` is always there and may be listed to set its password."""
    password: NotRequired[pulumi.Input[str]]
    """A password of your own instead of a generated one."""
    bcrypt: NotRequired[pulumi.Input[str]]
    """A ready bcrypt hash, as `htpasswd -nB` prints it; its password is then known to nobody but you and is not exported."""
    cost: NotRequired[int]
    """bcrypt cost of a generated (default 5) or given (default 10) password; the server pays it on every request."""
    rotation: NotRequired[str]
    """Any text; change it and a new password is generated for this user."""


class StorageArgs(TypedDict):
    kind: NotRequired[str]
    """A named Docker volume, or a directory of the Docker host."""
    volume: NotRequired[str]
    """With kind volume: the volume's name; the container's name with `-data` by default."""
    path: NotRequired[str]
    """With kind path: an existing directory of the Docker host, writable by the server's user."""
    keep_on_destroy: NotRequired[bool]
    """Whether the data volume outlives `pulumi destroy`; the next update finds it again by its name."""


class ServerArgs(TypedDict):
    read_only_root: NotRequired[bool]
    """Mount the container's root file system read-only."""
    no_new_privileges: NotRequired[bool]
    """Forbid gaining privileges by setuid programs."""
    drop_capabilities: NotRequired[list[str]]
    """Linux capabilities to take away."""
    add_capabilities: NotRequired[list[str]]
    """Linux capabilities to give back."""
    private_key_mode: NotRequired[str]
    """File mode of the private key, which root owns: 0444 where the image does not run as root."""
    restart: NotRequired[str]
    """Docker's restart policy."""
    log_max_size: NotRequired[str]
    """Size at which the container's log is rotated."""
    log_max_files: NotRequired[int]
    """Rotated log files that are kept."""


class LimitsArgs(TypedDict):
    memory: NotRequired[str]
    """Memory limit; swap is not added to it."""
    cpus: NotRequired[float]
    """CPU limit, in processors."""
    pids: NotRequired[int]
    """Limit of processes and threads."""


class PackRegistryArgs(TypedDict):
    hostname: str
    """Name or IP address under which clients reach the registry: the certificate's common name and first SAN, and the endpoint."""
    ip_addresses: NotRequired[list[str]]
    """More IP addresses of the host, for the SANs of a self-signed certificate."""
    port: NotRequired[int]
    """Port on the Docker host; 0 stands for 443, or 80 with tls.mode off."""
    bind_address: NotRequired[str]
    """Address of the Docker host on which the port is published."""
    image: NotRequired[str]
    """Server image."""
    container_name: NotRequired[str]
    """Name of the container; the volumes take their names from it. Two registries on one host need two names."""
    tls: NotRequired[TlsArgs]
    """How the server proves who it is."""
    users: NotRequired[list[UserArgs]]
    """Users beside `admin`, who is always there; they read only."""
    rotation: NotRequired[str]
    """Any text; change it and new passwords are generated for all users without one of their own."""
    realm: NotRequired[str]
    """Realm that the server names when it asks for credentials."""
    log_level: NotRequired[str]
    """The server's log level."""
    storage: NotRequired[StorageArgs]
    """Where packs are kept."""
    server: NotRequired[ServerArgs]
    """How the container is run; hardened by default."""
    limits: NotRequired[LimitsArgs]
    """What the container may use of its host."""
    docker_host: NotRequired[str]
    """Docker host to run on; the environment's own by default (DOCKER_HOST, or the local socket)."""
    verify: NotRequired[bool]
    """Prove at the end of every update that the registry answers as it must."""
