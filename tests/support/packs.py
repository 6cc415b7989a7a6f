"""Whole packs of an OCI registry: pushed in versions, and read with all of their content."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path

import urllib3

from tests.support.registry import Client

KINDS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


LOGO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)


def write_pack(root: Path, name: str, version: str, *, size: int = 1000) -> Path:
    """Write a pack that the checks accept, and return its directory.

    :param size: bytes of random content in its chart.
    """
    directory = root / f"{name}-{version}"
    (directory / "manifests").mkdir(parents=True)
    content = {
        "name": name,
        "displayName": name.title(),
        "version": version,
        "layer": "addon",
        "addonType": "app services",
        "cloudTypes": ["all"],
        "kubeManifests": ["manifests/objects.yaml"],
    }
    data = os.urandom(size // 2).hex()
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
    (directory / "pack.json").write_text(json.dumps(content, indent=2))
    (directory / "values.yaml").write_text("manifests:\n  objects: {}\n")
    (directory / "logo.png").write_bytes(LOGO)
    (directory / "README.md").write_text(f"# {name}\n")
    text = json.dumps(manifest | {"data": {"content": data}})
    (directory / "manifests" / "objects.yaml").write_text(f"{text}\n")
    return directory


def push_versions(
    client: Client, repository: str, *versions: str, size: int = 1000
) -> dict[str, bytes]:
    """Push versions of a pack with random content, and return the content by version."""
    contents = {version: os.urandom(size) for version in versions}
    for version, content in contents.items():
        client.push(repository, content, version)
    return contents


def whole(client: Client, repository: str, version: str) -> dict[str, bytes]:
    """Return the manifest of a version and all of its blobs, by digest. Checks the digests."""
    found = client.request(
        "GET",
        f"{client.api}/{repository}/manifests/{version}",
        headers={"Accept": ", ".join(KINDS)},
    )
    assert found.status == 200, f"{repository}:{version} can't be read: {found.status}"
    manifest = json.loads(found.data)
    digests = [blob["digest"] for blob in [manifest["config"], *manifest["layers"]]]
    parts = {found.headers["Docker-Content-Digest"]: found.data}
    parts |= {digest: client.pull(repository, digest) for digest in digests}
    for digest, content in parts.items():
        assert digest == f"sha256:{hashlib.sha256(content).hexdigest()}", (
            f"{repository}:{version} has another content than its digest"
        )
    return parts


def versions_of(client: Client, repository: str) -> set[str]:
    """Return the versions of a pack that a registry lists; none if it has no such repository."""
    found = client.request("GET", f"/v2/{repository}/tags/list")
    return set(json.loads(found.data).get("tags") or ()) if found.status == 200 else set()


def is_ready(client: Client) -> bool:
    """Return whether a zot answers."""
    try:
        return client.status("/readyz") == 200
    except urllib3.exceptions.HTTPError:
        return False
