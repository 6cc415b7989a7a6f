"""Keys of a stack's file: what the Pulumi CLI rejects or ignores, with its fix."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from cli.paths import REGISTRY
from common.suggestions import did_you_mean

TOP_LEVEL = ("config", "encryptionsalt", "encryptedkey", "secretsprovider", "environment")
"""Top-level keys of a stack's file."""

_EXAMPLE = f"{REGISTRY.name}:port"
_FORM = (
    f"A key consists of a namespace, a colon and a name (for example, {_EXAMPLE}). "
    "Write the parts of an object into its value."
)
_PREFIX = (
    f"Write each setting under config with the prefix {REGISTRY.name} (for example, {_EXAMPLE})."
)
_SIMILARITY = 0.75
"""More than any setting's name has to a top-level key."""
_LEGACY = "config"
"""Pulumi reads `NAMESPACE:config:NAME` as `NAMESPACE:NAME`."""


def misplaced_keys(content: Mapping[Any, Any]) -> Iterator[str]:
    """Describe the keys outside config that Pulumi does not know, with their fix."""
    for key in content:
        name = str(key)
        if key in TOP_LEVEL:
            continue
        if suggestion := did_you_mean(name, TOP_LEVEL, _SIMILARITY):
            yield f'unknown key "{name}" outside config. {suggestion}'
        elif _is_prefix_alone(name):
            yield f'unknown key "{name}" outside config. {_PREFIX}'
        elif form := _valid_form(name):
            yield f'unknown key "{name}" outside config. Move it under config as {form}.'
        else:
            yield f'unknown key "{name}" outside config. {_FORM}'


def invalid_keys(config: Mapping[Any, Any]) -> Iterator[str]:
    """Describe the keys under config that Pulumi rejects, or reads as others, with their fix."""
    for key in map(str, config):
        parts = key.split(":")
        is_legacy = len(parts) == 3 and parts[1] == _LEGACY and parts[0] != REGISTRY.name
        if _is_prefix_alone(key):
            yield f'invalid key "{key}" under config. {_PREFIX}'
        elif all(parts) and (len(parts) <= 2 or is_legacy):
            continue
        elif form := _valid_form(key):
            yield f'invalid key "{key}" under config. Write it as {form}.'
        else:
            yield f'invalid key "{key}" under config. {_FORM}'


def namespace_typo_hint(key: str) -> str:
    """Suggest the project's namespace for a key with a misspelled one.

    Pulumi ignores such a key, because it could belong to another program.

    :returns: an empty string if the key is not misspelled.
    """
    namespace, colon, name = key.partition(":")
    if not colon or namespace == REGISTRY.name or _corrected(namespace) == namespace:
        return ""
    return f'Unknown namespace in {key}. Did you mean "{REGISTRY.name}:{name}"?'


def _corrected(namespace: str) -> str:
    """Return the project's namespace for a misspelled one, or else the given one."""
    known = REGISTRY.name
    near = difflib.get_close_matches(namespace.lower(), [known], cutoff=0.8)
    return known if near else namespace


def _valid_form(key: str) -> str:
    """Return a key without repeated, empty and legacy parts; empty if the result is not valid."""
    *namespaces, name = [part for part in key.split(":") if part and part != _LEGACY] or [""]
    kept = list(dict.fromkeys(_corrected(each) for each in namespaces)) or [REGISTRY.name]
    return f"{kept[0]}:{name}" if len(kept) == 1 and name else ""


def _is_prefix_alone(key: str) -> bool:
    """Whether a key is the prefix without a setting's name: `pack-registry: {port: 8443}`."""
    return key.rstrip(":") == REGISTRY.name
