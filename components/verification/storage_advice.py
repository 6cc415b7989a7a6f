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
OWN_USER = (
    "zot runs as the user 65532 if that user owns its directory. If Docker remaps users "
    "(userns-remap), add 65532 to the first ID in /etc/subuid."
)

NO_BUCKET = ("nosuchbucket", "status code: 404")
NO_ACCESS = ("invalidaccesskeyid", "signaturedoesnotmatch", "accessdenied", "status code: 403")
NO_CREDENTIALS = ("nocredentialproviders", "no valid providers in chain")
NO_ANSWER = ("connection refused", "no such host", "timed out", "i/o timeout", "no route to host")
UNTRUSTED = ("x509:", "certificate signed by unknown authority")
"""Parts of messages of S3 servers and of the AWS SDK, in lower case."""


def storage_fix(
    failures: Iterable[Failure], log: Iterable[str], location: StorageLocation
) -> str | None:
    """Return the fix for a storage that the server can't access. None for other failures.

    :param log: the end of the server's log.
    """
    rejected = [failure for failure in failures if _concerns_storage(failure, location)]
    if not rejected:
        return None
    text = " ".join([*log, *(failure.response for failure in rejected)]).lower()
    match location.kind:
        case StorageKind.S3:
            return _bucket_fix(text, location)
        case StorageKind.VOLUME | StorageKind.PATH | StorageKind.NFS | StorageKind.CIFS:
            return _directory_fix(text, location)
        case StorageKind.MEMORY:
            return None


def _concerns_storage(failure: Failure, location: StorageLocation) -> bool:
    """Report whether the server failed at an upload, or at the catalog of a known user.

    The server waits long for an S3 server that does not answer.
    """
    if failure.is_write:
        return failure.status is None or failure.status >= 500
    if failure.user is None or "htpasswd" in failure.response:
        return False
    if failure.status is None:
        return location.kind is StorageKind.S3 and "timed out" in failure.response
    return failure.status >= 500


def _bucket_fix(text: str, location: StorageLocation) -> str:
    """Return the fix for a bucket: the cause, and the settings to check.

    :param text: the log and the responses in lower case.
    """

    def says(parts: tuple[str, ...]) -> bool:
        return any(part in text for part in parts)

    problem = f"The server can't access {location}"
    server = location.server or "Amazon S3"
    key = f'storage.s3.endpoint ("{location.server}")' if location.server else "storage.s3.region"
    if says(NO_BUCKET):
        return (
            f'{problem}: there is no such bucket. Set storage.s3.bucket ("{location.bucket}") to '
            "an existing bucket, or create it."
        )
    if says(NO_CREDENTIALS):
        return (
            f"{problem}: it has no credentials. Set storage.s3.accessKey and storage.s3.secretKey, "
            "or give the Docker host or the pods (kubernetes.serviceAccount) a role."
        )
    if says(NO_ACCESS):
        return (
            f"{problem}: {server} refuses the credentials. Check storage.s3.accessKey and "
            "storage.s3.secretKey, or the role of the Docker host or the pods. They must be "
            "allowed to put, get, list and delete objects."
        )
    if says(UNTRUSTED):
        return (
            f"{problem}: it does not trust the certificate of {server}. Check {key}. An S3 server "
            "needs a certificate of a public CA, or plain HTTP in a private network."
        )
    if says(NO_ANSWER):
        return (
            f"{problem}: {server} does not answer. Check {key}, and that the Docker host or the "
            "pods reach it: DNS, firewalls and network policies."
        )
    return (
        f"{problem}. Check that storage.s3 is correct, and that its access key or the role of the "
        "Docker host or the pods may put, get, list and delete objects."
    )


def packs_owner_fix(location: StorageLocation) -> str | None:
    """Return the fix for a server that can't start because it can't access its packs.

    :returns: None if the log does not show whether packs or other files are concerned.
    """
    is_zot = location.flavor == "zot" and location.kind in FILESYSTEM_KINDS
    return f"The server can't access {location}. {_owner_fix(location)}" if is_zot else None


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
        case StorageKind.PATH:
            directory = shlex.quote(location.path)
        case StorageKind.S3 | StorageKind.MEMORY:
            raise ValueError(f"{location} has no owner")
    if location.flavor == "zot":
        commands = (
            f"sudo mkdir -p {directory}/zot && sudo chown -R 65532:65532 {directory}/zot && "
            f"sudo chmod o+x {directory}"
        )
        return f"On the Docker host, run `{commands}`. {OWN_USER}"
    commands = f"sudo chown -R 0:0 {directory} && sudo chmod -R u+rwX {directory}"
    return f"On the Docker host, run `{commands}`. {ROOT_ONLY}"


def _capitalized(location: StorageLocation) -> str:
    text = str(location)
    return text[0].upper() + text[1:]
