"""The Pulumi program: a stack's pack registry and its outputs."""

from __future__ import annotations

import pulumi

from components import PackRegistry
from settings import stack_arguments


def program() -> None:
    """Declare the current stack's registry and export what it puts out.

    :raises components.errors.ToldError: where settings are wrong or the Docker host is not ready.
    """
    registry = PackRegistry("registry", stack_arguments())
    for name, value in registry.outputs.items():
        pulumi.export(name, value)
