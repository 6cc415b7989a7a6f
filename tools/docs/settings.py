"""``docs/reference/settings.md``: the settings by group, from the models."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from components.settings import Settings
from palette.model import RegistrationSettings
from tools.docs.fields import Setting, groups_of, settings_of
from tools.docs.markdown import page, table

INTRODUCTION = """
Settings are keys in `Pulumi.<stack>.yaml` under `config`, with the prefix `pack-registry:`.
[`Pulumi.example.yaml`](../../Pulumi.example.yaml) shows all of them as a stack file holds them.

All invalid settings are reported at once, before any change. [Errors](errors.md) lists messages.
Set secrets with `pulumi config set --stack <stack> --secret --path KEY`.
"""

PALETTE = """
These settings are in `palette/Pulumi.<stack>.yaml`, with the prefix `pack-registry-palette:`.
Only the API key is required. [Register in Palette](../how-to/palette.md) shows how to use them.
"""

HEADER = ("Setting", "Type", "Default", "Description")


def render() -> str:
    """Render the page."""
    groups = list(groups_of(Settings))
    contents = ["- [Top level](#top-level)"]
    contents += [f"- [`{key}`](#{anchor(key)})" for key, _, _ in groups]
    contents.append("- [Registration in Palette](#registration-in-palette)")
    parts = [INTRODUCTION, "\n".join(contents), "## Top level", _table(Settings)]
    for key, setting, model in groups:
        level = "##" if "." not in key else "###"
        parts += [f"{level} `{key}`", setting.description, _table(model, f"{key}.")]
    parts += ["## Registration in Palette", PALETTE, _table(RegistrationSettings)]
    return page("Settings", *parts)


def anchor(heading: str) -> str:
    """The anchor that GitHub gives to a heading of one key."""
    return "".join(letter for letter in heading.lower() if letter.isalnum() or letter in "-_")


def _table(model: type[BaseModel], prefix: str = "") -> str:
    return table(HEADER, (list(_row(setting, prefix)) for setting in settings_of(model)))


def _row(setting: Setting, prefix: str) -> Iterator[str]:
    key = f"{prefix}{setting.key}"
    yield f"[`{setting.key}`](#{anchor(key)})" if setting.group else f"`{setting.key}`"
    yield f"{setting.type}, secret" if setting.secret else setting.type
    yield setting.shown_default
    allowed = "" if setting.type in ("object", "boolean") else f" Must be {setting.allowed}."
    yield f"{setting.description}{allowed}"
