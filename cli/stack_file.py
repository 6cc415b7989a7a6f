"""Reads a stack's file as the Pulumi CLI does, and refuses what that refuses.

Left out on purpose: what the settings mean (``components/model``).
"""

from __future__ import annotations

import difflib
import io
import re
from pathlib import Path
from typing import Any

import yaml

from cli.console import CommandError

_NAME = re.compile(r"Pulumi\.[A-Za-z0-9_.-]+\.yaml")
"""A stack's file; a slash in a stack's name would make it another one."""

_BOOLEAN = "tag:yaml.org,2002:bool"
_FOREIGN = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("binary", "omap", "pairs", "set"))


class _Loader(yaml.SafeLoader):
    """Takes `yes`, `no`, `on` and `off` as texts; a key twice, a group within itself, and a text that is no Unicode are errors."""

    def construct_scalar(self, node: Any) -> Any:
        value = super().construct_scalar(node)
        if re.search(r"[\ud800-\udfff]", value):
            raise yaml.constructor.ConstructorError(
                None, None, "half of a surrogate pair is no character", node.start_mark
            )
        return value

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        names = [name.value for name, _ in node.value if isinstance(name, yaml.ScalarNode)]
        if twice := [name for place, name in enumerate(names) if name in names[:place]]:
            raise yaml.constructor.ConstructorError(
                None, None, f"{twice[0]!r} is set twice; each key is allowed once", node.start_mark
            )
        return dict(super().construct_mapping(node, deep=deep))

    def construct_whole_mapping(self, node: Any) -> dict[Any, Any]:
        """A group with all that is in it, by which one within itself is noticed."""
        return self.construct_mapping(node, deep=True)

    def construct_whole_sequence(self, node: Any) -> list[Any]:
        """A list with all that is in it."""
        return list(self.construct_sequence(node, deep=True))


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOLEAN]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    _BOOLEAN, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.yaml_constructors = {
    tag: make for tag, make in yaml.SafeLoader.yaml_constructors.items() if tag not in _FOREIGN
}
_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.construct_whole_mapping)
_Loader.add_constructor("tag:yaml.org,2002:seq", _Loader.construct_whole_sequence)


def misspelt(key: str, namespace: str) -> str:
    """A sentence on a key whose namespace seems to be a misspelt one, which Pulumi passes over as another's; empty where it is none."""
    given, colon, name = key.partition(":")
    if (
        not colon
        or given == namespace
        or not difflib.get_close_matches(given.lower(), [namespace], cutoff=0.8)
    ):
        return ""
    return f'{key}: there is no namespace {given}; did you mean "{namespace}:{name}"?'


def read(path: Path) -> dict[str, Any]:
    """What a stack's file says, by key.

    :raises FileNotFoundError: where there is none.
    :raises CommandError: where it can't be read, or no stack has such a file.
    """
    if not _NAME.fullmatch(path.name):
        raise CommandError(
            "STACK: that is no stack's name; allowed are letters, digits, dashes, underscores and dots, for example STACK=prod."
        )
    try:
        text = io.StringIO(path.read_text())
        text.name = path.name  # by which errors call it
        written = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except RecursionError:
        raise CommandError(
            f"{path.name} is no valid YAML: its groups and lists lie too deep within each other."
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        raise CommandError(
            f"{path.name} is no valid YAML: {' '.join(str(error).split())}."
        ) from None
    if written is not None and not isinstance(written, dict):
        raise CommandError(
            f"{path.name} is no valid stack file: it must be a group of keys, such as config."
        )
    return written or {}
