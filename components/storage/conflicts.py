"""Storage settings that are each allowed but not together.

Left out on purpose: whether a directory, a server or a bucket is there, which only the update can tell.
"""

from __future__ import annotations

from collections.abc import Iterator

from common.conflict import Conflict
from common.stacks import DEVELOPMENT_STACK
from components.settings import Settings, StorageKind

_KIND = ("storage", "kind")


def storage_conflicts(settings: Settings, stack: str) -> Iterator[Conflict]:
    """All contradictions of the storage settings of a stack."""
    yield from _missing(settings)
    yield from _ignored(settings)
    yield from _credentials(settings)
    storage = settings.storage
    if (
        storage.kind is StorageKind.MEMORY
        and stack != DEVELOPMENT_STACK
        and not storage.confirm_loss
    ):
        yield Conflict(
            (_KIND, ("storage", "confirmLoss")),
            f"memory loses all packs whenever the server ends, which only the stack {DEVELOPMENT_STACK} may do unasked; choose another kind, "
            "or set storage.confirmLoss to true",
        )


def _missing(settings: Settings) -> Iterator[Conflict]:
    """What each kind can't do without."""
    storage = settings.storage
    needed: dict[StorageKind, dict[tuple[str, ...], tuple[str, str]]] = {
        StorageKind.PATH: {
            ("path",): (
                storage.path,
                "a directory of the Docker host, for example /srv/pack-registry",
            )
        },
        StorageKind.NFS: {
            ("nfs", "server"): (storage.nfs.server, "an NFS server, for example nfs.example.com"),
            ("nfs", "export"): (
                storage.nfs.export,
                "a directory that it exports, for example /export/packs",
            ),
        },
        StorageKind.CIFS: {
            ("cifs", "server"): (
                storage.cifs.server,
                "an SMB server, for example files.example.com",
            ),
            ("cifs", "share"): (storage.cifs.share, "one of its shares, for example packs"),
        },
        StorageKind.S3: {
            ("s3", "bucket"): (storage.s3.bucket, "a bucket, for example packs"),
            ("s3", "region"): (
                storage.s3.region,
                "the bucket's region, for example eu-central-1 (any word for another server than Amazon's)",
            ),
        },
    }
    for path, (value, what) in needed.get(storage.kind, {}).items():
        if not value:
            yield Conflict(
                (("storage", *path), _KIND),
                f"is not set; storage.kind {storage.kind.value} needs {what}",
            )


def _ignored(settings: Settings) -> Iterator[Conflict]:
    """Settings that belong to another kind."""
    storage = settings.storage
    for kind, name, value in (
        (StorageKind.PATH, "path", storage.path),
        (StorageKind.VOLUME, "volume", storage.volume),
    ):
        if value and storage.kind is not kind:
            yield Conflict(
                (("storage", name), _KIND),
                f"{value} is set, but storage.kind is {storage.kind.value} and would ignore it; remove it, or change storage.kind",
            )
    for kind, group in (
        (StorageKind.NFS, storage.nfs),
        (StorageKind.CIFS, storage.cifs),
        (StorageKind.S3, storage.s3),
    ):
        if group.model_fields_set and storage.kind is not kind:
            yield Conflict(
                (("storage", kind.value), _KIND),
                f"is set, but storage.kind is {storage.kind.value} and would ignore it; remove it, or set storage.kind to {kind.value}",
            )
    if storage.confirm_loss and storage.kind is not StorageKind.MEMORY:
        yield Conflict(
            (("storage", "confirmLoss"), _KIND),
            "is set, but it is for storage.kind memory; remove it, for no other kind loses packs",
        )
    if not storage.keep_on_destroy and storage.kind is StorageKind.PATH:
        yield Conflict(
            (("storage", "keepOnDestroy"), _KIND),
            "false is for storage.kind volume; a directory of the host is never removed, so remove the setting",
        )
    if not storage.keep_on_destroy and storage.kind in (
        StorageKind.NFS,
        StorageKind.CIFS,
        StorageKind.S3,
        StorageKind.MEMORY,
    ):
        yield Conflict(
            (("storage", "keepOnDestroy"), _KIND),
            f"false is for storage.kind volume; what {storage.kind.value} holds is not removed by an update, so remove the setting",
        )


def _credentials(settings: Settings) -> Iterator[Conflict]:
    """Credentials come in pairs, and never go in the clear where nobody said that they may."""
    cifs, s3 = settings.storage.cifs, settings.storage.s3
    for path, secret in (
        ("cifs.password", cifs.password),
        ("s3.accessKey", s3.access_key),
        ("s3.secretKey", s3.secret_key),
    ):
        if isinstance(secret, str) and not secret:
            yield Conflict(
                (("storage", *path.split(".")),),
                f"is empty; set it, for example with `pulumi config set --secret --path storage.{path}`, or remove it",
            )
    if cifs.plain_credentials and cifs.password is None:
        yield Conflict(
            (("storage", "cifs", "plainCredentials"), ("storage", "cifs", "password")),
            "is set, but there is no password that it would accept; remove it",
        )
    if cifs.password is not None and not cifs.username:
        yield Conflict(
            (("storage", "cifs", "username"),),
            "is not set beside a password; set it, for example packs, or remove the password (a guest needs none)",
        )
    if (
        cifs.username
        and cifs.password is None
        and not any(option.startswith("sec=krb5") for option in cifs.options)
    ):
        yield Conflict(
            (("storage", "cifs", "password"),),
            "is not set beside a username; set it, for example with `pulumi config set --secret --path storage.cifs.password`, "
            "or remove the username",
        )
    if cifs.password is not None and not cifs.plain_credentials:
        yield Conflict(
            (("storage", "cifs", "password"), ("storage", "cifs", "plainCredentials")),
            "is set, but Docker's volume driver takes no credentials file: `docker volume inspect` would show the password to everybody who may ask "
            "Docker. Mount the share on the host and use storage.kind path, or accept it with storage.cifs.plainCredentials: true",
        )
    if isinstance(cifs.password, str) and ("," in cifs.password or not cifs.password.isprintable()):
        yield Conflict(
            (("storage", "cifs", "password"),),
            "can't stand in a mount option (not shown, it is a secret); allowed is a text without commas",
        )
    for name, value, other in (
        ("accessKey", s3.access_key, s3.secret_key),
        ("secretKey", s3.secret_key, s3.access_key),
    ):
        if value is None and other is not None:
            yield Conflict(
                (("storage", "s3", name),),
                "is not set; an access key and its secret belong together, a role needs neither: set it, for example with "
                f"`pulumi config set --secret --path storage.s3.{name}`, or remove the other",
            )
