"""Packs in a bucket of a real S3-compatible server."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator

import docker
import pytest

from tests.engine.conftest import Factory
from tests.support.docker import container_names, derived_image, inspect
from tests.support.registry import Client, expect_guides_answers, expect_roles
from tests.support.s3 import Bucket, bucket


@pytest.fixture(name="bucket")
def _bucket() -> Iterator[Bucket]:
    with bucket() as created:
        yield created


def test_packs_in_bucket_and_encrypted_keys(new_registry: Factory, bucket: Bucket) -> None:
    keys = {
        "accessKey": f"AKIA{secrets.token_hex(8).upper()}",
        "secretKey": secrets.token_urlsafe(30),
    }
    registry = new_registry(storage=bucket.storage)
    for name, value in keys.items():
        registry.set_secret(f"storage.s3.{name}", value)
    outputs = registry.up()
    expect_guides_answers(outputs)
    expect_roles(outputs)
    registry.expect_no_changes(refresh=True)
    assert outputs["dataVolume"] == ""
    content = os.urandom(3 * 2**20)
    digest = Client.of(outputs, "admin").push("packs/kept", content)
    assert f"registry/test/docker/registry/v2/blobs/sha256/{digest[7:9]}/" in bucket.objects(), (
        "under the configured prefix"
    )

    container = inspect(registry.stack_name)["Id"]
    registry.write(users=[{"name": "spectro", "rotation": "next"}])
    rotated = registry.up()
    expect_guides_answers(rotated)
    assert Client.of(rotated, "spectro").pull("packs/kept", digest) == content
    assert inspect(registry.stack_name)["Id"] == container, "new passwords need no new container"

    archive, _ = docker.from_env().api.get_archive(
        f"{registry.stack_name}-config-configuration-writer", "/config/registry.yml"
    )
    file = b"".join(archive)
    assert all(value.encode() in file for value in keys.values()), (
        "the server reads them from its file"
    )
    shown = json.dumps([inspect(name) for name in container_names(registry.stack_name)])
    written = b"".join(
        path.read_bytes()
        for path in registry.directory.rglob("*")
        if path.is_file() and not path.is_symlink()
    )
    assert registry.stack_name.encode() in written, "the state was read"
    for value in keys.values():
        assert value not in shown + registry.said, "neither Docker nor the output may contain a key"
        assert value.encode() not in written, (
            "neither state nor config may contain it in plain text"
        )

    registry.down()
    assert registry.containers() == registry.volumes() == set()
    again = registry.up()
    expect_guides_answers(again)
    assert Client.of(again, "spectro").pull("packs/kept", digest) == content

    with derived_image("LABEL release=next") as next_image:
        registry.write(image=next_image)
        expect_roles(registry.up())  # only the candidate is read-only
        registry.down()
