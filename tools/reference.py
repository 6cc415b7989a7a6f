"""Generates the config schemas of both projects and the component's arguments.

``python -m tools.reference`` writes them. A test fails if they are stale.
"""

from __future__ import annotations

import functools
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from common.types.base import field_format
from components.settings import Settings
from palette.settings import RegistrationSettings
from tools import component_args
from tools.settings_rows import to_plain, type_name

ROOT = Path(__file__).resolve().parent.parent


def project_file(text: str, model: type[BaseModel] = Settings) -> str:
    """Return ``Pulumi.yaml`` with the config schema of a model. The rest of it is kept."""
    head = text.partition("\nconfig:")[0].rstrip("\n")
    schema = {info.alias: _schema(info) for info in model.model_fields.values()}
    dumped = yaml.safe_dump(schema, sort_keys=False, width=96, allow_unicode=True)
    return f"{head}\nconfig:\n{textwrap.indent(dumped, '  ')}"


def _schema(info: FieldInfo) -> dict[str, Any]:
    """Return a key in the form of Pulumi's project schema. Without a default, it is required.

    There is no ``secret``: with it, the CLI requires that an empty default be encrypted.
    """
    schema: dict[str, Any] = {"type": _schema_type(info.annotation)}
    if schema["type"] == "array":
        schema["items"] = {"type": _schema_type(get_args(info.annotation)[0])}
    if not info.is_required():
        default = to_plain(info.get_default(call_default_factory=True))
        schema["default"] = {} if schema["type"] == "object" else default
    allowed = f" Must be {field_format(info).allowed}."
    schema["description"] = str(info.description)
    if schema["type"] not in ("boolean", "object"):
        schema["description"] += allowed
    return schema


def _schema_type(annotation: Any) -> str:
    return "array" if get_origin(annotation) is list else type_name(annotation)


GENERATED: dict[Path, Callable[[str], str]] = {
    ROOT / "Pulumi.yaml": project_file,
    ROOT / "palette" / "Pulumi.yaml": functools.partial(project_file, model=RegistrationSettings),
    ROOT / "components" / "pack_registry_args.py": lambda _: component_args.render(),
}
"""The files with generated parts, and the functions that renew them."""


def main() -> None:
    """Write what is stale."""
    for path, renew in GENERATED.items():
        text = path.read_text(encoding="utf-8")
        if (new := renew(text)) != text:
            path.write_text(new, encoding="utf-8")
            sys.stdout.write(f"{path.relative_to(ROOT)} renewed\n")


if __name__ == "__main__":
    main()
