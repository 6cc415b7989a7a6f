"""Advice for storages that the server can't access."""

from __future__ import annotations

import pytest

from components.settings import StorageKind
from components.storage.location import StorageLocation
from components.verification.probe import Failure
from components.verification.storage_advice import storage_fix

DENIED = "mkdir /data/.spectro-server: permission denied"
PATH = StorageLocation(StorageKind.PATH, path="/srv/packs")
VOLUME = StorageLocation(StorageKind.VOLUME, name="spectro-registry-data")
ZOT = StorageLocation(StorageKind.PATH, path="/srv/packs", flavor="zot")
S3 = StorageLocation(StorageKind.S3, bucket="packs")
MINIO = StorageLocation(StorageKind.S3, bucket="packs", server="https://minio.local:9000")
ENDPOINT_FIX = 'does not answer. Check storage.s3.endpoint ("https://minio.local:9000"), and that'


@pytest.mark.parametrize(
    ("location", "log", "fix"),
    [
        (
            PATH,
            DENIED,
            "run `sudo chown -R 0:0 /srv/packs && sudo chmod -R u+rwX /srv/packs`. The server",
        ),
        (
            StorageLocation(StorageKind.PATH, path="/srv/our packs"),
            DENIED,
            "`sudo chown -R 0:0 '/srv/our packs' && sudo chmod -R u+rwX '/srv/our packs'`",
        ),
        (PATH, DENIED, "userns-remap"),
        (
            ZOT,
            DENIED,
            "sudo chown -R 65532:65532 /srv/packs/zot && sudo chmod o+x /srv/packs`. zot",
        ),
        (PATH, "mkdir /data/x: read-only file system", "The directory /srv/packs is mounted read"),
        (PATH, "write: no space left on device", "The directory /srv/packs is full"),
        (VOLUME, DENIED, "-f '{{.Mountpoint}}' spectro-registry-data)\" && sudo "),
        (StorageLocation(StorageKind.NFS, server="a", export="/b"), DENIED, "no_root_squash"),
        (StorageLocation(StorageKind.CIFS, server="a", share="b"), DENIED, "access to the share"),
        (S3, "s3aws: NoSuchBucket: it does not exist", 'Set storage.s3.bucket ("packs") to an'),
        (S3, "InvalidAccessKeyId: status code: 403", "Amazon S3 refuses the credentials. Check"),
        (S3, "NoCredentialProviders: no valid providers in chain", "it has no credentials. Set"),
        (MINIO, "dial tcp 10.0.0.1:9000: connect: connection refused", ENDPOINT_FIX),
        (MINIO, "dial tcp: lookup minio.local: no such host", ENDPOINT_FIX),
        (MINIO, "tls: failed to verify certificate: x509: unknown", "does not trust the certif"),
        (S3, "SlowDown", "can't access the bucket packs. Check that storage.s3 is correct"),
    ],
)
def test_fix(location: StorageLocation, log: str, fix: str) -> None:
    failure = Failure("POST /uploads/", "500", 500, "admin", is_write=True)
    assert fix in (storage_fix([failure], [log], location) or "")


@pytest.mark.parametrize("location", [PATH, S3])
def test_fix_for_unreadable_catalog(location: StorageLocation) -> None:
    """A directory without access for others fails before the first upload."""
    denied = "500: filesystem: open /data/.spectro-server/docker: permission denied"
    failure = Failure("GET /v1/_catalog", denied, 500, "admin")
    assert "The server can't access " in (storage_fix([failure], [], location) or "")


def test_fix_for_silent_s3_server() -> None:
    failure = Failure("GET /v1/_catalog", "The read operation timed out", None, "admin")
    assert ENDPOINT_FIX in (storage_fix([failure], [], MINIO) or "")


@pytest.mark.parametrize(
    "failure",
    [
        Failure("GET /health", "500", 500),
        Failure("GET /v1/_catalog", "401", 401, "admin"),
        Failure("GET /v1/_catalog", "timed out", None, "admin"),
        Failure("GET /v1/_catalog", "500: open /auth/htpasswd: permission denied", 500, "admin"),
        Failure("POST /uploads/", "403: permission denied", 403, "admin", is_write=True),
    ],
)
def test_no_fix_for_other_failures(failure: Failure) -> None:
    assert storage_fix([failure], [DENIED], PATH) is None


def test_no_fix_for_unknown_reason() -> None:
    failure = Failure("POST /uploads/", "500", 500, "admin", is_write=True)
    assert storage_fix([failure], ["panic"], PATH) is None
    assert storage_fix([failure], [DENIED], StorageLocation(StorageKind.MEMORY)) is None
