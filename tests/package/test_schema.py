"""The schema of the package."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from syrupy.assertion import SnapshotAssertion

from cli.table import SECRETS
from common.settings_model import field_docs, inner_model
from components.registry_component import RegistryComponent, type_token
from components.settings import Settings, Target
from package.outputs import SECRET_OUTPUTS
from package.schema import input_defaults, output_names, package_schema, schema_text

SCHEMA = package_schema()
INPUTS = SCHEMA["resources"]["pack-registry:index:PackRegistry"]["inputProperties"]


def settings(
    model: type[BaseModel] = Settings, properties: dict[str, Any] = INPUTS
) -> Iterator[tuple[type[BaseModel], str, dict[str, Any]]]:
    """Yield the model, the name and the schema of every setting, at any depth."""
    for name, info in model.model_fields.items():
        if (model, name) == (Settings, "target"):
            continue
        spec = properties[info.alias or name]
        yield model, name, spec
        if inner := inner_model(info.annotation):
            token = (spec.get("items") or spec)["$ref"].removeprefix("#/types/")
            yield from settings(inner, SCHEMA["types"][token]["properties"])


def test_schema(snapshot: SnapshotAssertion) -> None:
    assert json.dumps(SCHEMA, indent=1) == snapshot


def test_text_is_the_schema() -> None:
    assert json.loads(schema_text()) == SCHEMA


def test_every_setting_is_described() -> None:
    found = list(settings())
    assert len(found) > 100
    for model, name, spec in found:
        assert spec["description"].startswith(str(model.model_fields[name].description))


def test_secret_settings_are_secret() -> None:
    for model, name, spec in settings():
        assert spec.get("secret", False) == field_docs(model, name).secret, name


def test_defaults_of_inputs() -> None:
    assert {name: spec["default"] for name, spec in INPUTS.items() if "default" in spec} == (
        input_defaults()
    )
    assert input_defaults()["containerName"] == "spectro-registry"


def test_groups_have_no_machine_readable_defaults() -> None:
    for kind in SCHEMA["types"].values():
        assert not any("default" in spec for spec in kind.get("properties", {}).values())


def test_defaults_in_descriptions() -> None:
    days = SCHEMA["types"]["pack-registry:index:Tls"]["properties"]["validityDays"]
    assert days["description"].endswith(" Default: `1825`.")


def test_enum_values() -> None:
    flavor = SCHEMA["types"]["pack-registry:index:Flavor"]["enum"]
    assert flavor == [{"name": "Pack", "value": "pack"}, {"name": "Oci", "value": "oci"}]
    assert INPUTS["flavor"]["$ref"] == "#/types/pack-registry:index:Flavor"


def test_references_exist() -> None:
    text = schema_text()
    for token in SCHEMA["types"]:
        assert f'"#/types/{token}"' in text
    for part in text.split('"#/types/')[1:]:
        assert part.partition('"')[0] in SCHEMA["types"]


@pytest.mark.parametrize("target", Target)
def test_outputs(target: Target) -> None:
    component = SCHEMA["resources"][type_token(target)]
    assert list(component["properties"]) == RegistryComponent.output_names() == output_names()
    assert component["required"] == output_names()
    secret = [name for name, spec in component["properties"].items() if spec.get("secret")]
    assert sorted(secret) == sorted(SECRET_OUTPUTS) == sorted(SECRETS)
