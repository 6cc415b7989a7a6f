"""The Pulumi program: the pack registry of the current stack and its outputs."""

from __future__ import annotations

from typing import cast

import pulumi

from common.stack_config import read_stack_config
from components.pack_registry import PackRegistry
from components.pack_registry_args import PackRegistryArgs
from components.settings import Settings
from components.settings.plaintext import plaintext_secret_warnings
from components.validation import validate_settings


def stack_arguments() -> PackRegistryArgs:
    """Read and validate the current stack's config.

    :raises SettingsError: if settings are invalid, with one sentence for each.
    """
    values, secret = read_stack_config(Settings)
    stack = pulumi.get_stack()
    validate_settings(values, f"stack {stack}", secret, stack)
    for warning in plaintext_secret_warnings(values, values.keys() - secret, stack):
        pulumi.log.warn(warning)
    return cast(PackRegistryArgs, values)


def program() -> None:
    """Declare the current stack's registry and export its outputs.

    :raises UserError: if settings are invalid or the Docker host is not ready.
    """
    registry = PackRegistry("registry", stack_arguments())
    for name, value in registry.outputs.items():
        pulumi.export(name, value)
