"""The program: read the registry's stack, declare the registration, sync after every update."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Any

import pulumi

from common.errors import UserError
from palette.client.api import Registration, registry_kind
from palette.client.errors import PaletteError
from palette.client.http import PaletteClient
from palette.properties import SECRET, UPDATABLE, to_registration
from palette.registration import PackRegistration
from palette.registration_output import OUTPUT, parse_registration_output, resource_inputs
from palette.settings import RegistrationSettings, config_origin
from palette.sync import FailedSyncError, SyncResult, sync

REGISTRY_PROJECT = "pack-registry"
SKIPPED = SyncResult("skipped", "", None)

OUTPUTS = {
    "registrationUid": "UID of the registration in Palette.",
    "registrationName": "Name in Palette's list of registries.",
    "endpoint": "URL of the registry, as Palette uses it.",
    "syncStatus": "Status of the last sync, as Palette names it. `skipped` if `sync` is false.",
    "syncMessage": "Palette's message about the last sync, for example packs with errors.",
    "packCount": "Number of packs in Palette after the last sync. Missing if it is unknown.",
}
"""Descriptions of the stack's outputs."""


def register(settings: RegistrationSettings) -> dict[str, pulumi.Output[Any]]:
    """Declare the registration and return the stack's outputs."""
    stack = registry_stack(settings)
    origin = config_origin()

    def inputs(value: Any) -> Any:
        return resource_inputs(
            parse_registration_output(value, stack),
            stack,
            name=settings.registration_name,
            insecure_skip_verify=settings.insecure_skip_verify,
            origin=origin,
        )

    resolved = pulumi.StackReference(stack).get_output(OUTPUT).apply(inputs)
    # The output is secret as a whole, so each of its values is. Most of them need not be.
    props = {
        key: resolved[key] if key in SECRET else pulumi.Output.unsecret(resolved[key])
        for key in ("name", "providerType", *UPDATABLE)
    }
    registration = PackRegistration(
        "registration",
        {
            **props,
            "paletteHost": settings.palette_host,
            "adoptExisting": settings.adopt_existing,
            "importUid": settings.import_uid,
        },
    )
    result = (
        _unknown()
        if pulumi.runtime.is_dry_run()
        else _sync_after_update(settings, registration, props)
    )
    return {
        "registrationUid": registration.uid,
        "registrationName": props["name"],
        "endpoint": props["endpoint"],
        "syncStatus": result.apply(lambda found: found.status),
        "syncMessage": result.apply(lambda found: found.message),
        "packCount": result.apply(lambda found: found.packs),
    }


def registry_stack(settings: RegistrationSettings) -> str:
    """Return the fully qualified name of the registry's stack."""
    name = settings.registry_stack or pulumi.get_stack()
    return name if "/" in name else f"{pulumi.get_organization()}/{REGISTRY_PROJECT}/{name}"


def _sync(
    client: PaletteClient, uid: str, declared: Registration, settings: RegistrationSettings
) -> SyncResult:
    """Sync. If it fails, send the registration again, so that the next update can succeed.

    Palette masks passwords and keys, so a refresh does not find one that another person changed.
    """
    timeout, force = settings.sync_timeout_minutes * 60, settings.force_sync
    try:
        return sync(client, uid, declared.name, timeout, pulumi.log.info, force=force)
    except FailedSyncError:
        with contextlib.suppress(PaletteError):  # the failed sync is the reason to report
            client.update(uid, declared)
        raise


def _unknown() -> pulumi.Output[SyncResult]:
    """Return an output that only an update knows, because a preview does not sync."""

    async def wait(value: Any) -> Any:
        return value

    return pulumi.Output(wait(set()), wait(SKIPPED), wait(False))


def _sync_after_update(
    settings: RegistrationSettings,
    registration: PackRegistration,
    props: dict[str, pulumi.Output[Any]],
) -> pulumi.Output[SyncResult]:
    """Sync when the registration is up to date, also if it did not change.

    An unknown UID fails the update here and not in the provider, because the state must keep the
    resource for the next update.
    """

    def run(values: dict[str, Any]) -> SyncResult:
        uid, declared = str(values["uid"]), to_registration(values)
        if not uid:
            raise UserError(
                f"It is unknown whether Palette created the registration {declared.name}, because "
                "the connection was closed and Palette does not respond. Run the update again. It "
                "searches for the registration, and creates it only if it does not exist."
            )
        if not settings.sync:
            return SKIPPED
        client = PaletteClient(
            settings.palette_host,
            settings.palette_api_key,
            password=declared.password,
            kind=registry_kind(declared.provider_type),
        )
        return _sync(client, uid, declared, settings)

    def run_in_thread(values: dict[str, Any]) -> Awaitable[SyncResult]:
        return asyncio.to_thread(run, values)

    values = pulumi.Output.all(**props, uid=registration.uid)
    result: pulumi.Output[SyncResult] = values.apply(run_in_thread)
    # The password is secret, the result is not.
    return pulumi.Output.unsecret(result)
