"""Who a Docker object belongs to: labels that name the Pulumi project, stack and component which made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "pack-registry"

TRIAL = "trial/"
"""What the stack's name begins with where its objects were made without Pulumi, for a trial."""


@dataclass(frozen=True)
class Owner:
    """The component that Docker objects belong to."""

    project: str
    stack: str
    component: str

    @property
    def labels(self) -> dict[str, str]:
        """The labels of everything that the component makes."""
        return {
            f"{PREFIX}.project": self.project,
            f"{PREFIX}.stack": self.stack,
            f"{PREFIX}.component": self.component,
        }

    def owns(self, labels: Mapping[str, str] | None) -> bool:
        """Whether an object with these labels was made by this component of this stack."""
        return labels is not None and self.labels.items() <= labels.items()


def owning_stack(labels: Mapping[str, str] | None) -> str:
    """The stack that made an object with these labels, in words; empty where none did."""
    stack = (labels or {}).get(f"{PREFIX}.stack", "")
    if stack.startswith(TRIAL):
        tried = stack.removeprefix(TRIAL)
        return f"the trial of {tried} (`make try-down STACK={tried}` removes it)"
    return f"the stack {stack}" if stack else ""


FINGERPRINT_LABEL = f"{PREFIX}.certificate"
"""Label with the certificate's fingerprint: the server reads its certificate once, so another one needs another container."""

CONFIGURATION_LABEL = f"{PREFIX}.configuration"
"""Label with a keyed digest of the YAML file, which the server reads once, too."""

CANDIDATE_LABEL = f"{PREFIX}.candidate"
"""Label of a container that is only there to be verified."""

STORAGE_LABEL = f"{PREFIX}.storage"
"""Label that says where the packs are, so that a change of place is seen before it is made."""

PIDS_LABEL = f"{PREFIX}.pids-limit"
"""Label with the limit of processes. The Docker provider has no argument for it: it is set on the running container through Docker's
API when an update is settled (``components/settlement.py``)."""

DATA_LABEL = f"{PREFIX}.keeps-data"
"""Label that says whether the packs outlive the stack. Pulumi does not show a policy pack which resources are retained: so it is said here
(``policy/policies/stack.py``)."""

TLS_LABEL = f"{PREFIX}.tls"
"""Label that says where the certificate comes from, `off` for plain HTTP: a policy pack can't read the YAML file (``policy/policies/tls.py``)."""
