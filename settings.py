"""Stack config as the arguments of a pack registry, checked.

Left out on purpose: what the settings are (``components/model``) and how faults are told (``components/faults.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any, cast

import pulumi

from components.args import PackRegistryArgs
from components.faults import SET, key, validated
from components.model import Settings, secrets_of
from components.stack_config import written


def stack_arguments() -> PackRegistryArgs:
    """The arguments that the current stack's config gives.

    :raises components.faults.WrongSettingsError: with a sentence for every fault.
    """
    values, secret = written(Settings)
    stack = pulumi.get_stack()
    validated(values, f"the config of stack {stack}", secret, stack)
    for sentence in in_the_clear(values, values.keys() - secret, stack):
        pulumi.log.warn(sentence)
    return cast(PackRegistryArgs, values)


def in_the_clear(values: Mapping[str, Any], keys: Set[str], stack: str) -> Iterator[str]:
    """A sentence on every secret under some of the keys that a stack's file shows to everybody who reads it."""
    for path, value in secrets_of(Settings, values):
        if isinstance(value, str) and value and str(path[0]) in keys:
            name = key(path)
            lines = " < key.pem" if str(path[-1]).endswith("Pem") else ""  # the CLI asks for one line
            yield (
                f"{name} is written in the clear; encrypt it with `{SET} --stack {stack} --secret --path '{name}'{lines}`, "
                "and change it if others may have read it."
            )
