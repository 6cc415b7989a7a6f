"""Storage of the packs."""

from __future__ import annotations

from enum import StrEnum

from common.settings_model import SettingsModel, nested, setting
from common.types.base import OrEmpty
from common.types.credentials import InputSecret, SmbPassword
from common.types.docker import DockerName
from common.types.network import Hostname, HttpUrl
from common.types.paths import (
    CifsMountOption,
    HostDirectory,
    MountOption,
    MountUsername,
    NfsExport,
    SmbShare,
)
from common.types.s3 import BucketName, ObjectPrefix, RegionName


class StorageKind(StrEnum):
    """Kinds of storage."""

    VOLUME = "volume"
    PATH = "path"
    NFS = "nfs"
    CIFS = "cifs"
    S3 = "s3"
    MEMORY = "memory"


class Nfs(SettingsModel):
    """A directory of an NFS server that the Docker host mounts."""

    server: OrEmpty[Hostname] = setting(
        "",
        "Name or IP address of the NFS server, as the Docker host reaches it.",
        example="nfs.example.com",
    )
    export: OrEmpty[NfsExport] = setting("", "Directory that the NFS server exports.")
    options: list[MountOption] = setting(
        ["nfsvers=4", "hard"],
        "Mount options, without the address (nfs(5)).",
        example=["nfsvers=4.1", "hard"],
    )


class Cifs(SettingsModel):
    """A share of an SMB server that the Docker host mounts."""

    server: OrEmpty[Hostname] = setting(
        "",
        "Name or IP address of the SMB server, as the Docker host reaches it.",
        example="files.example.com",
    )
    share: OrEmpty[SmbShare] = setting("", "Name of the share, with an optional path below it.")
    options: list[CifsMountOption] = setting(
        ["vers=3.1.1"],
        "Mount options, without address and credentials (mount.cifs(8)).",
        example=["vers=3.1.1", "sec=krb5"],
    )
    username: OrEmpty[MountUsername] = setting(
        "", "User of the share. If it is not set, the share is mounted as a guest."
    )
    password: SmbPassword | None = setting(None, "Password of the user.")
    plain_credentials: bool = setting(
        False,
        "Acceptance that everyone with access to Docker can read the password. "
        "Docker's volume driver takes no credentials file.",
    )


class S3(SettingsModel):
    """A bucket of Amazon S3 or of an S3-compatible server."""

    bucket: OrEmpty[BucketName] = setting("", "Name of the bucket.")
    region: OrEmpty[RegionName] = setting("", "Region of the bucket.")
    prefix: OrEmpty[ObjectPrefix] = setting("", "Path in the bucket under which packs are stored.")
    endpoint: OrEmpty[HttpUrl] = setting(
        "",
        "URL of an S3-compatible server. Amazon S3 by default. "
        "With http://, the connection is not encrypted.",
        example="https://minio.internal:9000",
    )
    path_style: bool = setting(False, "Path-style URLs. Most S3-compatible servers require them.")
    encrypt: bool = setting(False, "Server-side encryption of objects.")
    access_key: InputSecret | None = setting(
        None, "Access key. If it is not set, the role of the Docker host or the pods is used."
    )
    secret_key: InputSecret | None = setting(None, "Secret key of the access key.")


class Storage(SettingsModel):
    """Storage of the packs."""

    kind: StorageKind = setting(
        StorageKind.VOLUME,
        "Kind of storage: a volume, a directory of the Docker host, an NFS or SMB share, an S3 "
        "bucket, or the server's memory. On Kubernetes, volume, s3 or memory.",
    )
    volume: OrEmpty[DockerName] = setting(
        "",
        "Name of the volume or PersistentVolumeClaim (kind volume). By default, the container's "
        "name with `-data`.",
        example="registry-data",
    )
    path: OrEmpty[HostDirectory] = setting(
        "",
        "Existing directory of the Docker host (kind path). The server's user must be able to "
        "write to it.",
    )
    nfs: Nfs = nested(Nfs, "NFS server and directory (kind nfs).")
    cifs: Cifs = nested(Cifs, "SMB server and share (kind cifs).")
    s3: S3 = nested(S3, "S3 bucket (kind s3).")
    keep_on_destroy: bool = setting(
        True,
        "Keep the data volume after `pulumi destroy`. The next update finds it by its name.",
    )
    confirm_loss: bool = setting(
        False,
        "Acceptance that all packs are lost when the server stops "
        "(kind memory, in stacks other than dev).",
        example=True,
    )
