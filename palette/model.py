"""The settings of a registration: every name, type, default, limit and text is written here, once.

``palette/Pulumi.yaml``'s config schema and the table of ``docs/palette.md`` are generated from this model.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from common import syntax
from common.settings_model import Int, SettingsModel, setting
from palette import checks

PALETTE = "https://api.spectrocloud.com"


class RegistrationSettings(SettingsModel):
    """All settings of one registration."""

    registry_stack: Annotated[str, BeforeValidator(syntax.optional(checks.stack_reference))] = (
        setting(
            "",
            "Stack of the project pack-registry whose registry is registered; the stack of the same name by default.",
            allowed="a stack's name, or ORGANIZATION/PROJECT/STACK",
            example="organization/pack-registry/prod",
        )
    )
    palette_host: Annotated[str, BeforeValidator(checks.palette_host)] = setting(
        PALETTE,
        "Palette's API.",
        allowed="https://HOST[:PORT], with nothing after it; plain http for this machine's own address alone",
        example="https://palette.example.com",
    )
    palette_api_key: Annotated[str, BeforeValidator(syntax.optional(checks.api_key))] = setting(
        "",
        "API key of a Palette user who may manage registries; always encrypted.",
        allowed="an API key, from the console under User Menu, My API Keys",
        example="pulumi config set --secret paletteApiKey",
        secret=True,
    )
    project_uid: Annotated[str, BeforeValidator(syntax.optional(checks.project_uid))] = setting(
        "",
        "Project in which to register; the whole tenant by default.",
        allowed="a project's UID, as the address of its page in the console has it",
        example="6a1f0c2d9b3e4f5a6b7c8d9e",
    )
    registration_name: Annotated[
        str, BeforeValidator(syntax.optional(checks.registration_name))
    ] = setting(
        "",
        "Name in Palette's list of registries; the name of the registry's container by default.",
        allowed="1 to 64 letters, digits, spaces, dots, underscores and dashes, with no space or sign at its ends",
        example="Platform packs",
    )
    adopt_existing: bool = setting(
        False,
        "Whether to take over a registration of that name that this stack did not make.",
        allowed="true or false",
        example=True,
    )
    insecure_skip_verify: bool = setting(
        False,
        "For a registry without TLS: let Palette use it all the same, unencrypted and unverified.",
        allowed="true or false; true only where the registry's tls.mode is off",
        example=True,
    )
    sync: bool = setting(
        True,
        "Have Palette read the registry at the end of every update, and wait for it.",
        allowed="true or false",
        example=True,
    )
    sync_timeout_minutes: Int = Field(
        15,
        ge=1,
        le=240,
        description="Minutes that Palette may take to read the registry.",
        examples=[30],
        json_schema_extra={"allowed": "a whole number of minutes from 1 to 240", "secret": False},
    )

    @property
    def scope(self) -> str:
        """Where the registration is, as Palette names it."""
        return "project" if self.project_uid else "tenant"
