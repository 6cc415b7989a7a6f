"""The arguments of a ``PackRegistry`` as other programs write them.

Plain values give the registry its structure and are checked when the component is constructed; PEM texts, passwords and hashes may be
outputs. A test holds every name, type and text here against ``components/model``, where they are written first.
"""

# No `from __future__ import annotations` here: Pulumi's component host reads these types at run time.
from typing import Any, NotRequired, TypedDict

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


class CertificateAuthorityArgs(TypedDict):
    certificate_pem: NotRequired[pulumi.Input[str]]
    """Certificate of an authority of your own in PEM, its issuers behind it where it has any; without one, an authority is generated."""
    private_key_pem: NotRequired[pulumi.Input[str]]
    """The unencrypted private key in PEM of that authority's certificate."""
    validity_days: NotRequired[int]
    """Days that a generated authority is valid; what clients trust stays the same as long."""


class LetsEncryptArgs(TypedDict):
    email: NotRequired[str]
    """Address that the ACME server writes to, for example before a certificate ends."""
    hosts: NotRequired[list[str]]
    """More names to get certificates for; the hostname is always one."""
    directory_url: NotRequired[str]
    """Directory of another ACME server than Let's Encrypt's."""
    directory_ca_pem: NotRequired[pulumi.Input[str]]
    """With a directoryUrl of your own: the CA certificate in PEM by which the server trusts the ACME server."""
    trust_pem: NotRequired[pulumi.Input[str]]
    """With a directoryUrl of your own: the CA certificate in PEM by which clients trust what it issues; exported as caCertificate."""


class TlsArgs(TypedDict):
    mode: NotRequired[str]
    """Where the certificate comes from: self-signed, issued by a private CA, provided as PEM, got from Let's Encrypt, or off (plain HTTP)."""
    algorithm: NotRequired[str]
    """Key algorithm of a generated certificate."""
    validity_days: NotRequired[int]
    """Days that a generated certificate is valid."""
    early_renewal_hours: NotRequired[int]
    """Hours before its end in which an update renews a generated certificate; by default 720 (30 days), or a third of its validity."""
    subject: NotRequired[SubjectArgs]
    """Distinguished name of a generated certificate; the common name is the hostname."""
    sans: NotRequired[list[str]]
    """More subject alternative names of a generated certificate; the hostname is always one."""
    certificate_pem: NotRequired[pulumi.Input[str]]
    """With mode provided: the certificate chain in PEM, the server's own certificate first, each next one the issuer of the one before."""
    private_key_pem: NotRequired[pulumi.Input[str]]
    """With mode provided: the unencrypted private key in PEM of the first certificate."""
    ca: NotRequired[CertificateAuthorityArgs]
    """With mode private-ca: the authority that issues the certificate."""
    letsencrypt: NotRequired[LetsEncryptArgs]
    """With mode letsencrypt: how the server gets its certificate."""
    minimum_tls: NotRequired[str]
    """The oldest TLS version that the server accepts; the image's own by default."""
    client_cas: NotRequired[list[pulumi.Input[str]]]
    """CA certificates in PEM; a client must then present a certificate that one of them has issued (mutual TLS)."""
    client_certificate_pem: NotRequired[pulumi.Input[str]]
    """With clientCas: the client certificate in PEM with which the registry is verified."""
    client_private_key_pem: NotRequired[pulumi.Input[str]]
    """The unencrypted private key in PEM of that client certificate."""


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


class NfsArgs(TypedDict):
    server: NotRequired[str]
    """The NFS server, as the Docker host reaches it."""
    export: NotRequired[str]
    """The directory that it exports."""
    options: NotRequired[list[str]]
    """Mount options beside the address (nfs(5))."""


class CifsArgs(TypedDict):
    server: NotRequired[str]
    """The SMB server, as the Docker host reaches it."""
    share: NotRequired[str]
    """Its share, and a directory in it."""
    options: NotRequired[list[str]]
    """Mount options beside address and credentials (mount.cifs(8))."""
    username: NotRequired[str]
    """User of the share; without one it is mounted as a guest."""
    password: NotRequired[pulumi.Input[str]]
    """The user's password."""
    plain_credentials: NotRequired[bool]
    """Accept that everybody who may ask Docker reads the password: Docker's own volume driver takes no credentials file."""


