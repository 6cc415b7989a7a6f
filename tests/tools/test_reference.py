"""The generated config schemas, and the data of the generated policy reference."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from cli.paths import ROOT
from common.validation import validate
from components.settings import OFFICIAL_IMAGE, Settings
from components.validation import validate_settings
from palette.settings import RegistrationSettings
from policy.policies import POLICIES
from tools import reference
from tools.policy_reference import policy_references
from tools.settings_rows import settings_rows


@pytest.mark.parametrize("path", reference.GENERATED, ids=lambda path: str(path.relative_to(ROOT)))
def test_generated_file_is_fresh(path: Path) -> None:
    text = path.read_text()
    assert reference.GENERATED[path](text) == text, "run `make reference`"


def test_schema_has_every_setting() -> None:
    schema = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert list(schema) == [info.alias for info in Settings.model_fields.values()]
    # Pulumi refuses an update while a key without a default is missing.
    assert [key for key, entry in schema.items() if "default" not in entry] == ["hostname"]


def test_schema_defaults_equal_settings_defaults() -> None:
    # Pulumi adds the schema's defaults to the config of every stack.
    schema = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    written = {key: entry["default"] for key, entry in schema.items() if "default" in entry}
    with_defaults = validate_settings({"hostname": "localhost", **written}, "Pulumi.yaml")
    assert with_defaults == validate_settings({"hostname": "localhost"}, "nothing")


def test_schema_types_are_known_to_pulumi() -> None:
    schema = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    known = {"string", "integer", "boolean", "array", "object"}
    assert {entry["type"] for entry in schema.values()} <= known
    arrays = [entry for entry in schema.values() if entry["type"] == "array"]
    assert {entry["items"]["type"] for entry in arrays} <= known


def test_palette_schema_has_every_setting() -> None:
    schema = yaml.safe_load((ROOT / "palette" / "Pulumi.yaml").read_text())["config"]
    assert list(schema) == [info.alias for info in RegistrationSettings.model_fields.values()]
    defaults = {key: entry["default"] for key, entry in schema.items()}
    assert validate(RegistrationSettings, defaults, "Pulumi.yaml") == RegistrationSettings()
    assert {entry["type"] for entry in schema.values()} <= {"string", "integer", "boolean"}


def test_palette_project_uses_this_environment() -> None:
    options = yaml.safe_load((ROOT / "palette" / "Pulumi.yaml").read_text())["runtime"]["options"]
    assert options["virtualenv"] == "../.venv"


def test_new_schema_replaces_old_one_only() -> None:
    text = "name: x\nruntime: python\nconfig:\n  stale:\n    type: string\n"
    renewed = reference.project_file(text)
    assert renewed.startswith("name: x\nruntime: python\nconfig:\n  hostname:\n")
    assert "stale" not in renewed
    assert reference.project_file(renewed) == renewed


def test_policy_reference_has_every_policy() -> None:
    references = list(policy_references())
    assert [reference.name for reference in references] == [policy.name for policy in POLICIES]
    sentences = [
        sentence
        for reference in references
        for sentence in (reference.what, reference.why, reference.fix, reference.fix_elsewhere)
    ]
    assert not [one for one in sentences if not re.fullmatch(r"[A-Z`].+\.", one)], "sentences"


def test_policy_reference_names_source() -> None:
    for policy in policy_references():
        assert f'"{policy.name}"' in (ROOT / policy.source).read_text(), policy.name


def test_rows_of_all_settings() -> None:
    rows = {row.key: row for row in settings_rows()}
    assert {
        "hostname",
        "tls.subject.country",
        "users[].password",
        "storage.keepOnDestroy",
        "server.restart",
        "limits.pids",
    } <= set(rows)
    assert [key for key, row in rows.items() if row.required] == [
        "hostname",
        "users[].name",
        "notifications.endpoints[].name",
        "notifications.endpoints[].url",
        "zot.mirrors[].url",
    ]
    assert rows["limits.memory"].default == "2g"
    assert rows["containerName"].default == "spectro-registry"
    assert rows["users"].default == '[{"name": "spectro"}]'
    assert rows["image"].default == "", "the flavor decides, and Pulumi would take it as set"
    assert OFFICIAL_IMAGE in rows["image"].description
    assert (rows["tls"].type, rows["tls.sans"].type) == ("object", "list of strings")
    assert (rows["server.headers"].type, rows["server.extra"].type) == ("map of strings", "object")
    assert (rows["limits.cpus"].type, rows["tls.privateKeyPem"].type) == ("number", "string")
    assert rows["tls.privateKeyPem"].secret
    texts = [f"{row.description}{row.allowed}{row.default}" for row in rows.values()]
    assert not [text for text in texts if "\n" in text or "|" in text], "they fit into a table"
