"""Places of backups: a directory, a .tar file and a bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from backup.target import Target, open_target
from tests.backup.fakes import clock

Open = Callable[..., Target]


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    clock(monkeypatch)


@pytest.fixture(params=["directory", "tar", "bucket"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The place of backups, as FILE names it."""
    if request.param != "bucket":
        yield str(tmp_path / ("backups" if request.param == "directory" else "backup.tar"))
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "key")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="backups")
        yield "s3://backups/some/path"


@pytest.fixture
def opened(place: str) -> Open:
    """Opens the place."""
    return lambda *, to_write: open_target(place, to_write=to_write)
