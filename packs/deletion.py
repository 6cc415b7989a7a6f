"""Deletes one version of a pack from an OCI registry, and no other version with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from common.errors import UserError
from packs.listing import read_manifest, sorted_tags
from packs.registry import PackRegistryClient
from packs.workers import workers

UNSUPPORTED_TAG, FORBIDDEN = 400, 405
"""Statuses of a deletion."""


class DeletionDisabledError(UserError):
    """The server deletes nothing: the default of CNCF Distribution."""


def versions_with_content(client: PackRegistryClient, repository: str, digest: str) -> list[str]:
    """Return the versions that are a manifest, or an index that names it."""
    tags = client.tags(repository)
    with workers() as pool:
        manifests = pool.map(lambda tag: client.manifest(repository, tag), tags)
        return sorted_tags(
            tag
            for tag, manifest in zip(tags, manifests, strict=True)
            if manifest
            and (manifest.digest == digest or digest in _children(read_manifest(manifest)))
        )


def _children(content: dict[str, Any]) -> Iterator[str]:
    manifests = content.get("manifests")
    for each in manifests if isinstance(manifests, list) else ():
        if isinstance(each, dict):
            yield str(each.get("digest"))


def delete_version(
    client: PackRegistryClient, repository: str, version: str, digest: str
) -> list[str]:
    """Delete a version. Delete its manifest too, unless other versions have the same one.

    Servers delete a manifest together with all of its tags. The tag is therefore deleted first, and
    the manifest only if no tag refers to it then.

    :param digest: the content that the user agreed to delete.
    :returns: the other versions with the same content, which stay.
    :raises DeletionDisabledError: if the server deletes nothing.
    :raises UserError: if the version changed meanwhile, can't be deleted alone, or is still there.
    """
    name = f"{repository.rpartition('/')[2]}:{version}"
    manifest = client.manifest(repository, version)
    if manifest is not None and manifest.digest != digest:
        raise UserError(
            f"{name} was pushed again meanwhile. Nothing was deleted. Run the command again."
        )
    status = client.delete_manifest(repository, version)
    if status == FORBIDDEN:
        raise DeletionDisabledError(f"The server deletes nothing. {name} is still there.")
    others = [tag for tag in versions_with_content(client, repository, digest) if tag != version]
    if status == UNSUPPORTED_TAG and others:
        raise UserError(
            f"{name} has the same content as {', '.join(others)}, and this server deletes only "
            "content, with all of its versions. Nothing was deleted. Push other content to "
            f"{name} first, or keep it."
        )
    if not others and client.delete_manifest(repository, digest) == FORBIDDEN:
        raise DeletionDisabledError(f"The server deletes no content. {name} may still be there.")
    if client.manifest(repository, version) is not None:
        raise UserError(
            f"The registry accepted the deletion of {name}, but still has it. Check whether "
            "a client pushed it again, or the registry mirrors another one."
        )
    return others
