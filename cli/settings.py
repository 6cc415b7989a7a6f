"""A stack's settings as the commands read them, without the Pulumi CLI.

Encrypted values are left to the program, which decrypts and validates them.
"""

from __future__ import annotations

from typing import Any

from pulumi.runtime import settings as runtime

from cli.config_keys import namespace_typo_hint
from cli.console import CommandError, info
from cli.paths import REGISTRY
from cli.plain_config import readable_config
from cli.stack_file import read_config
from common.stack_config import parse_config
from common.validation import Issue, SettingsError, validate
from components.docker.engine import DockerEngine
from components.settings import Settings
from components.settings.plaintext import plaintext_secret_warnings
from components.validation import validate_settings

OPERATIONAL_KEYS = (
    "bindAddress",
    "containerName",
    "dockerCertPath",
    "dockerHost",
    "flavor",
    "image",
    "kubernetes",
    "ociServer",
    "storage",
    "target",
    "verify",
)
"""Settings that the commands use."""

MAY_BE_ENCRYPTED = "storage"
"""The only one of them that may contain secrets."""


def check_settings(stack: str) -> None:
    """Validate all settings that can be read. The program validates all of them again.

    Warns about plain-text secrets in keys that also have encrypted ones. Pulumi treats the whole
    key as secret then, so the program can't see which values are in plain text.

    :raises CommandError: with one sentence for each issue.
    """
    values, encrypted = _readable(stack)
    origin = f"stack {stack}"
    runtime.configure(runtime.Settings(REGISTRY.name, stack))  # rules that depend on the stack
    config = read_config(stack)
    issues = [Issue((key,), hint) for key in config if (hint := namespace_typo_hint(key))]
    try:
        if encrypted:  # conflicts may depend on the encrypted values
            validate(Settings, {"hostname": "localhost", **values}, origin)
        else:
            validate_settings(values, origin)
    except SettingsError as error:
        issues += error.issues
    if issues:
        raise CommandError(str(SettingsError(issues, origin, stack)))
    for sentence in plaintext_secret_warnings(config, encrypted, stack):
        info(f"warning: {sentence}")


def operational_settings(stack: str) -> Settings:
    """Read only the settings that the commands use, so that any registry can be removed.

    :raises CommandError: if one of these is invalid or encrypted.
    """
    values, encrypted = _readable(stack)
    if hidden := sorted((encrypted & set(OPERATIONAL_KEYS)) - {MAY_BE_ENCRYPTED}):
        raise CommandError(
            f"Pulumi.{stack}.yaml: {hidden[0]} is encrypted, but is not a secret. Set it in plain "
            f"text with `pulumi config set --stack {stack} {hidden[0]} VALUE`."
        )
    operational = {key: value for key, value in values.items() if key in OPERATIONAL_KEYS}
    try:
        return validate(
            Settings,
            {"hostname": "localhost", **operational},
            f"stack {stack}",
            stack=stack,
        )
    except SettingsError as error:
        raise CommandError(str(error)) from None


def readable_settings(stack: str) -> Settings:
    """Read all settings that are not encrypted.

    Only the settings that the commands use, if another one needs an encrypted value to be valid.

    :raises CommandError: as ``operational_settings``.
    """
    settings = operational_settings(stack)
    values, _ = _readable(stack)
    try:
        return validate(
            Settings, {"hostname": "localhost", **values}, f"stack {stack}", stack=stack
        )
    except SettingsError:
        return settings


def docker_engine(settings: Settings) -> DockerEngine:
    """Return the configured Docker engine."""
    return DockerEngine(settings.docker_host, settings.docker_cert_path)


def success_message(settings: Settings) -> str:
    """Describe a successful update."""
    if settings.verify:
        return "The registry is up and verified."
    return "The registry is up. It was not verified, because verify is false."


def _readable(stack: str) -> tuple[dict[str, Any], frozenset[str]]:
    texts, encrypted = readable_config(stack)
    return parse_config(Settings, texts), encrypted
