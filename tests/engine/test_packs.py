"""Packs of a real registry: listed, pulled and deleted, with zot and with CNCF Distribution."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from packs.annotations import LAYER
from tests.engine.conftest import configure, make_up, said, started
from tests.packs.memory import archive_of, pack_files
from tests.support.docker import DEVELOPMENT_IMAGE
from tests.support.flavors import DISTRIBUTION, ZOT
from tests.support.packs import KINDS, versions_of
from tests.support.registry import Client
from tests.support.zot import require_zot, zot_image

ARCHIVE = "packs/spectro-packs/archive"
Command = Callable[..., str]


def zot_settings() -> dict[str, Any]:
    require_zot()
    return {**ZOT, "image": zot_image()}


def distribution_settings() -> dict[str, Any]:
    return {**DISTRIBUTION, "image": DEVELOPMENT_IMAGE, "server": deletion(enabled=False)}


def deletion(*, enabled: bool) -> dict[str, Any]:
    """Return the setting `server`. The development image allows deletion, and Distribution not."""
    return {"extra": {"storage": {"delete": {"enabled": enabled}}}}


def client_of(run: Command) -> Client:
    shown = run("outputs", "--only", "json", "--secrets")
    return Client.of(yaml.safe_load(shown[shown.index("{") :]), "admin")


def push(client: Client) -> None:
    """Push two versions with the same content, one with other content, and another repository."""
    content = archive_of(pack_files())
    for version in ("1.0.0", "1.0.1"):
        client.push(f"{ARCHIVE}/hello", content, version)
    client.push(f"{ARCHIVE}/hello", archive_of(pack_files(layer="csi")), "1.1.0")
    client.push("other/image", b"no pack")


@pytest.mark.parametrize("server", ["zot", "distribution"])
def test_packs(project: tuple[Path, str], server: str) -> None:
    directory, stack = project

    def run(*command: str, code: int = 0) -> str:
        return said(started(directory, stack, *command), code)

    configure(directory, stack, **(zot_settings() if server == "zot" else distribution_settings()))
    said(make_up(directory, stack))
    client = client_of(run)
    assert "> 0 packs, 0 versions" in run("packs")
    push(client)
    expect_list(run)
    expect_pull(run, directory)
    delete = ("pack-delete", "--pack", "hello:1.0.0", "--yes")
    if server == "distribution":
        shown = run(*delete, code=1)
        assert "The server deletes nothing. hello:1.0.0 is still there." in shown
        assert "`storage: {delete: {enabled: true}}`" in shown
        assert versions_of(client, f"{ARCHIVE}/hello") == {"1.0.0", "1.0.1", "1.1.0"}
        configure(directory, stack, server=deletion(enabled=True))
        said(make_up(directory, stack))
    expect_deletion(run, client)


def expect_list(run: Command) -> None:
    shown = run("packs")
    lines = [line for line in shown.splitlines() if line.startswith("hello")]
    assert [line.split()[:3] for line in lines] == [
        ["hello", "1.0.0", "addon"],
        ["hello", "1.0.1", "addon"],
        ["hello", "1.1.0", "csi"],
    ]
    assert "> 1 pack, 3 versions" in shown
    assert "> 1 other repository is not below packs/spectro-packs/archive/" in shown
    assert LAYER not in shown
    listed = json.loads(run("packs", "--output", "json"))
    assert listed["otherRepositories"] == 1
    assert listed["palette"] is None
    digests = [each["digest"] for each in listed["packs"]]
    assert digests[0] == digests[1] != digests[2]


def expect_pull(run: Command, directory: Path) -> None:
    assert "Wrote hello:1.0.0 to hello-1.0.0: 3 files" in run("pull", "--pack", "hello:1.0.0")
    found = {
        f"hello-1.0.0/{path.relative_to(directory / 'hello-1.0.0')}": path.read_bytes()
        for path in (directory / "hello-1.0.0").rglob("*")
        if path.is_file()
    }
    assert found == pack_files()
    assert "is not empty" in run("pull", "--pack", "hello:1.0.0", code=1)
    shown = run("pull", "--pack", "hello:9", code=1)
    assert "It has 1.0.0, 1.0.1, 1.1.0." in shown


def expect_deletion(run: Command, client: Client) -> None:
    """Delete versions. The other versions can be pulled whole after each of them."""
    name = f"{ARCHIVE}/hello"
    shown = run("pack-delete", "--pack", "hello:1.0.0", "--yes")
    assert "Its content stays, because 1.0.1 has the same." in shown
    assert versions_of(client, name) == {"1.0.1", "1.1.0"}
    for version in ("1.0.1", "1.1.0"):
        target = f"after/{version}"
        assert "3 files" in run("pull", "--pack", f"hello:{version}", "--file", target)

    (digest,) = (
        each["digest"]
        for each in json.loads(run("packs", "--output", "json"))["packs"]
        if each["version"] == "1.0.1"
    )
    accept = {"Accept": ", ".join(KINDS)}
    by_digest = f"/v2/{name}/manifests/{digest}"
    assert client.request("GET", by_digest, headers=accept).status == 200
    shown = run("pack-delete", "--pack", "hello:1.0.1", "--yes")
    assert "The next garbage collection frees its space." in shown
    assert client.request("GET", by_digest, headers=accept).status == 404
    assert versions_of(client, name) == {"1.1.0"}
    run("pack-delete", "--pack", "hello:1.1.0", "--yes")
    shown = run("packs")
    assert "> 0 packs, 0 versions" in shown, "an empty repository is no pack"
    assert "1 other repository" in shown
    shown = run("pack-delete", "--pack", "hello:1.1.0", "--yes", code=1)
    assert "The registry has no pack hello" in shown
