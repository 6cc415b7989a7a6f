"""The program: the registry's stack, the registration, and the sync at the end of every update."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pulumi

from common.errors import UserError
from palette import bodies
from palette.console import OUTPUT, console, inputs
from palette.model import RegistrationSettings
from palette.palette import Palette
from palette.registration import CONTENT, SECRET, PackRegistration
from palette.sync import sync

REGISTRY_PROJECT = "pack-registry"

OUTPUTS = {
    "registrationUid": "Palette's identifier of the registration.",
    "registrationName": "Name in Palette's list of registries.",
    "endpoint": "URL under which Palette uses the registry.",
    "scope": "Where it is registered: `tenant` or `project`.",
}
"""What the stack's outputs mean."""


def register(settings: RegistrationSettings) -> dict[str, pulumi.Output[Any]]:
    """Declare the registration; the stack's outputs."""
    stack = registry_stack(settings)
    origin = f"stack {pulumi.get_stack()} of project {pulumi.get_project()}"

    def content(value: Any) -> Any:
        found = console(value, stack)
        return inputs(
            found,
            stack,
            name=settings.registration_name,
            insecure_skip_verify=settings.insecure_skip_verify,
            origin=origin,
        )

    given = pulumi.StackReference(stack).get_output(OUTPUT).apply(content)
    # Of the registry's output, which is secret as a whole, few parts are.
    props = {
        key: given[key] if key in SECRET else pulumi.Output.unsecret(given[key])
        for key in (*CONTENT, "providerType")
    }
    registration = PackRegistration(
        "registration",
        {
            **props,
            "paletteHost": settings.palette_host,
            "projectUid": settings.project_uid,
            "adoptExisting": settings.adopt_existing,
        },
    )
    if not pulumi.runtime.is_dry_run():
        _finish(settings, registration, props["name"], props["password"], props["providerType"])
    return {
        "registrationUid": registration.uid,
        "registrationName": props["name"],
        "endpoint": props["endpoint"],
        "scope": pulumi.Output.from_input(settings.scope),
    }


def registry_stack(settings: RegistrationSettings) -> str:
    """The registry's stack in full."""
    name = settings.registry_stack or pulumi.get_stack()
    return name if "/" in name else f"{pulumi.get_organization()}/{REGISTRY_PROJECT}/{name}"


def _finish(
    settings: RegistrationSettings,
    registration: PackRegistration,
    name: pulumi.Output[str],
    password: pulumi.Output[str],
    provider_type: pulumi.Output[str],
) -> None:
    """Once the registration is in line, changed or not, have Palette read the registry."""

    def synced(values: list[str]) -> None:
        uid, called, hidden, holds = values
        if not uid:
            raise UserError(
                f"It is not known whether Palette made the registration {called}: the connection broke when it was asked to, and Palette "
                "can't be asked. Run the update again: it looks for the registration, and makes it only where there is none."
            )
        if settings.sync:
            palette = Palette(
                settings.palette_host,
                settings.palette_api_key,
                settings.project_uid,
                password=hidden,
                kind=bodies.kind(holds),
            )
            sync(palette, uid, called, settings.sync_timeout_minutes * 60, pulumi.log.info)

    def run(values: list[Any]) -> Awaitable[Any]:
        return asyncio.to_thread(synced, values)

    pulumi.Output.all(registration.uid, name, password, provider_type).apply(run)
