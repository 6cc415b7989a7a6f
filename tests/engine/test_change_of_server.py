"""A registry that changes from CNCF Distribution to zot, and back, with its packs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.conftest import Factory, configure, make_up, said, started
from tests.support.docker import DEVELOPMENT_IMAGE, free_port, inspect, remove_all_of
from tests.support.engine import EngineRegistry
from tests.support.flavors import DISTRIBUTION, ZOT
from tests.support.packs import push_versions, versions_of
from tests.support.registry import Client
from tests.support.s3 import Bucket, bucket
from tests.support.zot import require_zot, zot_image


@pytest.mark.parametrize("back", [False, True], ids=["to zot", "to distribution"])
def test_packs_in_bucket(new_registry: Factory, back: bool) -> None:
    require_zot()
    servers = [
        {**DISTRIBUTION, "image": DEVELOPMENT_IMAGE},
        {**ZOT, "ociServer": "zot", "users": DISTRIBUTION["users"], "image": zot_image()},
    ]
    old, new = reversed(servers) if back else servers
    with bucket() as created:
        registry = on_bucket(new_registry, created, **old)
        before = registry.up()
        push_versions(Client.of(before, "admin"), "packs/nginx", "1.0.0")
        container = inspect(registry.stack_name)["Id"]

        registry.write(**new)
        shown = " ".join(registry.failed_up().split())
        assert "ociServer: 1 version in" in shown
        assert "such as packs/nginx:1.0.0" in shown
        assert inspect(registry.stack_name)["Id"] == container
        assert versions_of(Client.of(before, "admin"), "packs/nginx") == {"1.0.0"}

        other = on_bucket(new_registry, created, **new)
        push_versions(Client.of(other.up(), "admin"), "packs/nginx", "1.0.0")
        after = registry.up()
        assert versions_of(Client.of(after, "admin"), "packs/nginx") == {"1.0.0"}
        for each in (registry, other):
            each.down()


def on_bucket(new_registry: Factory, created: Bucket, **settings: Any) -> EngineRegistry:
    """Prepare a registry whose packs are in a bucket."""
    registry = new_registry(**settings, storage=created.storage)
    for name in ("accessKey", "secretKey"):
        registry.set_secret(f"storage.s3.{name}", f"MARKER{name}1234567890")
    return registry


def outputs(project: Path, stack: str) -> dict[str, Any]:
    shown = said(started(project, stack, "outputs", "--only", "json", "--secrets"))
    found: dict[str, Any] = yaml.safe_load(shown[shown.index("{") :])
    return found


@pytest.mark.parametrize("back", [False, True], ids=["to zot", "to distribution"])
def test_packs_go_along(project: tuple[Path, str], back: bool) -> None:
    require_zot()
    directory, stack = project
    servers = [
        {**DISTRIBUTION, "ociServer": "distribution", "image": DEVELOPMENT_IMAGE},
        {**ZOT, "ociServer": "zot", "users": DISTRIBUTION["users"], "image": zot_image()},
    ]
    old, new = reversed(servers) if back else servers
    configure(directory, stack, **old)
    said(make_up(directory, stack))
    before = outputs(directory, stack)
    packs = {
        name: Client.of(before, "admin").push(f"packs/{name}", name.encode() * 99_999)
        for name in ("nginx", "istio")
    }

    configure(directory, stack, **new)
    shown = " ".join(said(make_up(directory, stack), 1).split())  # it is wrapped
    command = f"make copy-packs FROM={stack} STACK={stack}-new"
    assert "ociServer: the packs in" in shown
    assert f"`{command}`" in shown
    assert Client.of(before, "admin").status("/v2/") == 200, "nothing has changed"

    copied = f"{stack}-new"
    shutil.copy(directory / f"Pulumi.{stack}.yaml", directory / f"Pulumi.{copied}.yaml")
    volume = {"storage": {"volume": f"{stack}-data"}}
    configure(directory, copied, containerName=copied, port=free_port(), **volume)
    try:
        said(make_up(directory, copied))
        variables = {"FROM": stack}
        for present in (0, 2):
            shown = said(started(directory, copied, "copy-packs", environment=variables))
            assert f"Copied {2 - present} versions" in shown
            assert f"{present} versions were already there" in shown
        said(started(directory, copied, "down"))
        said(make_up(directory, stack))
        after = outputs(directory, stack)
    finally:
        remove_all_of(copied)
    assert after["users"] == before["users"], "passwords stay"
    assert after["caCertificate"] == before["caCertificate"]
    for name, digest in packs.items():
        found = Client.of(after, "spectro").pull(f"packs/{name}", digest)
        assert found == name.encode() * 99_999
