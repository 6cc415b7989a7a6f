"""The config schemas in both projects' Pulumi.yaml and the tables of the documentation, generated from models, outputs and policies.

`python -m tools.reference` writes them; a test fails when they are stale.
"""

from __future__ import annotations

import functools
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from components.settings import Settings, User
from palette.program import OUTPUTS
from palette.settings import RegistrationSettings
from tools.policy_reference import with_policies

ROOT = Path(__file__).resolve().parent.parent
_TYPES = {str: "string", int: "integer", bool: "boolean"}


def project_file(text: str, model: type[BaseModel] = Settings) -> str:
    """Pulumi.yaml with the config schema as the model has it; all that stands before the schema is kept."""
    head = text.partition("\nconfig:")[0].rstrip("\n")
    schema = {info.alias: _schema(info) for info in model.model_fields.values()}
    return f"{head}\nconfig:\n" + _indented(
        yaml.safe_dump(schema, sort_keys=False, width=120, allow_unicode=True)
    )


def _schema(info: FieldInfo) -> dict[str, Any]:
    """One key as Pulumi's project schema wants it; a key without default is required."""
    schema: dict[str, Any] = {"type": _type(info.annotation)}
    if schema["type"] == "array":
        schema["items"] = {"type": _type(get_args(info.annotation)[0])}
    if not info.is_required():
        schema["default"] = (
            _plain(info.get_default(call_default_factory=True))
            if schema["type"] != "object"
            else {}
        )
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    schema["description"] = f"{info.description} Allowed: {extra['allowed']}."
    # No `secret`: the CLI would ask that an empty default be encrypted. The program itself refuses an API key in the clear.
    return schema


def _type(annotation: Any) -> str:
    if get_origin(annotation) is list:
        return "array"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "object"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "string"
    return _TYPES[annotation if annotation in _TYPES else get_args(annotation)[0]]


def _plain(value: Any) -> Any:
    """A default as it would be written."""
    if isinstance(value, BaseModel):
        return {
            to: _plain(item)
            for to, item in value.model_dump(
                mode="json", by_alias=True, exclude_defaults=True
            ).items()
        } | ({"name": value.name} if isinstance(value, User) else {})
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def _indented(text: str) -> str:
    return "".join(f"  {line}" for line in text.splitlines(keepends=True))


def settings_table(
    model: type[BaseModel] = Settings, prefix: str = ""
) -> Iterator[tuple[str, str, str, str]]:
    """Rows of (key, meaning, allowed, default), groups and their keys included."""
    for name, info in model.model_fields.items():
        key = prefix + (info.alias or name)
        extra: dict[str, Any] = (
            info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        )
        inner = _inner(info.annotation)
        default = "required" if info.is_required() else _default(info, inner)
        yield key, str(info.description), str(extra["allowed"]), default
        if inner is not None:
            yield from settings_table(
                inner, f"{key}{'[]' if get_origin(info.annotation) is list else ''}."
            )


def _inner(annotation: Any) -> type[BaseModel] | None:
    candidate = get_args(annotation)[0] if get_origin(annotation) is list else annotation
    return candidate if isinstance(candidate, type) and issubclass(candidate, BaseModel) else None


def _default(info: FieldInfo, inner: type[BaseModel] | None) -> str:
    if inner is not None and get_origin(info.annotation) is not list:
        return ""
    value = _plain(info.get_default(call_default_factory=True))
    return (
        "none"
        if value in (None, "")
        else f"`{value if isinstance(value, str) else json.dumps(value)}`"
    )


def outputs_table() -> Iterator[tuple[str, str]]:
    """Rows of (output, meaning), from the component's annotated outputs and the texts under them."""
    source = (ROOT / "components" / "pack_registry.py").read_text()
    for name, text in re.findall(
        r'^    (\w+): pulumi\.Output\[.+\]\n    """(.+)"""$', source, re.MULTILINE
    ):
        head, *tail = name.split("_")
        yield head + "".join(part.capitalize() for part in tail), text


def with_tables(text: str) -> str:
    """A document whose tables, between their marks, are as they should be."""
    tables = {
        "settings": _settings_rows(Settings),
        "outputs": _outputs_rows(outputs_table()),
        "registration settings": _settings_rows(RegistrationSettings),
        "registration outputs": _outputs_rows(OUTPUTS.items()),
    }
    for name, rows in tables.items():
        begin, end = f"<!-- {name}: generated by `make reference` -->", f"<!-- end of {name} -->"
        text = re.sub(
            f"{re.escape(begin)}.*?{re.escape(end)}",
            lambda _: "\n".join([begin, *rows, end]),
            text,
            flags=re.DOTALL,
        )  # noqa: B023
    return text


def _settings_rows(model: type[BaseModel]) -> list[str]:
    rows = (
        f"| `{key}` | {meaning} | {allowed} | {default} |"
        for key, meaning, allowed, default in settings_table(model)
    )
    return ["| key | meaning | allowed | default |", "| --- | --- | --- | --- |", *rows]


def _outputs_rows(outputs: Iterable[tuple[str, str]]) -> list[str]:
    return [
        "| output | meaning |",
        "| --- | --- |",
        *(f"| `{name}` | {meaning} |" for name, meaning in outputs),
    ]


GENERATED: dict[Path, Callable[[str], str]] = {
    ROOT / "Pulumi.yaml": project_file,
    ROOT / "palette" / "Pulumi.yaml": functools.partial(project_file, model=RegistrationSettings),
    ROOT / "README.md": with_tables,
    ROOT / "docs" / "palette.md": with_tables,
    ROOT / "docs" / "policy.md": with_policies,
}
"""The files with generated parts, and what renews them."""


def main() -> None:
    """Write what is stale."""
    for path, renewed in GENERATED.items():
        text = path.read_text()
        if (new := renewed(text)) != text:
            path.write_text(new)
            sys.stdout.write(f"{path.relative_to(ROOT)} renewed\n")


if __name__ == "__main__":
    main()
