"""Factories for policies that check one property or one range."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policy.policies.docker import CONTAINERS, is_started
from policy.policy import Config, Option, ResourcePolicy, number
from policy.resources import UNKNOWN, Resource

RUNNING: Mapping[str, Any] = {"types": CONTAINERS, "condition": is_started}
"""The arguments of a policy that ignores containers that never start."""


def forbidden_value(
    forbidden: Callable[[Any, Config], bool],
    properties: Mapping[str, Any],
    message: str,
    **policy: Any,
) -> ResourcePolicy:
    """A policy on single properties.

    :param forbidden: Whether a known value is forbidden.
    :param properties: The properties and their defaults in the provider.
    :param message: The violation; `{value}` is the value, `{property}` the property's name.
    """

    def validate(resource: Resource, config: Config) -> Iterator[str]:
        for key, default in properties.items():
            value = resource.get(key, default)
            if value is not UNKNOWN and forbidden(value, config):
                yield message.format(property=key, value=value)

    return ResourcePolicy(validate=validate, **policy)


@dataclass(frozen=True)
class Bound:
    """One end of a range: the option that configures it."""

    option: str
    default: float
    description: str
    least: float = 0
    """The least value of the option."""

    @property
    def as_option(self) -> Option:
        """The option of the policy."""
        return number(self.default, self.description, minimum=self.least)


Measure = Callable[[Resource], Iterable[tuple[str, float | None]]]
"""Yields what is measured in a resource, and its value; None if there is no limit at all."""


def within_bounds(
    measure: Measure,
    quantity: str,
    minimum: Bound,
    maximum: Bound,
    *,
    unit: str = "",
    **policy: Any,
) -> ResourcePolicy:
    """A policy on a range of numbers.

    :param quantity: What must be in the range, with an article.
    :param unit: The unit after a number, with a leading space.
    """

    def validate(resource: Resource, config: Config) -> Iterator[str]:
        low, high = config[minimum.option], config[maximum.option]
        for subject, value in measure(resource):
            found = "; no limit is set" if value is None else f", not {value:g}{unit}"
            if value is None or not low <= value <= high:
                yield f"{subject} must have {quantity} of {low:g} to {high:g}{unit}{found}"

    options = {bound.option: bound.as_option for bound in (minimum, maximum)}
    return ResourcePolicy(validate=validate, options=options, **policy)
