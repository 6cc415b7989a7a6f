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
    with bucket() as made:
        yield made


def test_packs_in_a_bucket_outlive_the_registry_and_its_keys_are_nowhere_in_plain(
    registry: Factory, bucket: Bucket
) -> None:
    keys = {
        "accessKey": f"AKIA{secrets.token_hex(8).upper()}",
        "secretKey": secrets.token_urlsafe(30),
    }
    made = registry(storage=bucket.storage)
    for name, value in keys.items():
        made.set_secret(f"storage.s3.{name}", value)
    outputs = made.up()
    expect_guides_answers(outputs)
    expect_roles(outputs)
    made.expect_no_changes(refresh=True)
    assert outputs["dataVolume"] == ""
    content = os.urandom(3 * 2**20)
    digest = Client.of(outputs, "admin").push("packs/kept", content)
    assert f"registry/test/docker/registry/v2/blobs/sha256/{digest[7:9]}/" in bucket.objects(), (
        "under the prefix of the bucket"
    )

    container = inspect(made.stack_name)["Id"]
    made.write(users=[{"name": "spectro", "rotation": "next"}])
    rotated = made.up()
    expect_guides_answers(rotated)
    assert Client.of(rotated, "spectro").pull("packs/kept", digest) == content
    assert inspect(made.stack_name)["Id"] == container, "new passwords need no new container"

    archive, _ = docker.from_env().api.get_archive(
        f"{made.stack_name}-config-configuration-writer", "/config/registry.yml"
    )
    file = b"".join(archive)
    assert all(value.encode() in file for value in keys.values()), (
        "the server gets them by its file"
    )
    shown = json.dumps([inspect(name) for name in container_names(made.stack_name)])
    written = b"".join(
        path.read_bytes()
        for path in made.directory.rglob("*")
        if path.is_file() and not path.is_symlink()
    )
    assert made.stack_name.encode() in written, "the state is among what is looked at"
    for value in keys.values():
        assert value not in shown + made.said, "neither Docker nor what is shown may tell"
        assert value.encode() not in written, "nor state or config"

    made.down()
    assert made.containers() == made.volumes() == set()
    again = made.up()
    expect_guides_answers(again)
    assert Client.of(again, "spectro").pull("packs/kept", digest) == content

    with derived_image("LABEL release=next") as next_image:
        made.write(image=next_image)
        expect_roles(made.up())  # the candidate could not write, the server can
        made.down()
