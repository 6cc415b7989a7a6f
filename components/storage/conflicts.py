"""Conflicts between settings of the storage.

Whether a directory, server or bucket exists is checked during the update.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from common.conflict import Conflict, ignored_setting
from common.stacks import DEVELOPMENT_STACK
from components.settings import S3, Cifs, Settings, Storage, StorageKind, Target

_KIND = ("storage", "kind")
_REQUIRED: dict[StorageKind, dict[str, str]] = {
    StorageKind.PATH: {
        "path": 'a directory of the Docker host (for example, "/srv/pack-registry")'
    },
    StorageKind.NFS: {
        "nfs.server": 'an NFS server (for example, "nfs.example.com")',
        "nfs.export": 'a directory that it exports (for example, "/export/packs")',
    },
    StorageKind.CIFS: {
        "cifs.server": 'an SMB server (for example, "files.example.com")',
        "cifs.share": 'one of its shares (for example, "packs")',
    },
    StorageKind.S3: {
        "s3.bucket": 'a bucket (for example, "packs")',
        "s3.region": 'the region of the bucket (for example, "eu-central-1"). '
        "S3-compatible servers accept any region",
    },
}
"""The settings that a kind requires, and what to set them to."""


def storage_conflicts(settings: Settings, stack: str) -> Iterator[Conflict]:
    """Yield all conflicts of the storage of a stack."""
    storage = settings.storage
    is_of_target = settings.target is Target.DOCKER or storage.kind is StorageKind.S3
    yield from _required(storage) if is_of_target else ()
    yield from _ignored(storage)
    yield from _kept_data(storage)
    yield from _cifs_credentials(storage.cifs)
    yield from _s3_credentials(storage.s3)
    if storage.kind is StorageKind.MEMORY and stack != DEVELOPMENT_STACK:
        yield from _memory(storage)


def _required(storage: Storage) -> Iterator[Conflict]:
    for name, value in _REQUIRED.get(storage.kind, {}).items():
        path = tuple(name.split("."))
        setting: Any = storage
        for part in path:
            setting = getattr(setting, part)
        if not setting:
            yield Conflict(
                (("storage", *path), _KIND),
                f"is required when storage.kind is {storage.kind.value}. Set it to {value}.",
            )


def _ignored(storage: Storage) -> Iterator[Conflict]:
    settings = {
        (StorageKind.PATH, "path"): bool(storage.path),
        (StorageKind.VOLUME, "volume"): bool(storage.volume),
        (StorageKind.NFS, "nfs"): bool(storage.nfs.model_fields_set),
        (StorageKind.CIFS, "cifs"): bool(storage.cifs.model_fields_set),
        (StorageKind.S3, "s3"): bool(storage.s3.model_fields_set),
        (StorageKind.MEMORY, "confirmLoss"): storage.confirm_loss,
    }
    for (kind, name), is_set in settings.items():
        if is_set and storage.kind is not kind:
            yield ignored_setting(("storage", name), _KIND, storage.kind.value, kind.value)


def _kept_data(storage: Storage) -> Iterator[Conflict]:
    if not storage.keep_on_destroy and storage.kind is not StorageKind.VOLUME:
        yield Conflict(
            (("storage", "keepOnDestroy"), _KIND),
            f"has no effect when storage.kind is {storage.kind.value}. Remove it: only volumes can "
            'be removed with "pulumi destroy".',
        )


def _memory(storage: Storage) -> Iterator[Conflict]:
    if not storage.confirm_loss:
        yield Conflict(
            (_KIND, ("storage", "confirmLoss")),
            "all packs in memory are lost when the server stops. Use another kind, or accept the "
            f"loss with storage.confirmLoss: true. Only the stack {DEVELOPMENT_STACK} accepts it "
            "by default.",
        )


def _set_secret(name: str) -> str:
    return f'Set it with "pulumi config set --secret --path storage.{name}"'


def _empty_secret(name: str, secret: Any) -> Iterator[Conflict]:
    if isinstance(secret, str) and not secret:
        yield Conflict(
            (("storage", *name.split(".")),), f"is empty. {_set_secret(name)}, or remove it."
        )


def _cifs_credentials(cifs: Cifs) -> Iterator[Conflict]:
    username, password = ("storage", "cifs", "username"), ("storage", "cifs", "password")
    accepted = ("storage", "cifs", "plainCredentials")
    yield from _empty_secret("cifs.password", cifs.password)
    if cifs.password is None:
        if cifs.plain_credentials:
            yield Conflict(
                (accepted, password), "has no effect when there is no password. Remove it."
            )
        if cifs.username and not any(item.startswith("sec=krb5") for item in cifs.options):
            yield Conflict(
                (password,),
                "is required when storage.cifs.username is set. "
                f"{_set_secret('cifs.password')}, or remove the username.",
            )
        return
    if not cifs.username:
        yield Conflict(
            (username,),
            'is required when storage.cifs.password is set. Set it (for example, to "packs"), or '
            "remove the password to mount the share as a guest.",
        )
    if not cifs.plain_credentials:
        yield Conflict(
            (password, accepted),
            'is visible to everyone with access to Docker ("docker volume inspect"), because '
            "Docker's volume driver takes no credentials file. Mount the share on the host and set "
            "storage.kind to path, or accept this with storage.cifs.plainCredentials: true.",
        )
    if isinstance(cifs.password, str) and ("," in cifs.password or not cifs.password.isprintable()):
        yield Conflict(
            (password,),
            "is not a valid mount option (sensitive value hidden). Must be a string without commas "
            "and control characters.",
        )


def _s3_credentials(s3: S3) -> Iterator[Conflict]:
    yield from _empty_secret("s3.accessKey", s3.access_key)
    yield from _empty_secret("s3.secretKey", s3.secret_key)
    for name, value, other_name, other in (
        ("accessKey", s3.access_key, "secretKey", s3.secret_key),
        ("secretKey", s3.secret_key, "accessKey", s3.access_key),
    ):
        if value is None and other is not None:
            yield Conflict(
                (("storage", "s3", name),),
                f"is required when storage.s3.{other_name} is set. {_set_secret(f's3.{name}')}, or "
                f"remove storage.s3.{other_name} to use the role of the Docker host or the pods.",
            )
