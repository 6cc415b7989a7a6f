"""Settings of a registration, and how they are read from the stack config.

Each setting has its name, type, default, limits and description here. The config schema in
``palette/Pulumi.yaml`` and the settings reference are generated from :class:`RegistrationSettings`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

import pulumi

from common.settings_model import SettingsModel, setting
from common.stack_config import read_stack_config
from common.types.base import Format, OrEmpty, integer
from common.types.network import hostname, is_loopback
from common.validation import Issue, SettingsError, validate
from palette.client.api import UID

API_KEY_SETTING = "paletteApiKey"
DEFAULT_HOST = "https://api.spectrocloud.com"


def _palette_host(value: str) -> str:
    """Return a URL of scheme, host and port.

    Plain HTTP would expose the API key on the network. It is accepted for loopback addresses only.
    """
    if not re.fullmatch(r"https?://[^\s/?#@\\]+/?", value):
        raise ValueError
    parts = urlsplit(value.rstrip("/").lower())
    host = parts.hostname or ""
    if parts.port == 0:  # urlsplit itself rejects other invalid ports
        raise ValueError
    hostname(host)
    is_local = is_loopback(host)
    if parts.scheme == "http" and not is_local:
        raise ValueError
    return parts.geturl()


StackName = Annotated[
    str,
    Format(
        "a stack name, or ORGANIZATION/PROJECT/STACK",
        "organization/pack-registry/prod",
        pattern=r"([A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}/)?[A-Za-z0-9_.-]{1,100}",
    ),
]
PaletteHost = Annotated[
    str,
    Format(
        "https://HOST[:PORT] without a path, or http:// with a loopback address",
        "https://palette.example.com",
        _palette_host,
    ),
]
ApiKey = Annotated[
    str,
    Format(
        "an API key from Palette's console, under User Menu > My API Keys",
        pattern=r"[!-~]{1,1024}",
        secret=True,
    ),
]
"""Characters that an HTTP header accepts. The HTTP library shows a value that it rejects."""
RegistrationUid = Annotated[
    str,
    Format(
        "the UID of a registration, as in the address of its page in Palette's console",
        "6a1f0c2d9b3e4f5a6b7c8d9e",
        pattern=UID,
    ),
]
RegistrationName = Annotated[
    str,
    Format(
        "1 to 64 letters, digits, spaces, dots, underscores and hyphens, a letter or digit at both "
        "ends",
        "Platform packs",
        pattern=r"[A-Za-z0-9]([A-Za-z0-9 _.-]{0,62}[A-Za-z0-9])?",
    ),
]
SyncMinutes = Annotated[int, integer(1, 240, 30, "minutes")]


class RegistrationSettings(SettingsModel):
    """Settings of one registration."""

    registry_stack: OrEmpty[StackName] = setting(
        "",
        "Stack of the project pack-registry to register. By default, the stack with the same name.",
    )
    palette_host: PaletteHost = setting(DEFAULT_HOST, "URL of Palette's API.")
    palette_api_key: OrEmpty[ApiKey] = setting(
        "", "API key of a Palette user who can manage registries. Must be encrypted."
    )
    registration_name: OrEmpty[RegistrationName] = setting(
        "", "Name in Palette's list of registries. By default, the name of the container."
    )
    adopt_existing: bool = setting(
        False, "Take over a registration with the same name that this stack did not create."
    )
    import_uid: OrEmpty[RegistrationUid] = setting(
        "", "UID of an existing registration to take over. It must have the same name."
    )
    insecure_skip_verify: bool = setting(
        False,
        "Let Palette use a registry without TLS, unencrypted and unverified.",
        allowed="true or false; true only if tls.mode of the registry is off",
    )
    sync: bool = setting(
        True, "Let Palette read the registry after every update, and wait until it has."
    )
    force_sync: bool = setting(False, "Request a forced sync (Palette's parameter forceSync).")
    sync_timeout_minutes: SyncMinutes = setting(
        15, "Minutes that Palette may take to read the registry."
    )


def config_origin() -> str:
    """Describe the config of the current stack, for error messages."""
    return f"stack {pulumi.get_stack()} of project {pulumi.get_project()}"


def load_settings() -> RegistrationSettings:
    """Read the settings from the config of the current stack.

    :raises SettingsError: if a setting is invalid, or the API key is missing or not encrypted.
    """
    values, secret = read_stack_config(RegistrationSettings)
    issues = _api_key_issues(values, secret)
    try:
        settings = validate(RegistrationSettings, values, config_origin(), secret)
    except SettingsError as error:
        raise SettingsError([*error.issues, *issues], config_origin()) from None
    if issues:
        raise SettingsError(issues, config_origin())
    return settings


def _api_key_issues(values: dict[str, Any], secret: frozenset[str]) -> list[Issue]:
    """Check that the API key is set and encrypted.

    Pulumi copies the config to the state of the provider as it is, so a plaintext key would end up
    there in plain text.
    """
    stack = pulumi.get_stack()
    command = (
        f"`make register-key STACK={stack}` (or `pulumi config set --secret {API_KEY_SETTING} "
        f"--stack {stack}` in the directory palette)"
    )
    if values.get(API_KEY_SETTING, "") == "":
        sentence = (
            f"{API_KEY_SETTING} is required. Create a key in Palette's console under "
            f"User Menu > My API Keys, and set it with {command}"
        )
    elif API_KEY_SETTING not in secret:
        sentence = (
            f"{API_KEY_SETTING} is in plain text. Encrypt it with {command}. "
            "If others may have read it, create a new key"
        )
    else:
        return []
    return [Issue((API_KEY_SETTING,), sentence)]
