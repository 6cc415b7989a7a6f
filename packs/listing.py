"""Lists the packs of an OCI registry: what Palette would find, with the details of each version."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.errors import UserError
from common.packs import CREATED, archive_prefix
from packs.annotations import DISPLAY_NAME, LAYER
from packs.registry import Manifest, PackRegistryClient
from packs.unpacking import read_pack_file
from packs.versions import version_key
from packs.workers import workers

PACK_API = "v1"
"""Version of the API in the paths of a pack registry."""


@dataclass(frozen=True)
class PackVersion:
    """One version of a pack. Its pusher decides on all texts except the digest."""

    name: str
    version: str
    layer: str
    """Empty if neither the manifest nor the archive says it."""
    display_name: str
    digest: str
    size: int | None
    """Bytes of the archive; None if they are unknown."""
    pushed: str
    """Time in RFC 3339; empty if the manifest does not say it."""


@dataclass(frozen=True)
class PackList:
    """The packs of a registry."""

    versions: list[PackVersion]
    others: int
    """Repositories with content in which Palette does not look for packs."""


def list_packs(client: PackRegistryClient, base_content_path: str) -> PackList:
    """List all versions of all packs, by name and version.

    :raises UserError: if the registry does not answer as expected.
    """
    prefix = archive_prefix(base_content_path)
    with workers() as pool:
        names = sorted(client.repositories())
        tags = dict(zip(names, pool.map(client.tags, names), strict=True))
        below = [name for name in names if name.startswith(prefix)]
        packs = [(name, tag) for name in below for tag in sorted_tags(tags[name])]
        found = pool.map(lambda each: _version(client, prefix, *each), packs)
        versions = [version for version in found if version]
    others = sum(1 for name in names if tags[name] and not name.startswith(prefix))
    return PackList(versions, others)


def list_pack_registry(client: PackRegistryClient) -> PackList:
    """List the names of a pack registry, with their versions if the server lists them.

    Its API is that of OCI registries with another version in the path. Only the catalog is
    documented.

    :raises UserError: if the registry does not answer as expected.
    """
    names = sorted(client.repositories(PACK_API))
    with workers() as pool:
        tags = pool.map(lambda name: _documented_or_not(client, name), names)
    return PackList(
        [
            PackVersion(name, tag, "", "", "", None, "")
            for name, found in zip(names, tags, strict=True)
            for tag in sorted_tags(found)
        ],
        0,
    )


def _documented_or_not(client: PackRegistryClient, name: str) -> list[str]:
    """Return the versions of a pack; an empty one if the server does not list them."""
    try:
        return client.tags(name, PACK_API)
    except UserError:
        return [""]


def sorted_tags(tags: Iterable[str]) -> list[str]:
    """Sort versions from old to new."""
    return sorted(tags, key=version_key)


def _version(
    client: PackRegistryClient, prefix: str, repository: str, tag: str
) -> PackVersion | None:
    """Return a version; None if it was deleted meanwhile."""
    manifest = client.manifest(repository, tag)
    if manifest is None:
        return None
    content = read_manifest(manifest)
    annotations = object_of(content, "annotations")
    layers = layers_of(content)
    described = {"layer": annotations.get(LAYER), "displayName": annotations.get(DISPLAY_NAME)}
    if not described["layer"] and layers:
        digest = str(layers[0].get("digest"))
        with contextlib.closing(client.blob_parts(repository, digest)) as parts:
            described = read_pack_file(parts)
    return PackVersion(
        repository.removeprefix(prefix),
        tag,
        _text(described.get("layer")),
        _text(described.get("displayName")),
        manifest.digest,
        _size_of_all(layers),
        _time(annotations.get(CREATED)),
    )


def read_manifest(manifest: Manifest) -> dict[str, Any]:
    """Return the content of a manifest; an empty object if it is none."""
    try:
        content = json.loads(manifest.content)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def layers_of(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the descriptors of the files of a manifest."""
    layers = content.get("layers")
    return [each for each in layers if isinstance(each, dict)] if isinstance(layers, list) else []


def object_of(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return an object in another one; an empty one if there is none."""
    value = content.get(key)
    return value if isinstance(value, dict) else {}


def size_of(descriptor: Mapping[str, Any]) -> int:
    """Return the bytes that a descriptor claims."""
    size = descriptor.get("size")
    return size if type(size) is int and size > 0 else 0


def _size_of_all(descriptors: Iterable[Mapping[str, Any]]) -> int | None:
    """Return the bytes that descriptors claim; None if one claims none, or there is none."""
    sizes = [size_of(each) for each in descriptors]
    return sum(sizes) if sizes and all(sizes) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _time(value: Any) -> str:
    try:
        return value if datetime.fromisoformat(_text(value)) else ""
    except ValueError:
        return ""
