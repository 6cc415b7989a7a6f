"""Settings that select a server."""

from __future__ import annotations

from typing import Any

DISTRIBUTION: dict[str, Any] = {
    "flavor": "oci",
    "ociServer": "distribution",
    "users": [{"name": "spectro", "role": "writer"}],
}
"""An OCI registry of CNCF Distribution, in which every user may write."""

ZOT: dict[str, Any] = {"flavor": "oci"}
"""An OCI registry of zot, with the default users."""
