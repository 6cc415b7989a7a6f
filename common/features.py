"""Optional features of the program, which tests and the trial switch off.

They are held in a context variable, so that two programs in one process don't affect each other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Features:
    """What the program does in addition to declaring resources."""

    checks: bool = True
    """Run the preflight checks, the smoke test and the verification. They need a Docker host."""
    resource_hooks: bool = True
    """Register resource hooks. Pulumi's mocks do not support them."""


_current: ContextVar[Features] = ContextVar("features", default=Features())  # noqa: B039 - frozen


def current_features() -> Features:
    """Return the features of the current context; all of them by default."""
    return _current.get()


@contextlib.contextmanager
def use_features(features: Features) -> Iterator[None]:
    """Set the features of the current context until the block ends."""
    token = _current.set(features)
    try:
        yield
    finally:
        _current.reset(token)
