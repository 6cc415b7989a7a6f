"""``docs/reference/settings.md``: the settings by group, from the models."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from components.settings import Settings
from palette.settings import RegistrationSettings
from tools.docs.markdown import anchor, page, table
from tools.settings_rows import SettingRow, settings_rows

INTRODUCTION = """
Settings are keys in `Pulumi.<stack>.yaml` under `config`, with the prefix `pack-registry:`.
[`Pulumi.example.yaml`](../../Pulumi.example.yaml) shows all of them as a stack file holds them.

All invalid settings are reported at once, before any change. [Errors](errors.md) lists messages.
Set secrets with `pulumi config set --stack <stack> --secret --path KEY`. Set
[the variables of the state](../how-to/state-backend.md#use-the-pulumi-cli-directly) first.
"""

PALETTE = """
These settings are in `palette/Pulumi.<stack>.yaml`, with the prefix `pack-registry-palette:`.
Only the API key is required. [Register in Palette](../how-to/palette.md) shows how to use them.
"""

GUIDES = {
    "target": ("Kubernetes", "kubernetes.md"),
    "flavor": ("OCI registry", "oci.md"),
    "image": ("Pin the image", "production.md#pin-the-image"),
    "dockerHost": ("Docker host", "docker-host.md"),
    "rotation": ("Rotate credentials", "rotate-credentials.md"),
    "tls": ("TLS mode", "certificates.md"),
    "storage": ("Storage", "storage.md"),
    "kubernetes": ("Kubernetes", "kubernetes.md"),
}
"""Settings with a how-to guide: its title and its file."""

HEADER = ("Setting", "Type", "Default", "Description")


def render() -> str:
    """Render the page."""
    groups = groups_of(Settings)
    contents = ["- [Top level](#top-level)"]
    contents += [f"- [`{key}`](#{anchor(key)})" for key in groups]
    contents.append("- [Registration in Palette](#registration-in-palette)")
    parts = [INTRODUCTION, "\n".join(contents), "## Top level", _table(Settings, "")]
    for key, row in groups.items():
        level = "###" if "." in key else "##"
        parts += [f"{level} `{key}`", row.description, _table(Settings, key)]
    parts += ["## Registration in Palette", PALETTE, _table(RegistrationSettings, "")]
    return page("Settings", *parts)


def groups_of(model: type[BaseModel]) -> dict[str, SettingRow]:
    """The groups of a model by their full keys, outer groups first, without the model itself."""
    rows = list(settings_rows(model))
    keys = dict.fromkeys(row.group for row in rows if row.group)
    by_key = {row.key: row for row in rows}
    return {key: by_key[key.removesuffix("[]")] for key in keys}


def _table(model: type[BaseModel], group: str) -> str:
    groups = groups_of(model)
    rows = [row for row in settings_rows(model) if row.group == group]
    return table(HEADER, (list(_cells(row, groups)) for row in rows))


def _cells(row: SettingRow, groups: dict[str, SettingRow]) -> Iterator[str]:
    is_group = row.key in groups or f"{row.key}[]" in groups
    yield f"[`{row.name}`](#{anchor(row.key)})" if is_group else f"`{row.name}`"
    yield f"{row.type}, secret" if row.secret else row.type
    yield "required" if row.required else f"`{row.default}`" if row.default else ""
    yield described(row) + _guide(row.key)


def _guide(key: str) -> str:
    """A link to a how-to guide for a setting; empty if there is none."""
    if key not in GUIDES:
        return ""
    title, page_name = GUIDES[key]
    return f" See [{title}](../how-to/{page_name})."


def described(row: SettingRow) -> str:
    """What a setting does, and its allowed values if its type does not say them."""
    if row.type in ("object", "boolean", "list of objects") or row.allowed == "a string":
        return row.description
    return f"{row.description} Must be {row.allowed}."
