"""Garbage collection of a registry: removal of blobs that no version refers to.

The server keeps in memory which blobs exist. After a collection, it would answer that a removed
layer is there, and a pack that is pushed again would stay broken. Nothing may be pushed during a
collection either. So the registry is read-only meanwhile, and its servers are new ones afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from cli import interrupts
from cli.console import CommandError, info, make_command, progress, result, size_text
from common.errors import UserError
from components.servers.distribution.collection import Collection

SHOWN = 5
"""Versions that a message names."""

Size = tuple[int, int] | None
"""Bytes, and the number of blobs that they are of; None if the sizes are unknown."""

Versions = Mapping[str, str]
"""Digests of manifests by `PACK:VERSION`; an empty one for a manifest that is missing."""


class CollectedRegistry(Protocol):
    """A registry whose server is CNCF Distribution. Its methods raise UserError if they fail."""

    @property
    def image(self) -> str:
        """The server's image, for messages."""

    def can_collect(self) -> bool:
        """Return whether the image has the command."""

    def versions(self) -> Versions | None:
        """Read all versions from the storage; None if only the server knows them."""

    def collect(self, *, dry_run: bool) -> Collection:
        """Run a collection until its end."""

    def size(self, found: Collection) -> Size:
        """Return the size of what a collection removes."""

    def wait_for_uploads(self, retry: str) -> None:
        """Wait for uploads that take long. Clients have to start others again.

        :param retry: the command that the user runs again.
        """

    def serve_read_only(self) -> None:
        """Reject pushes. If this fails, ``resume_writing`` is required."""

    def resume_writing(self) -> None:
        """Accept pushes again, with new servers. May be repeated."""

    def verify(self) -> None:
        """Verify the registry as an update does."""


def collect_garbage(
    registry: CollectedRegistry,
    stack: str,
    read_versions: Callable[[], Versions],
    *,
    apply: bool,
) -> None:
    """Report what is removed, and remove it if requested. The lock is held.

    :param read_versions: asks the server for all versions.
    :raises CommandError: if it fails. Pushes are accepted as before.
    """
    try:
        _collect_garbage(registry, stack, read_versions, apply=apply)
    except UserError as error:
        raise CommandError(str(error)) from None


def _collect_garbage(
    registry: CollectedRegistry,
    stack: str,
    read_versions: Callable[[], Versions],
    *,
    apply: bool,
) -> None:
    if not registry.can_collect():
        raise CommandError(
            f"The image {registry.image} has no command garbage-collect with the option --dry-run. "
            "It was asked with `garbage-collect --help`. Nothing was removed."
        )
    with progress("Looking for blobs that no version refers to"):
        stored = registry.versions()
        versions = read_versions() if stored is None else stored
        found = registry.collect(dry_run=True)
    ensure_versions_are_kept(versions, found)
    size = registry.size(found)
    describe_removal(found, size, stack, apply=apply)
    if not apply or not found.removed:
        return
    registry.wait_for_uploads(make_command("gc APPLY=1", stack))
    removed = _remove(registry)
    registry.verify()
    describe_result(removed, size if set(removed.removed) == set(found.removed) else None)


def _remove(registry: CollectedRegistry) -> Collection:
    """Collect while the registry is read-only. Pushes are accepted again in any case."""
    try:
        with progress("Removing blobs. The registry can be read, and rejects pushes"):
            registry.serve_read_only()
            removed = registry.collect(dry_run=False)
    except UserError as error:
        _resume(registry)
        try:
            registry.verify()
        except UserError as failure:
            raise CommandError(f"{error}\n{failure}") from None
        raise CommandError(f"{error}\nThe registry accepts pushes again.") from None
    except BaseException:
        _resume(registry)
        raise
    _resume(registry)
    return removed


def _resume(registry: CollectedRegistry) -> None:
    with interrupts.ignored():
        registry.resume_writing()


def ensure_versions_are_kept(versions: Mapping[str, str], found: Collection) -> None:
    """Check that a collection keeps the manifest of every version.

    Distribution skips a manifest that it can't read, and would remove the layers of its version.

    :param versions: digests of manifests by `PACK:VERSION`.
    :raises CommandError: if it does not.
    """
    kept = found.kept_manifests
    lost = sorted(
        version
        for version, digest in versions.items()
        if (version.rpartition(":")[0], digest) not in kept
    )
    if lost:
        more = f" and {len(lost) - SHOWN} more" if len(lost) > SHOWN else ""
        raise CommandError(
            f"The manifests of {', '.join(lost[:SHOWN])}{more} are missing or damaged. A "
            "collection would also remove their layers. Nothing was removed. Push these versions "
            "again, or delete them. If they were changed just now, run the command again."
        )


def describe_removal(found: Collection, size: Size, stack: str, *, apply: bool) -> None:
    """Print what a collection keeps and removes."""
    if not found.removed:
        result(f"Nothing to remove. {_kept(found)}")
        return
    removed = f"{_count(len(found.removed), 'blob')}{_size(size, len(found.removed))}"
    if apply:
        info(f"To remove: {removed}, which no version refers to. {_kept(found)}")
        return
    result(f"{removed} can be removed: no version refers to them. {_kept(found)}")
    info(f"Nothing was removed. To remove them, run `{make_command('gc APPLY=1', stack)}`.")


def describe_result(removed: Collection, size: Size) -> None:
    """Print what a collection has removed."""
    blobs = f"{_count(len(removed.removed), 'blob')}{_size(size, len(removed.removed))}"
    result(f"Removed {blobs}. {_kept(removed)} The registry is verified and accepts pushes.")


def _kept(found: Collection) -> str:
    if not found.kept_manifests:
        return "The registry has no packs."
    packs = _count(len(found.kept_packs), "pack")
    versions = _count(len(found.kept_manifests), "version")
    return f"No version is lost: {versions} of {packs}, with {_count(found.kept_blobs, 'blob')}."


def _size(size: Size, blobs: int) -> str:
    if size is None:
        return ""
    number, counted = size
    return f" ({'at least ' if counted < blobs else ''}{size_text(number)})"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
