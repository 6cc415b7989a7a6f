"""Verification of uploads with a real server: writable storage, and the URL that clients get."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.engine.conftest import Factory
from tests.support.registry import Client


def test_directory_of_other_user(new_registry: Factory, tmp_path: Path) -> None:
    path = tmp_path / "packs"
    path.mkdir(mode=0o755)
    os.chown(path, 1000, 1000)
    registry = new_registry(storage={"kind": "path", "path": str(path)})
    said = " ".join(registry.failed_up().split())
    assert "/v2/pack-registry-verification/blobs/uploads/ as admin" in said
    assert "Response: 500: " in said
    command = f"sudo chown -R 0:0 {path} && sudo chmod -R u+rwX {path}"
    assert f"run `{command}`" in said

    subprocess.run(command.replace("sudo ", ""), shell=True, check=True)
    outputs = registry.up()
    catalog = Client.of(outputs, "admin").request("GET", "/v1/_catalog").data
    assert json.loads(catalog) == {"repositories": []}, "the upload is no pack"
    assert not list(path.rglob("startedat")), "the upload was cancelled"
    registry.expect_no_changes()


@pytest.mark.parametrize(
    ("owner", "mode"), [(0, 0o555), (0, 0o500), (0, 0o600), (1000, 0o700), (1000, 0o775)]
)
def test_command_makes_directory_writable(
    new_registry: Factory, tmp_path: Path, owner: int, mode: int
) -> None:
    path = tmp_path / "our packs"
    path.mkdir()
    os.chown(path, owner, 0 if owner == 0 else 1000)
    path.chmod(mode)
    registry = new_registry(storage={"kind": "path", "path": str(path)})
    said = " ".join(registry.failed_up().split())
    found = re.search(r"On the Docker host, run `(.*?)`", said)
    assert found, said
    command = found[1]
    subprocess.run(command.replace("sudo ", ""), shell=True, check=True)
    registry.up()


def test_location_behind_proxy(new_registry: Factory) -> None:
    registry = new_registry(
        tls={"mode": "off"}, publicEndpoint="https://packs.example.com/registry"
    )
    outputs = registry.up()
    server = Client(
        f"http://localhost:{registry.settings['port']}", "", "admin", outputs["adminPassword"]
    )
    response = server.request("POST", "/v2/packs/nginx/blobs/uploads/")
    assert response.status == 202
    location = urlsplit(response.headers["Location"])
    assert (location.scheme, location.netloc) == ("https", "packs.example.com")
    assert location.path.startswith("/registry/v2/packs/nginx/blobs/uploads/")
