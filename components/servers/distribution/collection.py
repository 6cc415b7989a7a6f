"""Garbage collection of CNCF Distribution: its command, and what it prints.

Manifests without a tag are kept: `--delete-untagged` also removes the parts of an index of several
platforms (distribution#3178, #4461). Sources: Distribution's documentation, "Garbage collection",
and `registry/storage/garbagecollect.go` of Distribution 2.8 and 3.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

COMMAND, DRY_RUN, HELP = "garbage-collect", "--dry-run", "--help"

_MARKED = re.compile(r"^(?P<pack>\S+): marking manifest (?P<digest>[a-z0-9]+:[0-9a-f]+)")
_ELIGIBLE = re.compile(r"^blob eligible for deletion: (?P<digest>[a-z0-9]+:[0-9a-f]+)")
_SUMMARY = re.compile(r"^(?P<kept>\d+) blobs marked, (?P<removed>\d+) blobs and \d+ manifests ")
_EMPTY = re.compile(r"Path not found: \S*/(repositories|blobs)(?![/\w-])")
"""What the collector prints for a storage without any pack."""


@dataclass(frozen=True)
class Collection:
    """What a collection keeps and removes."""

    kept_manifests: frozenset[tuple[str, str]]
    """Packs with the digest of a manifest."""
    kept_blobs: int
    """The manifests included."""
    removed: tuple[str, ...]
    """Digests of blobs."""

    @property
    def kept_packs(self) -> set[str]:
        """Names of packs with a manifest."""
        return {pack for pack, _ in self.kept_manifests}


def supports_collection(exit_code: int, help_text: str) -> bool:
    """Return whether an image has the command, from the result of ``--help``."""
    return exit_code == 0 and COMMAND in help_text and DRY_RUN in help_text


def collection_command(
    entrypoint: Sequence[str], command: Sequence[str], options: Sequence[str], *, asks: bool = False
) -> tuple[list[str], list[str]]:
    """Return entrypoint and command of a collection, from those of the server.

    The server's are `REGISTRY serve FILE`, or a script that adds the first two words, or without
    FILE for the image's own configuration.

    :param asks: whether the command is only asked what it can, without a configuration.
    """
    words = [*entrypoint, *command]
    if "serve" in words:
        index = words.index("serve")
        program, rest = words[:index], words[index + 1 :]
    else:
        program = list(entrypoint)
        rest = [word for word in command if word.endswith((".yml", ".yaml"))]
    return program, [COMMAND, *options, *([] if asks else rest)]


def blob_path(digest: str) -> str:
    """Return the path of a blob below the storage's root directory."""
    algorithm, _, value = digest.partition(":")
    return f"docker/registry/v2/blobs/{algorithm}/{value[:2]}/{value}/data"


REPOSITORIES = "docker/registry/v2/repositories"
"""Path of all packs below the storage's root directory."""


def read_collection(exit_code: int, lines: Iterable[str]) -> Collection | None:
    """Read what a collection printed; None if it failed."""
    manifests, removed, kept = set(), [], -1
    for line in lines:
        if marked := _MARKED.match(line):
            manifests.add((marked["pack"], marked["digest"]))
        elif eligible := _ELIGIBLE.match(line):
            removed.append(eligible["digest"])
        elif summary := _SUMMARY.match(line):
            kept = int(summary["kept"])
        elif _EMPTY.search(line):
            return Collection(frozenset(), 0, ())
    if exit_code or kept < 0:
        return None
    return Collection(frozenset(manifests), kept, tuple(removed))