class S3Args(TypedDict):
    bucket: NotRequired[str]
    """The bucket."""
    region: NotRequired[str]
    """The bucket's region."""
    prefix: NotRequired[str]
    """Path in the bucket under which everything is kept."""
    endpoint: NotRequired[str]
    """Address of another server than Amazon's; its scheme says whether the connection is encrypted."""
    path_style: NotRequired[bool]
    """Whether the bucket stands in the path of URLs and not in the host's name, as most other servers want it."""
    encrypt: NotRequired[bool]
    """Whether objects are encrypted by the bucket's server."""
    access_key: NotRequired[pulumi.Input[str]]
    """Access key; without one, the Docker host's role is used."""
    secret_key: NotRequired[pulumi.Input[str]]
    """The access key's secret."""


class StorageArgs(TypedDict):
    kind: NotRequired[str]
    """A named Docker volume, a directory of the Docker host, one of an NFS or SMB server, an S3 bucket, or the server's memory."""
    volume: NotRequired[str]
    """With kind volume: the volume's name; the container's name with `-data` by default."""
    path: NotRequired[str]
    """With kind path: an existing directory of the Docker host, writable by the server's user."""
    nfs: NotRequired[NfsArgs]
    """With kind nfs: which directory of which server."""
    cifs: NotRequired[CifsArgs]
    """With kind cifs: which share of which server."""
    s3: NotRequired[S3Args]
    """With kind s3: which bucket of which server."""
    keep_on_destroy: NotRequired[bool]
    """Whether the data volume outlives `pulumi destroy`; the next update finds it again by its name."""
    confirm_loss: NotRequired[bool]
    """With kind memory, outside the stack dev: accept that all packs are lost whenever the server ends."""


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
    log_format: NotRequired[str]
    """Format of the server's log; the image's own by default."""
    log_fields: NotRequired[dict[str, str]]
    """Fields that stand in every line of the server's log, beside its own."""
    headers: NotRequired[dict[str, str]]
    """Response headers, added to the guide's (X-Content-Type-Options and the like) or in the place of one of them."""
    drain_seconds: NotRequired[int]
    """Seconds that requests under way may take when the server is stopped; Docker kills it after 10."""
    addr: NotRequired[str]
    """Port on which the server listens inside its container; 5000 by default."""
    http_secret: NotRequired[pulumi.Input[str]]
    """Secret that signs the state of uploads; servers that share one storage need the same. Generated and kept in state by default."""
    extra: NotRequired[dict[str, Any]]
    """Anything else for the server's YAML file (CNCF Distribution's configuration reference), merged into what the other settings make of it."""


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
    flavor: NotRequired[str]
    """What kind of registry is run: a Palette pack registry, or CNCF Distribution, which Palette reads as an OCI registry."""
    base_content_path: NotRequired[str]
    """With flavor oci: what the names of the repositories that hold packs begin with, for Palette's registration; none for all of them."""
    ip_addresses: NotRequired[list[str]]
    """More IP addresses of the host, for the SANs of a self-signed certificate."""
    port: NotRequired[int]
    """Port on the Docker host; 0 stands for 443, or 80 with tls.mode off."""
    bind_address: NotRequired[str]
    """Address of the Docker host on which the port is published."""
    bind_addresses: NotRequired[list[str]]
    """More addresses of the Docker host on which the port is published, IPv4 or IPv6."""
    networks: NotRequired[list[str]]
    """Existing networks of the Docker host that the container joins beside Docker's own; its name there is the container's."""
    public_endpoint: NotRequired[str]
    """URL under which clients reach the registry behind a proxy; exported. With a host other than hostname, Palette gets no caCertificate."""
    image: NotRequired[str]
    """Server image; by default `us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0`, for oci `docker.io/library/registry:3.0.0`."""
    image_archive: NotRequired[str]
    """Archive of the image on this machine, as `docker save` writes it, for Docker hosts without a route to a registry."""
    image_username: NotRequired[str]
    """User by whom the image is fetched from a private registry."""
    image_password: NotRequired[str]
    """That user's password or token; a program gives it as a text and not as an output, for the image is fetched before anything is made."""
    container_name: NotRequired[str]
    """Name of the container; the volumes take their names from it. Two registries on one host need two names."""
    tls: NotRequired[TlsArgs]
    """How the server proves who it is."""
    users: NotRequired[list[UserArgs]]
    """Users beside `admin`, who is always there; they read only, but with flavor oci they write, too."""
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
    docker_cert_path: NotRequired[str]
    """With a tcp:// Docker host: directory here with ca.pem, cert.pem and key.pem, as the Docker CLI has it; by default DOCKER_CERT_PATH."""
    verify: NotRequired[bool]
    """Prove at the end of every update that the registry answers as it must, and of a new image before it takes the old one's place."""
