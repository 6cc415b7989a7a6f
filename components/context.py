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


def component_owner(name: str, opts: pulumi.ResourceOptions | None) -> Owner:
    """Return the owner of a component's objects.

    A renamed component has an alias with its previous name. Its objects keep that name in their
    labels, because Docker can't change the labels of a volume.
    """
    return Owner(pulumi.get_project(), pulumi.get_stack(), _previous_name(opts) or name)


def provider_options(
    name: str, suffix: str, opts: pulumi.ResourceOptions | None
) -> pulumi.ResourceOptions:
    """Return options of a provider that a component declares: those of the component's place.

    In a provider process, no stack is the default parent, and the parent's protection is unknown.

    :param name: the component's name. The provider's name is this and a suffix.
    """
    if opts is None:
        return pulumi.ResourceOptions()
    previous = _previous_name(opts)
    aliases = [pulumi.Alias(name=previous + suffix)] if previous not in ("", name) else []
    return pulumi.ResourceOptions(parent=opts.parent, protect=opts.protect, aliases=aliases)


def _previous_name(opts: pulumi.ResourceOptions | None) -> str:
    """Return the name of the first alias with a name; empty if there is none."""
    for alias in (opts.aliases if opts else None) or ():
        if isinstance(alias, pulumi.Alias) and isinstance(alias.name, str):
            return alias.name
        if isinstance(alias, str):  # a URN
            return alias.rpartition("::")[2]
    return ""


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
