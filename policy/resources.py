"""A resource's properties as policies read them: plain values, and a mark for unknown values.

``pulumi-policy`` raises an error when a policy reads an unknown value, and skips the whole policy.
Here, UNKNOWN is a value, so an unknown value hides no other violation. A policy ignores what a
preview does not know, and the update checks it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pulumi_policy import proxy


class Unknown:
    """A value that Pulumi knows only during an update."""

    def __repr__(self) -> str:
        """The name of the constant."""
        return "UNKNOWN"


UNKNOWN: Final = Unknown()

PACK_REGISTRIES = frozenset(
    f"pack-registry:index:{name}" for name in ("PackRegistry", "KubernetesPackRegistry")
)
"""The types of the components."""

_MARKS = frozenset(value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_"))
"""The strings that represent unknown values in a remediation's properties."""


def to_plain(value: Any) -> Any:
    """Convert a property to plain lists and dicts."""
    if isinstance(value, str):
        return UNKNOWN if value in _MARKS else value
    if isinstance(value, Mapping):
        return {key: _item(value, key) for key in value}
    if isinstance(value, Sequence):
        return [_item(value, index) for index in range(len(value))]
    return value


def _item(container: Any, key: Any) -> Any:
    try:
        return to_plain(container[key])
    except proxy.UnknownValueError:
        return UNKNOWN


def to_object(value: Any) -> Mapping[str, Any]:
    """An object. An unknown object is empty."""
    return value if isinstance(value, Mapping) else {}


def to_string(value: Any) -> str:
    """A string. An unknown string is empty."""
    return value if isinstance(value, str) else ""


def to_list(value: Any) -> list[Any]:
    """The elements of a list. An unknown list has one unknown element."""
    if value is UNKNOWN:
        return [UNKNOWN]
    return value if isinstance(value, list) else []


def to_objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """The known elements of a list of objects."""
    return (element for element in to_list(value) if isinstance(element, Mapping))


def dig(value: Any, *keys: str) -> Any:
    """A property of nested objects: None if it is missing, UNKNOWN if it or a parent is unknown."""
    for key in keys:
        if value is UNKNOWN:
            return UNKNOWN
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


@dataclass(frozen=True)
class Resource:
    """One resource of a program."""

    type: str
    urn: str
    properties: Mapping[str, Any]
    """The inputs for a resource policy, the outputs for a stack policy."""
    protected: bool = False
    parent: str = ""
    """The parent's URN."""
    is_component: bool = False
    """Whether it only groups other resources."""
    provider: Mapping[str, Any] = field(default_factory=dict)
    """The provider's properties."""
    secret_outputs: frozenset[str] = frozenset()
    """The outputs that the state encrypts, whatever they contain."""

    @property
    def in_pack_registry(self) -> bool:
        """Whether a pack registry's component declares it, by its parent."""
        parts = self.parent.split("::")
        return len(parts) > 3 and parts[2].rpartition("$")[2] in PACK_REGISTRIES

    @property
    def name(self) -> str:
        """The name in the program."""
        return self.urn.rpartition("::")[2]

    def get(self, key: str, default: Any = None) -> Any:
        """A property, or the default if it is missing or null."""
        value = self.properties.get(key)
        return default if value is None else value

    def get_list(self, key: str) -> list[Any]:
        """The elements of a list. An unknown list has one unknown element."""
        return to_list(self.get(key))

    def get_objects(self, key: str) -> Iterator[Mapping[str, Any]]:
        """The known elements of a list of objects."""
        return to_objects(self.get(key))

    def get_object(self, key: str) -> Mapping[str, Any]:
        """An object. An unknown object is empty."""
        return to_object(self.get(key))
