"""Common types of the providers: resource inputs, created resources, and their error.

The input models list every input of a resource type that the program declares. Any other input is
rejected, at every depth. Otherwise the trial would differ from the declared registry.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime import rpc
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from common.errors import UserError


class TrialError(UserError):
    """A trial can't continue. The text is a sentence for the user."""


class Inputs(BaseModel):
    """Inputs of a resource type, or an object in them, by camelCase name. Rejects unknown names."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


@dataclass(frozen=True)
class Created:
    """A resource that was created."""

    identifier: str
    outputs: dict[str, Any] = field(default_factory=dict)
    """The outputs that its provider adds to the inputs."""
    secret: frozenset[str] = frozenset()
    """Names of the secret outputs."""

    @property
    def marked_outputs(self) -> dict[str, Any]:
        """The outputs as the Pulumi engine returns them, with secret values marked."""
        return {
            name: _mark_secret(value) if name in self.secret else value
            for name, value in self.outputs.items()
        }


def _mark_secret(value: Any) -> dict[str, Any]:
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


def unwrap_secrets(value: Any) -> Any:
    """Remove the secret marks from a value, at every depth."""
    if isinstance(value, dict):
        if value.get(rpc._special_sig_key) == rpc._special_secret_sig:
            return unwrap_secrets(value["value"])
        return {name: unwrap_secrets(item) for name, item in value.items()}
    return [unwrap_secrets(item) for item in value] if isinstance(value, list) else value
