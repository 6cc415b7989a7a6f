"""Stack config as the arguments of a pack registry, checked.

Left out on purpose: what the settings are (``components/model.py``) and how faults are told (``components/faults.py``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pulumi
from pulumi.runtime import config

from components.args import PackRegistryArgs
from components.faults import validated
from components.model import Settings


def stack_arguments() -> PackRegistryArgs:
    """The arguments that the current stack's config gives.

    :raises components.faults.WrongSettingsError: with a sentence for every fault.
    """
    namespace = f"{pulumi.get_project()}:"
    texts = {**config.get_config_env(), **config.CONFIG.get()}
    written = parsed({key.removeprefix(namespace): text for key, text in texts.items() if key.startswith(namespace)})
    secret = frozenset(key for key in written if config.is_config_secret(namespace + key))
    validated(written, f"the config of stack {pulumi.get_stack()}", secret)
    for key in _in_the_clear(written, secret):
        pulumi.log.warn(
            f"{key} is written in the clear; encrypt it with `pulumi config set --secret --path '{key}'`, and change it if others may have read it."
        )
    return cast(PackRegistryArgs, written)


def _in_the_clear(written: Mapping[str, Any], secret: frozenset[str]) -> Iterator[str]:
    """Secrets that the stack's file shows to everybody who reads it."""
    if "users" not in secret:
        yield from (f"users[{index}].password" for index, user in enumerate(written.get("users", [])) if "password" in user)
    if "tls" not in secret and "privateKeyPem" in written.get("tls", {}):
        yield "tls.privateKeyPem"


def parsed(texts: Mapping[str, str]) -> dict[str, Any]:
    """Config values as the user wrote them: Pulumi hands over every value as text, lists and groups as JSON."""
    scalars = {info.alias for info in Settings.model_fields.values() if info.annotation in (str, int, bool)}
    values = {key: text if key in scalars else _structure(text) for key, text in texts.items()}
    return {key: value for key, value in values.items() if value is not None}


def _structure(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # no JSON, or more of it than Python reads
        return text
