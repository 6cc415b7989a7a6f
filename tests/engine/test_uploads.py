"""Verification of uploads with a real server: writable storage, and the URL that clients get."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import urlsplit

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
    assert f"run `sudo chown -R 0:0 {path}`" in said

    os.chown(path, 0, 0)
    outputs = registry.up()
    catalog = Client.of(outputs, "admin").request("GET", "/v1/_catalog").data
    assert json.loads(catalog) == {"repositories": []}, "the upload is no pack"
    assert not list(path.rglob("startedat")), "the upload was cancelled"
    registry.expect_no_changes()


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
