"""Where packs are kept."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator

from common import syntax
from common.settings_model import InputStr, SettingsModel, nested, setting


class StorageKind(StrEnum):
    """Where packs are kept."""

    VOLUME = "volume"
    PATH = "path"
    NFS = "nfs"
    CIFS = "cifs"
    S3 = "s3"
    MEMORY = "memory"


class Nfs(SettingsModel):
    """A directory of an NFS server, mounted by the Docker host."""

    server: Annotated[str, BeforeValidator(syntax.optional(syntax.hostname))] = setting(
        "",
        "The NFS server, as the Docker host reaches it.",
        allowed="a DNS name or an IP address",
        example="nfs.example.com",
    )
    export: Annotated[str, BeforeValidator(syntax.optional(syntax.export))] = setting(
        "", "The directory that it exports.", allowed="an absolute path", example="/export/packs"
    )
    options: list[Annotated[str, BeforeValidator(syntax.mount_option)]] = setting(
        ["nfsvers=4", "hard"],
        "Mount options beside the address (nfs(5)).",
        allowed="a list of mount options",
        example=["nfsvers=4.1", "hard"],
    )


class Cifs(SettingsModel):
    """A share of an SMB server, mounted by the Docker host."""

    server: Annotated[str, BeforeValidator(syntax.optional(syntax.hostname))] = setting(
        "",
        "The SMB server, as the Docker host reaches it.",
        allowed="a DNS name or an IP address",
        example="files.example.com",
    )
    share: Annotated[str, BeforeValidator(syntax.optional(syntax.share))] = setting(
        "",
        "Its share, and a directory in it.",
        allowed="a share's name, and a path below it",
        example="packs/registry",
    )
    options: list[Annotated[str, BeforeValidator(syntax.mount_option)]] = setting(
        ["vers=3.1.1"],
        "Mount options beside address and credentials (mount.cifs(8)).",
        allowed="a list of mount options, none of them a credential",
        example=["vers=3.1.1", "sec=krb5"],
        secret=True,  # what is refused here may be a password
    )
    username: Annotated[str, BeforeValidator(syntax.optional(syntax.mount_value))] = setting(
        "",
        "User of the share; without one it is mounted as a guest.",
        allowed="a text without commas",
        example="packs",
    )
    password: InputStr | None = setting(
        None,
        "The user's password.",
        allowed="a text without commas",
        example="pulumi config set --secret --path storage.cifs.password",
        secret=True,
    )
    plain_credentials: bool = setting(
        False,
        "Accept that everybody who may ask Docker reads the password: Docker's own volume driver takes no credentials file.",
        allowed="true or false",
        example=True,
    )


class S3(SettingsModel):
    """A bucket of Amazon S3, or of a server that speaks its protocol."""

    bucket: Annotated[str, BeforeValidator(syntax.optional(syntax.bucket))] = setting(
        "",
        "The bucket.",
        allowed="3 to 63 lower-case letters, digits, dots and dashes, a letter or digit at both ends",
        example="packs",
    )
    region: Annotated[str, BeforeValidator(syntax.optional(syntax.region))] = setting(
        "",
        "The bucket's region.",
        allowed="lower-case letters, digits and dashes",
        example="eu-central-1",
    )
    prefix: Annotated[str, BeforeValidator(syntax.optional(syntax.object_prefix))] = setting(
        "",
        "Path in the bucket under which everything is kept.",
        allowed="a relative path",
        example="registry/prod",
    )
    endpoint: Annotated[str, BeforeValidator(syntax.optional(syntax.web_url))] = setting(
        "",
        "Address of another server than Amazon's; its scheme says whether the connection is encrypted.",
        allowed="an http:// or https:// URL",
        example="https://minio.internal:9000",
    )
    path_style: bool = setting(
        False,
        "Whether the bucket stands in the path of URLs and not in the host's name, as most other servers want it.",
        allowed="true or false",
        example=True,
    )
    encrypt: bool = setting(
        False,
        "Whether objects are encrypted by the bucket's server.",
        allowed="true or false",
        example=True,
    )
    access_key: InputStr | None = setting(
        None,
        "Access key; without one, the Docker host's role is used.",
        allowed="a text",
        example="pulumi config set --secret --path storage.s3.accessKey",
        secret=True,
    )
    secret_key: InputStr | None = setting(
        None,
        "The access key's secret.",
        allowed="a text",
        example="pulumi config set --secret --path storage.s3.secretKey",
        secret=True,
    )


class Storage(SettingsModel):
    """Where packs are kept."""

    kind: StorageKind = setting(
        StorageKind.VOLUME,
        "A named Docker volume, a directory of the Docker host, one of an NFS or SMB server, an S3 bucket, or the server's memory.",
        allowed="one of volume, path, nfs, cifs, s3, memory",
        example="volume",
    )
    volume: Annotated[str, BeforeValidator(syntax.optional(syntax.docker_name))] = setting(
        "",
        "With kind volume: the volume's name; the container's name with `-data` by default.",
        allowed="2 to 128 letters, digits, dots, underscores and dashes, a letter or digit first",
        example="registry-data",
    )
    path: Annotated[str, BeforeValidator(syntax.optional(syntax.host_path))] = setting(
        "",
        "With kind path: an existing directory of the Docker host, writable by the server's user.",
        allowed="an absolute path of the Docker host, not a system directory",
        example="/srv/pack-registry",
    )
    nfs: Nfs = nested(Nfs, "With kind nfs: which directory of which server.")
    cifs: Cifs = nested(Cifs, "With kind cifs: which share of which server.")
    s3: S3 = nested(S3, "With kind s3: which bucket of which server.")
    keep_on_destroy: bool = setting(
        True,
        "Whether the data volume outlives `pulumi destroy`; the next update finds it again by its name.",
        allowed="true or false",
        example=True,
    )
    confirm_loss: bool = setting(
        False,
        "With kind memory, outside the stack dev: accept that all packs are lost whenever the server ends.",
        allowed="true or false",
        example=True,
    )
