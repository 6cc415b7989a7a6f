"""An OCI registry of zot: verification, roles and rotation, through /v2/."""

from __future__ import annotations

from typing import Any

import pytest

from tests.live.conftest import Factory
from tests.support.flavors import ZOT
from tests.support.registry import Client, expect_oci_answers
from tests.support.zot import require_zot, zot_image

WRITER = {"name": "ci", "role": "writer", "repositories": ["packs/team-a"]}


@pytest.fixture(autouse=True)
def _zot() -> None:
    require_zot()


@pytest.fixture(scope="module")
def image() -> str:
    return zot_image()


def client(outputs: dict[str, Any], user: str) -> Client:
    return Client.of(outputs, user)


def test_roles(new_registry: Factory, image: str) -> None:
    registry = new_registry(
        **ZOT, image=image, users=[{"name": "spectro", "repositories": ["packs"]}, WRITER]
    )
    outputs = registry.up()
    assert outputs["healthUrl"] == f"https://localhost:{registry.port}/readyz"
    assert outputs["catalogUrl"] == f"https://localhost:{registry.port}/v2/_catalog"
    expect_oci_answers(outputs)
    digest = client(outputs, "admin").push("packs/nginx", b"a pack")
    assert client(outputs, "spectro").pull("packs/nginx", digest) == b"a pack"
    own = client(outputs, "ci").push("packs/team-a/base", b"another pack")
    assert client(outputs, "spectro").pull("packs/team-a/base", own) == b"another pack"
    upload = "/blobs/uploads/"
    assert client(outputs, "spectro").status(f"/v2/packs/nginx{upload}", "POST") == 403
    assert client(outputs, "ci").status(f"/v2/packs/nginx{upload}", "POST") == 403
    assert client(outputs, "ci").status(f"/v2/packs/nginx/blobs/{digest}") == 403
    registry.expect_settled()


def test_rotation(new_registry: Factory, image: str) -> None:
    registry = new_registry(**ZOT, image=image)
    before = registry.up()
    digest = client(before, "admin").push("packs/nginx", b"a pack")
    registry.write(rotation="2027-01")
    after = registry.up()
    expect_oci_answers(after)
    assert client(after, "spectro").pull("packs/nginx", digest) == b"a pack"
    assert Client.of(after, "admin", before["adminPassword"]).status("/v2/") == 401
