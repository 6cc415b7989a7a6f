"""A resource's properties as the rules read them: plain values, with a mark where a preview does not know the value yet.

``pulumi-policy`` raises an error wherever an unknown value is touched, and the whole rule becomes a remark that it could not be run. Here the
unknown value is a value of its own, so that one of them hides nothing else: a rule passes over what it can't judge yet and the update, which
knows it, judges it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pulumi_policy import proxy


class Unknown:
    """A value that is known when the update runs."""

    def __repr__(self) -> str:
        """Its name."""
        return "UNKNOWN"


UNKNOWN: Final = Unknown()

_MARKS = frozenset(value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_"))
"""What stands for unknown values where properties are handed over unguarded, as they are to a remediation."""


def plain(value: Any) -> Any:
    """A property with all that is in it, as plain lists and dicts."""
    if isinstance(value, str):
        return UNKNOWN if value in _MARKS else value
    if isinstance(value, Mapping):
        return {key: _item(value, key) for key in value}
    if isinstance(value, Sequence):
        return [_item(value, index) for index in range(len(value))]
    return value


def _item(container: Any, key: Any) -> Any:
    try:
        return plain(container[key])
    except proxy.UnknownValueError:
        return UNKNOWN


@dataclass(frozen=True)
class Declared:
    """One resource as a program declares it."""

    typ: str
    urn: str
    properties: Mapping[str, Any]
    """Its properties: the inputs for a rule of one resource, the outputs for a rule of the stack."""
    protected: bool = False
    parent: str = ""
    """The parent's URN."""
    provider: Mapping[str, Any] = field(default_factory=dict)
    """Its provider's properties."""

    @property
    def name(self) -> str:
        """Its name in the program."""
        return self.urn.rpartition("::")[2]

    def get(self, key: str, default: Any = None) -> Any:
        """A property; the default where it is missing or null."""
        value = self.properties.get(key)
        return default if value is None else value

    def listed(self, key: str) -> list[Any]:
        """The elements of a list; a list that is not known has one element, which is unknown."""
        value = self.get(key, [])
        return [UNKNOWN] if value is UNKNOWN else list(value)

    def groups(self, key: str) -> Iterator[Mapping[str, Any]]:
        """The elements of a list of groups, as far as they are known."""
        return (element for element in self.listed(key) if element is not UNKNOWN)

    def mapped(self, key: str) -> Mapping[str, Any]:
        """A group; an unknown one is empty."""
        value = self.get(key, {})
        return {} if value is UNKNOWN else value
