"""Labels of Docker objects: their keys, and the owner that they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "pack-registry"

TRIAL = "trial/"
"""Prefix of the stack name in the labels of a trial's objects."""


@dataclass(frozen=True)
class Owner:
    """The component that Docker objects belong to."""

    project: str
    stack: str
    component: str

    @property
    def labels(self) -> dict[str, str]:
        """The labels of every object that the component creates."""
        return {
            f"{PREFIX}.project": self.project,
            f"{PREFIX}.stack": self.stack,
            f"{PREFIX}.component": self.component,
        }

    def owns(self, labels: Mapping[str, str] | None) -> bool:
        """Return whether this component of this stack created an object with these labels."""
        return labels is not None and self.labels.items() <= labels.items()


def owning_stack(labels: Mapping[str, str] | None) -> str:
    """Describe the stack that created an object with these labels; empty if there is none."""
    stack = (labels or {}).get(f"{PREFIX}.stack", "")
    if stack.startswith(TRIAL):
        tried = stack.removeprefix(TRIAL)
        return f"the trial of {tried} (`make try-down STACK={tried}` removes it)"
    return f"the stack {stack}" if stack else ""


FINGERPRINT_LABEL = f"{PREFIX}.certificate"
"""Fingerprint of the certificate. The server reads its certificate once, at its start: a new
certificate therefore replaces the container."""

CONFIGURATION_LABEL = f"{PREFIX}.configuration"
"""Digest of everything else that the server's container runs with, except its image: files,
environment, mounts, limits (``components/docker/server_version.py``). A change replaces it."""

CANDIDATE_LABEL = f"{PREFIX}.candidate"
"""Marks the container of a smoke test."""

MAINTENANCE_LABEL = f"{PREFIX}.maintenance"
"""On a lock, its holder as JSON (``components/maintenance/lock.py``)."""

STORAGE_LABEL = f"{PREFIX}.storage"
"""Location of the packs as JSON (``components/storage/location.py``). The next update compares it
with the settings."""

PIDS_LABEL = f"{PREFIX}.pids-limit"
"""Process limit. The Docker provider has no argument for it, so the end of an update sets it
through Docker's API (``components/docker/post_update.py``)."""

DATA_LABEL = f"{PREFIX}.keeps-data"
"""Whether the packs outlive the stack. Policies can't see ``retainOnDelete``, so this label states
it (``policy/policies/stack.py``)."""

TLS_LABEL = f"{PREFIX}.tls"
"""TLS mode, `off` for plain HTTP. Policies can't read the configuration file, so this label states
it (``policy/policies/tls.py``)."""
