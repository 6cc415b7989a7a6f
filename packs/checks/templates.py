"""Go templates in YAML: the macros of Palette and the actions of Helm.

Palette replaces ``{{.spectro.system.cluster.name}}`` in values, and manifests may be templates
("Pack Macros" and "Add a Custom Pack" in Palette's documentation). Such a file may become YAML only
after Palette has replaced the actions.
"""

from __future__ import annotations

import re

from packs.checks.text import TextError
from packs.checks.yaml_text import YamlFile, read_yaml

_ACTION = re.compile(r"\{\{(?:/\*.{0,10000}?\*/-?\}\}|.{0,2000}?\}\})", re.DOTALL)
_ONLY_ACTIONS = re.compile(r"^[ \t]*(?:\0[ \t]*)+$", re.MULTILINE)


def has_actions(text: str) -> bool:
    """Whether a text is a template."""
    return bool(_ACTION.search(text))


def read_templated_yaml(text: str) -> YamlFile:
    """Read a YAML file, if necessary with words in place of its actions.

    :raises TextError: if it is not YAML.
    """
    try:
        return read_yaml(text)
    except TextError as error:
        if not has_actions(text) or "\0" in text:
            raise
        try:
            return read_yaml(_without_actions(text))
        except TextError:
            raise error from None


def _without_actions(text: str) -> str:
    """Replace each action by a word, and lines of actions by empty lines."""
    marked = _ACTION.sub(lambda match: "\0" + "\n" * match[0].count("\n"), text)
    return _ONLY_ACTIONS.sub("", marked).replace("\0", "x")
