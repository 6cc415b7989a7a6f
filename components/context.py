"""Context of a component: what every part needs to declare its resources."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from common.labels import Owner


@dataclass(frozen=True)
class Context:
    """Name, owner and resource options of one component, whichever target runs its server."""

    name: str
    """The component's name, which prefixes the names of its children."""
    owner: Owner
    child_opts: pulumi.ResourceOptions
    """Options of children that are on no host, such as passwords and keys."""
