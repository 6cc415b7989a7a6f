"""Clients of S3 (boto3)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from backup.errors import BackupError

_NOT_FOUND = ("404", "NoSuchKey", "NotFound")


def client(
    *,
    region: str = "",
    endpoint: str = "",
    path_style: bool = False,
    access_key: str | None = None,
    secret_key: str | None = None,
    of_packs: bool = False,
) -> Any:
    """Return a client. What is not given comes from the environment, as in the AWS CLI.

    :param of_packs: whether the bucket has the packs. The endpoint of the environment is that of
        the backups.
    """
    import boto3
    from botocore.config import Config

    options: dict[str, Any] = {
        "signature_version": "s3v4",
        "retries": {"mode": "standard", "total_max_attempts": 5},
        # Servers other than Amazon's may not know the checksums that are sent by default.
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
        "ignore_configured_endpoint_urls": of_packs,
    }
    if path_style:
        options["s3"] = {"addressing_style": "path"}
    return boto3.client(
        "s3",
        region_name=region or None,
        endpoint_url=endpoint or None,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(**options),
    )


@contextlib.contextmanager
def s3_errors(bucket: str) -> Iterator[None]:
    """Report errors of S3.

    :raises BackupError: if a request fails.
    :raises KeyError: if there is no such object.
    """
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _NOT_FOUND:
            raise KeyError(bucket) from None
        raise _failure(bucket, error) from None
    except (BotoCoreError, Boto3Error) as error:
        raise _failure(bucket, error) from None


def _failure(bucket: str, error: Exception) -> BackupError:
    return BackupError(
        f"The bucket {bucket} did not answer as expected: {' '.join(str(error).split())}. Check "
        "its name, region, endpoint and keys (for FILE, the AWS_* variables), then run the command "
        "again."
    )


class Bucket:
    """Objects of a bucket below a prefix."""

    def __init__(self, connection: Any, bucket: str, prefix: str) -> None:
        """Select the objects.

        :param prefix: without a slash at its end; empty for the whole bucket.
        """
        self._client, self.bucket = connection, bucket
        self._prefix = f"{prefix}/" if prefix else ""

    def sizes(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield key and size of all objects below a prefix."""
        start = f"{self._prefix}{prefix}"
        with s3_errors(self.bucket):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=start
            )
            for page in pages:
                for found in page.get("Contents", ()):
                    yield found["Key"].removeprefix(self._prefix), found["Size"]

    def put(self, key: str, content: BinaryIO) -> None:
        """Store an object, in parts if it is large. What the content raises is raised."""
        with s3_errors(self.bucket):
            self._client.upload_fileobj(content, self.bucket, f"{self._prefix}{key}")

    @contextlib.contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """Open an object.

        :raises KeyError: if it does not exist.
        """
        with s3_errors(self.bucket):
            found = self._client.get_object(Bucket=self.bucket, Key=f"{self._prefix}{key}")
            with contextlib.closing(found["Body"]) as body:
                yield body

    def size(self, key: str) -> int:
        """Return the size of an object.

        :raises KeyError: if it does not exist.
        """
        with s3_errors(self.bucket):
            found = self._client.head_object(Bucket=self.bucket, Key=f"{self._prefix}{key}")
        return int(found["ContentLength"])

    def delete(self, key: str) -> None:
        """Remove an object. One that does not exist is no error."""
        with s3_errors(self.bucket):
            self._client.delete_object(Bucket=self.bucket, Key=f"{self._prefix}{key}")
