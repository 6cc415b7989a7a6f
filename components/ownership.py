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
        return {f"{PREFIX}.project": self.project, f"{PREFIX}.stack": self.stack, f"{PREFIX}.component": self.component}

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
