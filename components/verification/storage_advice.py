"""Explains why a registry can't use its storage, and what makes it accessible."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from components.settings import StorageKind
from components.storage.location import FILESYSTEM_KINDS, StorageLocation
from components.verification.probe import Failure

ROOT_ONLY = (
    "The server runs as root without capabilities, so file modes apply to it. If Docker remaps "
    "users (userns-remap), the owner must be the remapped root user, the first ID in /etc/subuid."
)


def storage_fix(
    failures: Iterable[Failure], log: Iterable[str], location: StorageLocation
) -> str | None:
    """Return the fix for a storage that the server can't access. None for other failures.

    :param log: the end of the server's log.
    """
    rejected = [failure for failure in failures if _concerns_storage(failure)]
    if not rejected:
        return None
    text = " ".join([*log, *(failure.response for failure in rejected)]).lower()
    if location.kind is StorageKind.S3:
        return (
            f"The server can't access {location}. Check that storage.s3 is correct, and that "
            "its access key or the role of the Docker host may put, get, list and delete objects."
        )
    return _directory_fix(text, location) if location.kind in FILESYSTEM_KINDS else None


def _concerns_storage(failure: Failure) -> bool:
    """Report whether the server failed at an upload, or at the catalog of a known user."""
    if failure.is_write:
        return failure.status is None or failure.status >= 500
    reads_storage = failure.user is not None and "htpasswd" not in failure.response
    return reads_storage and failure.status is not None and failure.status >= 500


def _directory_fix(text: str, location: StorageLocation) -> str | None:
    """Return the fix for a mounted directory.

    :param text: the log and the responses in lower case.
    """
    if "read-only file system" in text:
        return (
            f"{_capitalized(location)} is mounted read-only. Mount it with write access on the "
            "Docker host, then update again."
        )
    if "no space left" in text or "quota exceeded" in text:
        return f"{_capitalized(location)} is full. Free space, then update again."
    if "permission denied" in text or "operation not permitted" in text:
        return f"The server can't access {location}. {_owner_fix(location)}"
    return None


def _owner_fix(location: StorageLocation) -> str:
    match location.kind:
        case StorageKind.NFS:
            return (
                "Export it with no_root_squash, or make the user to whom the NFS server maps root "
                "the owner of the exported directory."
            )
        case StorageKind.CIFS:
            return "Give the user of the mount write access to the share."
        case StorageKind.VOLUME:
            directory = f"\"$(docker volume inspect -f '{{{{.Mountpoint}}}}' {location.name})\""
        case _:
            directory = shlex.quote(location.path)
    commands = f"sudo chown -R 0:0 {directory} && sudo chmod -R u+rwX {directory}"
    return f"On the Docker host, run `{commands}`. {ROOT_ONLY}"


def _capitalized(location: StorageLocation) -> str:
    text = str(location)
    return text[0].upper() + text[1:]
