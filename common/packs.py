"""The place in an OCI registry in which Palette looks for packs."""

PACK_DIRECTORY = "spectro-packs/archive"
"""Directory of packs below the base content path. Palette's documentation prescribes it."""


def archive_prefix(base_content_path: str) -> str:
    """Return the start of the repositories of all packs."""
    return f"{pack_repository(base_content_path, '')}/"


def pack_repository(base_content_path: str, name: str) -> str:
    """Return the repository of a pack: Palette reads ``REPOSITORY:VERSION``."""
    return "/".join(part for part in (base_content_path, PACK_DIRECTORY, name) if part)
