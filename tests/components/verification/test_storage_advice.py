"""Advice for storages that the server can't write to."""

from __future__ import annotations

import pytest

from components.settings import StorageKind
from components.storage.location import StorageLocation
from components.verification.probe import Failure
from components.verification.storage_advice import storage_fix

DENIED = "mkdir /data/.spectro-server: permission denied"
PATH = StorageLocation(StorageKind.PATH, path="/srv/packs")
VOLUME = StorageLocation(StorageKind.VOLUME, name="spectro-registry-data")
S3 = StorageLocation(StorageKind.S3, bucket="packs")


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
        (PATH, "mkdir /data/x: read-only file system", "The directory /srv/packs is mounted read"),
        (PATH, "write: no space left on device", "The directory /srv/packs is full"),
        (VOLUME, DENIED, "-f '{{.Mountpoint}}' spectro-registry-data)\" && sudo "),
        (StorageLocation(StorageKind.NFS, server="a", export="/b"), DENIED, "no_root_squash"),
        (StorageLocation(StorageKind.CIFS, server="a", share="b"), DENIED, "access to the share"),
        (S3, "AccessDenied", "can't write to the bucket packs. Check that storage.s3"),
    ],
)
def test_fix(location: StorageLocation, log: str, fix: str) -> None:
    failure = Failure("POST /uploads/", "500", 500, "admin", is_write=True)
    assert fix in (storage_fix([failure], [log], location) or "")


@pytest.mark.parametrize(
    "failure",
    [
        Failure("GET /health", "500", 500),
        Failure("POST /uploads/", "403: permission denied", 403, "admin", is_write=True),
    ],
)
def test_no_fix_for_other_failures(failure: Failure) -> None:
    assert storage_fix([failure], [DENIED], PATH) is None


def test_no_fix_for_unknown_reason() -> None:
    failure = Failure("POST /uploads/", "500", 500, "admin", is_write=True)
    assert storage_fix([failure], ["panic"], PATH) is None
    assert storage_fix([failure], [DENIED], StorageLocation(StorageKind.MEMORY)) is None
