"""Reads what Palette has synchronized from a registry, and starts a sync immediately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.console import CommandError, info, make_command
from cli.paths import PALETTE
from cli.pulumi.binary import Pulumi, require_pulumi
from cli.pulumi.secret_config import read_secret_config
from cli.pulumi.stack import recorded_resources
from cli.registration import read_registration_config
from common.errors import UserError

if TYPE_CHECKING:
    from palette.client.http import PaletteClient
    from palette.client.retry import RetryPolicy
    from palette.settings import RegistrationSettings

RESOURCE = ":PackRegistration"
"""End of the type of a registration in the state."""


@dataclass(frozen=True)
class Registered:
    """A registration, as the state and the config of the Palette project's stack have it."""

    client: PaletteClient
    uid: str
    name: str
    timeout: float
    """Seconds that a sync may take."""
    force: bool


def sync_registry(stack: str) -> None:
    """Start a sync of a stack's registry in Palette, and wait for the result.

    :raises CommandError: if the registry is not registered, or Palette can't read it in time.
    """
    from palette.sync import FailedSyncError, SyncError, reason, sync

    registered = require_registration(stack)
    again = f"`{make_command('register', stack)}`"
    name, uid, timeout = registered.name, registered.uid, registered.timeout
    try:
        result = sync(registered.client, uid, name, timeout, info, force=registered.force)
    except FailedSyncError as error:
        raise CommandError(
            f"Palette could not read {name} ({reason(error.status)}). Check that Palette can reach "
            f"the registry's endpoint. To give Palette the current password and certificate, and "
            f"to repeat the sync, run {again}."
        ) from None
    except SyncError as error:
        raise CommandError(
            f"Palette did not finish the sync of {name} within {timeout / 60:g} min "
            f"({reason(error.status)}). The sync continues in Palette. To wait for it, run "
            f"{again}, or increase syncTimeoutMinutes."
        ) from None
    except UserError as error:
        raise CommandError(str(error)) from None
    if result.message:
        info(f"Palette's message: {' '.join(result.message.split())}")


def require_registration(stack: str) -> Registered:
    """Return the registration of a stack's registry.

    :raises CommandError: if it is not registered, or its config is invalid.
    """
    registered = find_registration(stack)
    if registered is None:
        raise CommandError(
            f"SYNC=1: the registry of stack {stack} is not registered in Palette. Store an API "
            f"key with `{make_command('register-key', stack)}`, then run "
            f"`{make_command('register', stack)}`, which also has Palette read the registry."
        )
    return registered


def find_registration(stack: str, retry_policy: RetryPolicy | None = None) -> Registered | None:
    """Return the registration of a stack's registry; None if there is none.

    :param retry_policy: how long the client waits for Palette; None for the default.
    :raises CommandError: if its config is invalid, or it is of the registry of another stack.
    """
    config = read_registration_config(stack)
    if not config:
        return None
    other = str(config.get("registryStack") or stack).rpartition("/")[2]
    if other != stack:
        raise CommandError(
            f"The registration of stack {stack} is of the registry of stack {other} "
            f"(registryStack in {PALETTE.folder}/Pulumi.{stack}.yaml). Run the command with "
            f"STACK={other}."
        )
    pulumi = require_pulumi().of(PALETTE)
    found = [
        resource
        for resource in recorded_resources(pulumi, stack)
        if str(resource.get("type")).endswith(RESOURCE) and not resource.get("delete")
    ]
    properties = {**found[0].get("inputs", {}), **found[0].get("outputs", {})} if found else {}
    if not properties.get("uid"):
        return None
    return _registered(_settings(pulumi, stack), properties, retry_policy)


def _registered(
    settings: RegistrationSettings, properties: dict[str, Any], retry_policy: RetryPolicy | None
) -> Registered:
    from palette.client.api import registry_kind
    from palette.client.http import PaletteClient
    from palette.client.retry import DEFAULT_RETRY_POLICY

    kind = registry_kind(str(properties.get("providerType") or ""))
    return Registered(
        PaletteClient(
            str(properties["paletteHost"]),
            settings.palette_api_key,
            retry_policy or DEFAULT_RETRY_POLICY,
            kind=kind,
        ),
        str(properties["uid"]),
        str(properties["name"]),
        settings.sync_timeout_minutes * 60.0,
        settings.force_sync,
    )


def _settings(pulumi: Pulumi, stack: str) -> RegistrationSettings:
    """Read the settings with the decrypted API key.

    :raises CommandError: if they are invalid, or there is no API key.
    """
    from common.stack_config import parse_config
    from common.validation import validate
    from palette.settings import RegistrationSettings

    texts = read_secret_config(pulumi, stack, PALETTE.name)
    origin = f"stack {stack} of project {PALETTE.name}"
    try:
        settings = validate(RegistrationSettings, parse_config(RegistrationSettings, texts), origin)
    except UserError as error:
        raise CommandError(str(error)) from None
    if not settings.palette_api_key:
        raise CommandError(
            f"The API key of Palette is missing. Store it with "
            f"`{make_command('register-key', stack)}`."
        )
    return settings


@dataclass(frozen=True)
class PaletteView:
    """What Palette has synchronized from a registry."""

    name: str
    """Name of the registration."""
    status: str
    """Palette's word for the result of the last sync."""
    last_synced: str
    newest: dict[str, str]
    """The newest version of each pack. Palette's search does not name older ones."""


def palette_view(stack: str) -> PaletteView | None:
    """Read what Palette has synchronized; None if it is unknown, or nothing is registered."""
    try:
        registered = find_registration(stack)
        if registered is None:
            return None
        status = registered.client.sync_status(registered.uid, registered.name)
        newest = registered.client.newest_versions(registered.uid, registered.name)
    except (CommandError, UserError) as error:
        info(f"It is unknown what Palette has synchronized from the registry. {error}")
        return None
    return PaletteView(registered.name, status.status, status.last_synced, newest)
