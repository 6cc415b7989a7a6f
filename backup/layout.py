"""How the servers store packs, and in which order their files are copied safely during pushes.

A push writes blobs first, then the link of each layer, then the manifest's, then the tag. A copy in
the opposite order has everything that a tag needs: it was written before the tag. A restore writes
in the order of a push.

Uploads that are not complete, databases that a server builds again, and temporary files are left
out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from backup.manifest import File
from components.servers.directories import OCI_DIRECTORIES
from components.servers.distribution.paths import ROOT_DIRECTORIES
from components.servers.paths import DATA_DIRECTORY
from components.settings import Flavor

_DIGEST = r"(?P<algorithm>sha256|sha512)/(?P<hex>[0-9a-f]{64,128})"
_ANY_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")

V2 = "docker/registry/v2"
"""Directory of CNCF Distribution in its root directory (`registry/storage/paths.go`)."""
_REPOSITORY = rf"{V2}/repositories/(?P<repository>[^_].*?)"
STAGES = (
    re.compile(rf"{_REPOSITORY}/_manifests/tags/(?P<tag>[^/]+)/(current|index/{_DIGEST})/link"),
    re.compile(rf"{_REPOSITORY}/_manifests/revisions/{_DIGEST}/link"),
    re.compile(rf"{_REPOSITORY}/_layers/{_DIGEST}/link"),
)
"""Links of CNCF Distribution in the order of a copy: tags, revisions of manifests, layers."""
CURRENT = re.compile(rf"{_REPOSITORY}/_manifests/tags/(?P<tag>[^/]+)/current/link")

INDEX = re.compile(r"(?P<repository>.+)/index\.json")
MARK = re.compile(r"(?P<repository>.+)/oci-layout")
ZOT_BLOB = re.compile(rf"(?P<repository>.+)/blobs/{_DIGEST}")
_REFERENCE_NAME = "org.opencontainers.image.ref.name"

Tags = dict[str, dict[str, str]]
"""Digest by tag by repository."""


@dataclass(frozen=True)
class Layout:
    """How a server stores packs."""

    name: str
    version: int
    tags: Callable[[Iterable[File]], Tags]
    """Returns the tags in a backup's files."""


def root_directory(pack_format: str) -> str:
    """Return the server's directory in its container.

    :param pack_format: ``Settings.pack_format``.
    """
    return OCI_DIRECTORIES.get(pack_format) or ROOT_DIRECTORIES[Flavor.PACK]


def relative_root(pack_format: str) -> str:
    """Return the server's directory, relative to that of all packs."""
    return root_directory(pack_format).removeprefix(f"{DATA_DIRECTORY}/")


def layout_of(pack_format: str) -> Layout:
    """Return the layout of a server.

    :param pack_format: ``Settings.pack_format``.
    """
    return ZOT if pack_format == "zot" else DISTRIBUTION


def digest_in(found: re.Match[str]) -> str:
    """Return the digest in a path."""
    return f"{found['algorithm']}:{found['hex']}"


def blob_path(digest: str) -> str:
    """Return the path of a blob of CNCF Distribution."""
    algorithm, _, digits = digest.partition(":")
    return f"{V2}/blobs/{algorithm}/{digits[:2]}/{digits}/data"


def revision_path(repository: str, digest: str) -> str:
    """Return the path of the link of a manifest."""
    parts = digest.replace(":", "/")
    return f"{V2}/repositories/{repository}/_manifests/revisions/{parts}/link"


def layer_path(repository: str, digest: str) -> str:
    """Return the path of the link of a layer."""
    return f"{V2}/repositories/{repository}/_layers/{digest.replace(':', '/')}/link"


def link_target(text: str) -> str | None:
    """Return the digest in a link; None if the file is incomplete."""
    return text if _ANY_DIGEST.fullmatch(text) else None


def index_manifests(text: str) -> list[Mapping[str, Any]] | None:
    """Return the manifests in an `index.json` of zot; None if the file is incomplete."""
    try:
        found = json.loads(text)["manifests"]
        return [each for each in found or [] if isinstance(each["digest"], str)]
    except (ValueError, KeyError, TypeError):
        return None


def _distribution_tags(files: Iterable[File]) -> Tags:
    tags: Tags = {}
    for file in files:
        if found := CURRENT.fullmatch(file.path):
            tags.setdefault(found["repository"], {})[found["tag"]] = file.text or ""
    return tags


def _zot_tags(files: Iterable[File]) -> Tags:
    tags: Tags = {}
    for file in files:
        if found := INDEX.fullmatch(file.path):
            for each in index_manifests(file.text or "") or []:
                tag = (each.get("annotations") or {}).get(_REFERENCE_NAME)
                if tag:
                    tags.setdefault(found["repository"], {})[tag] = each["digest"]
    return tags


DISTRIBUTION = Layout("distribution", 1, _distribution_tags)
ZOT = Layout("zot", 1, _zot_tags)
