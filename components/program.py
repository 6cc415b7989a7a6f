"""Stack config as the arguments of a pack registry, checked.

Left out on purpose: what the settings are (``components/model``) and how faults are told (``components/faults.py``).

The Pulumi program: a stack's pack registry and its outputs.
"""

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
    """The arguments that the current stack's config gives.

    :raises SettingsError: with a sentence for every fault.
    """
    values, secret = read_stack_config(Settings)
    stack = pulumi.get_stack()
    validate_settings(values, f"stack {stack}", secret, stack)
    for sentence in plaintext_secret_warnings(values, values.keys() - secret, stack):
        pulumi.log.warn(sentence)
    return cast(PackRegistryArgs, values)


def program() -> None:
    """Declare the current stack's registry and export what it puts out.

    :raises components.errors.UserError: where settings are wrong or the Docker host is not ready.
    """
    registry = PackRegistry("registry", stack_arguments())
    for name, value in registry.outputs.items():
        pulumi.export(name, value)
