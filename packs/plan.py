"""What a push would do: packs of directories are compared with the versions of a registry."""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from common.errors import UserError
from common.packs import pack_repository
from packs.annotations import CONTENT
from packs.archive import Content
from packs.foreign import foreign_content
from packs.known import KnownContents
from packs.registry import Manifest, PackRegistryClient
from packs.retries import Retries
from packs.source import Pack, read_pack
from packs.workers import workers

_NAME = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*")
_VERSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")

Item = TypeVar("Item")


class State(StrEnum):
    """What a registry has of a version."""

    NEW = "new"
    UNCHANGED = "unchanged"
    CHANGED = "changed"


@dataclass(frozen=True)
class LocalPack:
    """A pack in a directory."""

    pack: Pack
    content: Content

    @property
    def archive_name(self) -> str:
        """Name of the archive's directory. Its file ends with ``.tar.gz`` in addition."""
        return _archive_name(self.pack)


@dataclass
class LocalPacks:
    """The packs of a push."""

    packs: list[LocalPack] = field(default_factory=list)
    errors: dict[Path, UserError] = field(default_factory=dict)
    """Why a directory can't be read as a pack. The checks name each cause."""

    @property
    def directories(self) -> list[Path]:
        """All directories, sorted."""
        return sorted([*(each.pack.directory for each in self.packs), *self.errors])

    @property
    def duplicates(self) -> list[Path]:
        """Directories whose name and version another one has, too."""
        found: dict[str, list[Path]] = {}
        for each in self.packs:
            found.setdefault(each.pack.reference, []).append(each.pack.directory)
        return [path for paths in found.values() if len(paths) > 1 for path in paths]


@dataclass(frozen=True)
class Step:
    """A version, and what the registry has of it."""

    local: LocalPack
    repository: str
    state: State
    published: str | None
    """Digest of the manifest that the registry has."""

    @property
    def reference(self) -> str:
        """Name and version of the pack."""
        return self.local.pack.reference


def read_local(directories: Iterable[Path], known: KnownContents) -> LocalPacks:
    """Read the packs of directories, and compute their content unless it is known."""
    result = LocalPacks()
    for directory in directories:
        try:
            pack = read_pack(directory)
            if not (_is(_NAME, pack.name) and _is(_VERSION, pack.version)):
                raise UserError(
                    f"{directory}: a registry can't store the name or the version. Run `make "
                    f"pack-check PACK={directory}`."
                )
            content = known.content(directory, _archive_name(pack))
        except UserError as error:
            result.errors[directory] = error
        else:
            result.packs.append(LocalPack(pack, content))
    return result


def _is(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and bool(pattern.fullmatch(value))


def _archive_name(pack: Pack) -> str:
    return f"{pack.name}-{pack.version}"


def compare(
    client: PackRegistryClient,
    base_content_path: str,
    packs: Sequence[LocalPack],
    retries: Retries,
    known: KnownContents,
) -> list[Step]:
    """Compare packs with the versions of a registry, and remember the ones that are the same.

    :raises UserError: if the registry does not answer as expected.
    """

    def step(local: LocalPack) -> Step:
        repository = pack_repository(base_content_path, local.pack.name)
        seen = known.versions.get(place_of(client, repository, local))
        return retries.run(lambda: _step(client, repository, local, seen))

    order = by_turns(packs, lambda local: local.pack.name)
    with workers(stop=retries.stop) as pool:
        found = dict(zip(map(id, order), pool.map(step, order), strict=True))
    steps = [found[id(local)] for local in packs]
    for each in steps:
        if each.state is State.UNCHANGED and each.published:
            place = place_of(client, each.repository, each.local)
            known.add_version(place, each.published, each.local.content)
    return steps


def by_turns(items: Sequence[Item], repository: Callable[[Item], str]) -> list[Item]:
    """Return the first item of each repository, then the second ones, and so on.

    What a request finds out about a repository saves requests for its next items.
    """
    seen: Counter[str] = Counter()
    turns = []
    for item in items:
        turns.append(seen[repository(item)])
        seen[repository(item)] += 1
    return [item for _, item in sorted(zip(turns, items, strict=True), key=lambda each: each[0])]


def place_of(client: PackRegistryClient, repository: str, local: LocalPack) -> str:
    """Return what names a version in all registries."""
    return f"{client.endpoint}/{repository}:{local.pack.version}"


def _step(
    client: PackRegistryClient, repository: str, local: LocalPack, seen: tuple[str, str] | None
) -> Step:
    """Compare one pack.

    :param seen: digests of the manifest that the version had, and of its content. If it still has
        this manifest, the digest is enough.
    """
    version = local.pack.version
    if client.is_new(repository):
        return Step(local, repository, State.NEW, None)
    if seen and seen[1] == local.content.digest:
        digest = client.manifest_digest(repository, version)
        if digest == seen[0]:
            return Step(local, repository, State.UNCHANGED, digest)
    published = client.manifest(repository, version)
    if published is None:
        return Step(local, repository, State.NEW, None)
    same = has_content(client, repository, published, local)
    state = State.UNCHANGED if same else State.CHANGED
    return Step(local, repository, state, published.digest)


def has_content(
    client: PackRegistryClient, repository: str, published: Manifest, local: LocalPack
) -> bool:
    """Return whether a published version has the content of a pack.

    :raises UserError: if the registry does not answer as expected.
    """
    try:
        manifest = json.loads(published.content)
        annotated = (manifest.get("annotations") or {}).get(CONTENT)
        layers = [str(layer["digest"]) for layer in manifest.get("layers") or []]
    except (ValueError, AttributeError, KeyError, TypeError):
        return False
    if annotated is not None:
        return bool(annotated == local.content.digest)
    if len(layers) != 1:
        return False
    with tempfile.TemporaryDirectory(prefix="pack-registry-") as directory:
        file = Path(directory) / "archive"
        client.download_blob(repository, layers[0], file)
        with file.open("rb") as archive:
            found = foreign_content(cast(BinaryIO, archive), local.archive_name, local.content)
    return found == local.content
