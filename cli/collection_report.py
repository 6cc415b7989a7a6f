"""What garbage collections report."""

from __future__ import annotations

from cli.console import info, make_command, result
from components.servers.distribution.collection import Collection

Size = tuple[int, int] | None
"""Bytes, and the number of blobs that they are of; None if the sizes are unknown."""


def no_command(image: str) -> str:
    """Explain that an image can't collect garbage."""
    return (
        f"The image {image} has no command garbage-collect with the option --dry-run. It was asked "
        "with `garbage-collect --help`. Nothing was removed."
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
    if not found.kept_packs:
        return "The registry has no packs."
    packs = _count(found.kept_packs, "pack")
    versions = _count(found.kept_manifests, "version")
    return f"No version is lost: {versions} of {packs} keep {_count(found.kept_blobs, 'blob')}."


def _size(size: Size, blobs: int) -> str:
    if size is None:
        return ""
    number, counted = size
    return f" ({'at least ' if counted < blobs else ''}{number / 1e6:.1f} MB)"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
