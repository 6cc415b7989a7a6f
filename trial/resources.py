"""What the makers of resources share: how inputs are read, what comes of a resource, and how a resource is refused.

Inputs are read whole before anything is made, by models that know every input of a resource type that the program declares; an input that a
model does not know is refused, at every depth, for what is left out would be a registry that differs from the declared one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime import rpc
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from common.errors import UserError


class TrialError(UserError):
    """A trial can't go on; its text is a sentence for the user."""


class Inputs(BaseModel):
    """Inputs of a resource type, or a group of them, by their camelCase names; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


@dataclass(frozen=True)
class Made:
    """A resource that was made."""

    identifier: str
    outputs: dict[str, Any] = field(default_factory=dict)
    """What its provider would add to the inputs."""
    secret: frozenset[str] = frozenset()
    """Which of those are secret."""

    @property
    def marked_outputs(self) -> dict[str, Any]:
        """The outputs as the engine answers them, with the secret ones marked."""
        return {
            name: _secret(value) if name in self.secret else value
            for name, value in self.outputs.items()
        }


def _secret(value: Any) -> dict[str, Any]:
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


def unwrapped(value: Any) -> Any:
    """A value without the marks of the secrets in it, at any depth."""
    if isinstance(value, dict):
        if value.get(rpc._special_sig_key) == rpc._special_secret_sig:
            return unwrapped(value["value"])
        return {name: unwrapped(item) for name, item in value.items()}
    return [unwrapped(item) for item in value] if isinstance(value, list) else value
