"""Settings of a registration.

The config schema in ``palette/Pulumi.yaml`` and the settings reference are generated from it.
"""

from __future__ import annotations

from common.settings_model import SettingsModel, setting
from common.types.base import OrEmpty
from palette.checks import (
    ApiKey,
    PaletteHost,
    ProjectUid,
    RegistrationName,
    StackName,
    SyncMinutes,
)

PALETTE = "https://api.spectrocloud.com"


class RegistrationSettings(SettingsModel):
    """Settings of one registration."""

    registry_stack: OrEmpty[StackName] = setting(
        "",
        "Stack of the project pack-registry to register. By default, the stack with the same name.",
    )
    palette_host: PaletteHost = setting(PALETTE, "URL of Palette's API.")
    palette_api_key: OrEmpty[ApiKey] = setting(
        "", "API key of a Palette user who can manage registries. Must be encrypted."
    )
    project_uid: OrEmpty[ProjectUid] = setting(
        "", "UID of the project to register in. By default, the whole tenant."
    )
    registration_name: OrEmpty[RegistrationName] = setting(
        "", "Name in Palette's list of registries. By default, the name of the container."
    )
    adopt_existing: bool = setting(
        False, "Take over a registration with the same name that this stack did not create."
    )
    insecure_skip_verify: bool = setting(
        False,
        "Let Palette use a registry without TLS, unencrypted and unverified.",
        allowed="true or false; true only if tls.mode of the registry is off",
    )
    sync: bool = setting(
        True, "Let Palette read the registry after every update, and wait until it has."
    )
    sync_timeout_minutes: SyncMinutes = setting(
        15, "Minutes that Palette may take to read the registry."
    )

    @property
    def scope(self) -> str:
        """Scope of the registration, as Palette names it."""
        return "project" if self.project_uid else "tenant"
