"""Context of a component: what every part needs to declare its resources."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pulumi

from common.features import Features
from common.labels import Owner


@dataclass(frozen=True)
class Context:
    """Name, owner and resource options of one component, whichever target runs its server."""

    name: str
    """The component's name, which prefixes the names of its children."""
    owner: Owner
    child_opts: pulumi.ResourceOptions
    """Options of children that are on no host, such as passwords and keys."""
    features: Features

    @property
    def checks_now(self) -> bool:
        """Whether this run checks a running registry: an update does, a preview does not."""
        return checks_now(self.features)


def checks_now(features: Features) -> bool:
    """Return whether this run checks what exists: an update does, a preview does not."""
    return features.checks and not pulumi.runtime.is_dry_run()


def provider_options(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Return options of a provider that a component declares: those of the component's place.

    In a provider process, no stack is the default parent, and the parent's protection is unknown.
    """
    if opts is None:
        return pulumi.ResourceOptions()
    return pulumi.ResourceOptions(parent=opts.parent, protect=opts.protect)


def run_preflight(
    check: Callable[[], None], features: Features
) -> pulumi.Output[list[pulumi.Resource]]:
    """Run the preflight checks: in an update now, in a preview while the providers start.

    :returns: an empty list of dependencies. Resources that depend on it wait for the checks.
    """
    if checks_now(features):
        check()
        return pulumi.Output.from_input([])

    async def check_later() -> list[pulumi.Resource]:
        if features.checks:
            await asyncio.to_thread(check)
        return []

    return pulumi.Output.from_input(check_later())
