"""Packs in an OCI registry: their place, in which Palette looks, and their manifests."""

PACK_DIRECTORY = "spectro-packs/archive"
"""Directory of packs below the base content path. Palette's documentation prescribes it."""


def archive_prefix(base_content_path: str) -> str:
    """Return the start of the repositories of all packs."""
    return f"{pack_repository(base_content_path, '')}/"


def pack_repository(base_content_path: str, name: str) -> str:
    """Return the repository of a pack: Palette reads ``REPOSITORY:VERSION``."""
    return "/".join(part for part in (base_content_path, PACK_DIRECTORY, name) if part)


MANIFEST_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
"""Media types of the manifests that clients accept."""

CREATED = "org.opencontainers.image.created"
"""Annotation of a manifest: when it was pushed, in RFC 3339. Source: OCI image specification,
annotations. ORAS writes it too."""

REDIRECTS = (302, 303, 307, 308)
"""Statuses with which a registry sends clients to its bucket."""
