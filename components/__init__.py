"""A Palette pack registry as a Pulumi component, and its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from components.args import PackRegistryArgs
    from components.pack_registry import PackRegistry

__all__ = ["PackRegistry", "PackRegistryArgs"]


def __getattr__(name: str) -> Any:
    """Import the component where it is asked for: the project in ``consumer`` uses the parts alone, and has no need of the Docker provider."""
    if name == "PackRegistry":
        from components.pack_registry import PackRegistry

        return PackRegistry
    if name == "PackRegistryArgs":
        from components.args import PackRegistryArgs

        return PackRegistryArgs
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
