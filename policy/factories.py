"""Factories for policies that check one property or one range."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from policy.policy import Config, Option, ResourcePolicy, number
from policy.readers.containers import Container
from policy.readers.docker import is_started
from policy.readers.workloads import ALL_CONTAINERS, containers
from policy.resources import UNKNOWN, Resource

RUNNING: Mapping[str, Any] = {"types": ALL_CONTAINERS, "condition": is_started}
"""The arguments of a policy that ignores Docker containers that never start."""


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


def forbidden_in_containers(
    forbidden: Callable[[Container], bool], message: str, **policy: Any
) -> ResourcePolicy:
    """A policy on each container of a resource.

    :param forbidden: Whether a container violates the policy.
    :param message: The violation, after the container's title.
    """

    def validate(resource: Resource, _: Config) -> Iterator[str]:
        for container in containers(resource):
            if forbidden(container):
                yield f"{container.title} {message}"

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


class Measured(NamedTuple):
    """What is measured in a resource."""

    subject: str
    value: float | None
    """None if there is no limit at all."""
    has_minimum: bool = True


Measure = Callable[[Resource], Iterable[Measured]]


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
        for subject, value, has_minimum in measure(resource):
            found = "; no limit is set" if value is None else f", not {value:g}{unit}"
            if value is None or value > high or (value < low and has_minimum):
                yield f"{subject} must have {quantity} of {low:g} to {high:g}{unit}{found}"

    options = {bound.option: bound.as_option for bound in (minimum, maximum)}
    return ResourcePolicy(validate=validate, options=options, **policy)
