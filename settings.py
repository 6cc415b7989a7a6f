"""Stack config as the arguments of a pack registry, checked.

Left out on purpose: what the settings are (``components/model.py``) and how faults are told (``components/faults.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import pulumi

from components.args import PackRegistryArgs
from components.faults import validated
from components.model import Settings
from components.stack_config import written


def stack_arguments() -> PackRegistryArgs:
    """The arguments that the current stack's config gives.

    :raises components.faults.WrongSettingsError: with a sentence for every fault.
    """
    values, secret = written(Settings)
    validated(values, f"the config of stack {pulumi.get_stack()}", secret)
    for key in _in_the_clear(values, secret):
        pulumi.log.warn(
            f"{key} is written in the clear; encrypt it with `pulumi config set --secret --path '{key}'`, and change it if others may have read it."
        )
    return cast(PackRegistryArgs, values)


def _in_the_clear(values: Mapping[str, Any], secret: frozenset[str]) -> Iterator[str]:
    """Secrets that the stack's file shows to everybody who reads it."""
    if "users" not in secret:
        yield from (f"users[{index}].password" for index, user in enumerate(values.get("users", [])) if "password" in user)
    if "tls" not in secret and "privateKeyPem" in values.get("tls", {}):
        yield "tls.privateKeyPem"
