"""Whole packs of an OCI registry: pushed in versions, and read with all of their content."""

from __future__ import annotations

import hashlib
import json
import os

import urllib3

from tests.support.registry import Client

KINDS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


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
