"""A Palette pack registry as a Pulumi component, and its parts."""

from components.args import PackRegistryArgs
from components.pack_registry import PackRegistry

__all__ = ["PackRegistry", "PackRegistryArgs"]
