"""Settings of a registration, and how they are read from the stack config.

Each setting has its name, type, default, limits and description here. The config schema in
``palette/Pulumi.yaml`` and the settings reference are generated from :class:`RegistrationSettings`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlsplit

import pulumi
from pydantic import BeforeValidator, Field

from common import syntax
from common.settings_model import Int, SettingsModel, setting
from common.stack_config import read_stack_config
from common.validation import Issue, SettingsError, validate

API_KEY_SETTING = "paletteApiKey"
DEFAULT_HOST = "https://api.spectrocloud.com"


def _matching(pattern: str) -> Callable[[Any], Any]:
    """Accept strings that match a pattern.

    YAML reads a string of digits as an integer, so integers are converted. The type check rejects
    values of other types.
    """

    def check(value: Any) -> Any:
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if isinstance(text, bytes) or (isinstance(text, str) and not re.fullmatch(pattern, text)):
            raise ValueError
        return text

    return check


def _palette_host(value: Any) -> Any:
    """Accept a URL of scheme, host and port.

    Plain HTTP would expose the API key on the network. It is accepted for loopback addresses only.
    """
    text = _matching(r"https?://[^\s/?#@\\]+/?")(value)
    if not isinstance(text, str):
        return text
    parts = urlsplit(text.rstrip("/").lower())
    host = parts.hostname or ""
    if parts.port == 0:  # urlsplit itself rejects other invalid ports
        raise ValueError
    syntax.hostname(host)
    is_loopback = host == "localhost" or (
        syntax.is_ip(host) and ipaddress.ip_address(host).is_loopback
    )
    if parts.scheme == "http" and not is_loopback:
        raise ValueError
    return parts.geturl()


def _optional(pattern: str) -> BeforeValidator:
    return BeforeValidator(syntax.optional(_matching(pattern)))


StackName = Annotated[
    str,
    _optional(r"([A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}/)?[A-Za-z0-9_.-]{1,100}"),
]
PaletteHost = Annotated[str, BeforeValidator(_palette_host)]
ApiKey = Annotated[str, _optional(r"[!-~]{1,1024}")]
"""Characters that an HTTP header accepts. The HTTP library shows a value that it rejects."""
Uid = Annotated[str, _optional(r"[A-Za-z0-9-]{1,64}")]
RegistrationName = Annotated[str, _optional(r"[A-Za-z0-9]([A-Za-z0-9 _.-]{0,62}[A-Za-z0-9])?")]


class RegistrationSettings(SettingsModel):
    """Settings of one registration."""

    registry_stack: StackName = setting(
        "",
        "Stack of the project pack-registry to register. Default: the stack with the same name.",
        allowed="a stack name, or ORGANIZATION/PROJECT/STACK",
        example="organization/pack-registry/prod",
    )
    palette_host: PaletteHost = setting(
        DEFAULT_HOST,
        "URL of Palette's API.",
        allowed="https://HOST[:PORT] without a path; http:// for loopback addresses only",
        example="https://palette.example.com",
    )
    palette_api_key: ApiKey = setting(
        "",
        "API key of a Palette user who can manage registries. Must be encrypted.",
        allowed="an API key from the console, under User Menu > My API Keys",
        example="pulumi config set --secret paletteApiKey",
        secret=True,
    )
    registration_name: RegistrationName = setting(
        "",
        "Name in Palette's list of registries. Default: the name of the registry's container.",
        allowed="1 to 64 letters, digits, spaces, dots, underscores and dashes; "
        "a letter or digit at both ends",
        example="Platform packs",
    )
    adopt_existing: bool = setting(
        False,
        "Take over a registration with the same name that this stack did not create.",
        allowed="true or false",
        example=True,
    )
    import_uid: Uid = setting(
        "",
        "UID of an existing registration to take over. It must have the same name.",
        allowed="the UID of a registration, as in the address of its page in the console",
        example="6a1f0c2d9b3e4f5a6b7c8d9e",
    )
    insecure_skip_verify: bool = setting(
        False,
        "Let Palette use a registry without TLS, unencrypted and unverified.",
        allowed="true or false; true only if tls.mode of the registry is off",
        example=True,
    )
    sync: bool = setting(
        True,
        "Let Palette read the registry at the end of every update, and wait for the result.",
        allowed="true or false",
        example=True,
    )
    force_sync: bool = setting(
        False,
        "Request a forced sync (Palette's parameter forceSync).",
        allowed="true or false",
        example=True,
    )
    sync_timeout_minutes: Int = Field(
        15,
        ge=1,
        le=240,
        description="Timeout of the sync, in minutes.",
        examples=[30],
        json_schema_extra={"allowed": "an integer from 1 to 240", "secret": False},
    )


def config_origin() -> str:
    """Describe the config of the current stack, for error messages."""
    return f"the config of stack {pulumi.get_stack()} of {pulumi.get_project()}"


def load_settings() -> RegistrationSettings:
    """Read the settings from the config of the current stack.

    :raises SettingsError: if a setting is invalid, or the API key is missing or not encrypted.
    """
    values, secret = read_stack_config(RegistrationSettings)
    issues = _api_key_issues(values, secret)
    try:
        settings = validate(RegistrationSettings, values, config_origin(), secret)
    except SettingsError as error:
        raise SettingsError([*error.faults, *issues], config_origin()) from None
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
