"""Stack config as the arguments of a pack registry, checked.

Left out on purpose: what the settings are (``components/model``) and how faults are told (``components/faults.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any, cast

import pulumi

from components.args import PackRegistryArgs
from components.faults import key, validated
from components.model import Settings, secrets_of
from components.stack_config import written


def stack_arguments() -> PackRegistryArgs:
    """The arguments that the current stack's config gives.

    :raises components.faults.WrongSettingsError: with a sentence for every fault.
    """
    values, secret = written(Settings)
    validated(values, f"the config of stack {pulumi.get_stack()}", secret)
    for sentence in in_the_clear(values, values.keys() - secret):
        pulumi.log.warn(sentence)
    return cast(PackRegistryArgs, values)


def in_the_clear(values: Mapping[str, Any], keys: Set[str]) -> Iterator[str]:
    """A sentence on every secret under some of the keys that the stack's file shows to everybody who reads it."""
    for path, value in secrets_of(Settings, values):
        if isinstance(value, str) and value and str(path[0]) in keys:
            name = key(path)
            yield (
                f"{name} is written in the clear; encrypt it with `pulumi config set --secret --path '{name}'`, "
                "and change it if others may have read it."
            )
