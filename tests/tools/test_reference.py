"""Generated files are fresh, and the files next to them are valid."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.paths import ROOT
from common.stack_config import parse_config
from common.validation import validate
from components.pack_registry import PackRegistry
from components.settings import OFFICIAL_IMAGE, Settings
from components.validation import validate_settings
from palette.settings import RegistrationSettings
from policy.policies import POLICIES
from tools import reference
from tools.policy_reference import BEGIN, END, policy_references, with_policies
from tools.settings_rows import settings_rows

STACKS = ["Pulumi.dev.yaml", "Pulumi.prod.yaml"]
"""The shipped stacks. Users add others."""


def stack_config(name: str) -> dict[str, Any]:
    """Return the config of a stack by key, with a string for each encrypted value."""
    config = yaml.safe_load((ROOT / name).read_text())["config"]
    return {key.removeprefix("pack-registry:"): decrypted(value) for key, value in config.items()}


def decrypted(value: Any) -> Any:
    """Replace the encrypted values in a value of a stack file."""
    if isinstance(value, dict):
        return (
            "Encrypted-text-1"
            if list(value) == ["secure"]
            else {key: decrypted(of) for key, of in value.items()}
        )
    return [decrypted(of) for of in value] if isinstance(value, list) else value


PARTS = "bench|cli|common|components|dev_image|docs|palette|policy|tests|tools|trial"


def test_named_files_exist() -> None:
    texts = [
        path
        for part in PARTS.split("|")
        for path in (ROOT / part).rglob("*.py")
        if ".venv" not in path.parts
    ] + list(ROOT.glob("*.py"))
    named = {
        (text.relative_to(ROOT), name)
        for text in texts
        for name in re.findall(rf"`(({PARTS})/[\w./-]+)`", text.read_text())
    }
    assert named, "some docstrings name files"
    assert [
        f"{text}: {name[0]}" for text, name in sorted(named) if not (ROOT / name[0]).exists()
    ] == [], "files are moved and renamed"


@pytest.mark.parametrize(
    "path",
    [path for path in reference.GENERATED if path.exists()],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_generated_file_is_fresh(path: Path) -> None:
    text = path.read_text()
    assert reference.GENERATED[path](text) == text, "run `make reference`"


def test_schema_has_every_setting() -> None:
    schema = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert list(schema) == [info.alias for info in Settings.model_fields.values()], (
        "`pulumi config` and the console show the schema"
    )
    assert [key for key, entry in schema.items() if "default" not in entry] == ["hostname"], (
        "Pulumi refuses an update while such a key is missing"
    )


def test_schema_defaults_match_settings() -> None:
    schema = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    written = {key: entry["default"] for key, entry in schema.items() if "default" in entry}
    assert validate_settings(
        {"hostname": "localhost", **written}, "Pulumi.yaml"
    ) == validate_settings({"hostname": "localhost"}, "nothing"), (
        "Pulumi puts the schema's defaults into the config of every stack"
    )


def test_schema_types_are_supported() -> None:
    schema = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    known = {"string", "integer", "boolean", "array", "object"}
    assert {entry["type"] for entry in schema.values()} <= known, (
        "Pulumi refuses a project file with another one"
    )
    assert {
        entry["items"]["type"] for entry in schema.values() if entry["type"] == "array"
    } <= known, "an array says of what"


def test_palette_schema_matches_settings() -> None:
    schema = yaml.safe_load((ROOT / "palette" / "Pulumi.yaml").read_text())["config"]
    assert list(schema) == [info.alias for info in RegistrationSettings.model_fields.values()], (
        "`pulumi config` shows the schema"
    )
    defaults = {key: entry["default"] for key, entry in schema.items()}
    assert validate(RegistrationSettings, defaults, "Pulumi.yaml") == RegistrationSettings(), (
        "none is required"
    )
    assert {entry["type"] for entry in schema.values()} <= {"string", "integer", "boolean"}, (
        "Pulumi refuses a project file with another one"
    )


def test_palette_project_shares_packages() -> None:
    options = yaml.safe_load((ROOT / "palette" / "Pulumi.yaml").read_text())["runtime"]["options"]
    assert options["virtualenv"] == "../.venv", (
        "`pulumi up` typed by hand in its directory runs with what `make` has installed"
    )


def test_project_file_keeps_its_head() -> None:
    text = "name: x\nruntime: python\nconfig:\n  stale:\n    type: string\n"
    renewed = reference.project_file(text)
    assert renewed.startswith("name: x\nruntime: python\nconfig:\n  hostname:\n"), (
        "the head is written by hand"
    )
    assert "stale" not in renewed, "a setting that is gone must not stay in the schema"
    assert reference.project_file(renewed) == renewed, "to renew twice is to renew once"


def test_tables_replace_only_marked_part() -> None:
    begin, end = "<!-- settings: generated by `make reference` -->", "<!-- end of settings -->"
    renewed = reference.with_tables(f"before\n{begin}\nstale\n{end}\nafter\n")
    assert renewed.startswith(f"before\n{begin}\n| key | meaning | allowed | default |\n"), (
        "the rest is written by hand"
    )
    assert renewed.endswith(f"\n{end}\nafter\n"), "the rest is written by hand"
    assert "stale" not in renewed, "the table is new"


def test_policy_reference_has_every_policy() -> None:
    references = list(policy_references())
    assert [reference.name for reference in references] == [policy.name for policy in POLICIES]
    sentences = [
        sentence
        for reference in references
        for sentence in (reference.what, reference.why, reference.fix, reference.fix_elsewhere)
    ]
    assert not [one for one in sentences if not re.fullmatch(r"[A-Z`].+\.", one)], "sentences"


def test_policy_reference_replaces_only_its_part() -> None:
    text = with_policies(f"before\n{BEGIN}\nstale\n{END}\nafter\n")
    assert text.startswith(f"before\n{BEGIN}\n\n### {POLICIES[0].name}\n"), "the rest stays"
    assert text.endswith(f"\n{END}\nafter\n"), "the rest stays"
    assert "stale" not in text, "the part is new"
    assert with_policies(text) == text, "a second run changes nothing"


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
    assert [key for key, row in rows.items() if row.required] == ["hostname", "users[].name"]
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


def test_table_of_outputs() -> None:
    names = [name for name, _ in reference.outputs_table()]
    assert len(names) == len(PackRegistry.__annotations__) == len(set(names)), "one row for each"
    assert names[0] == "endpoint", "as stacks export them"
    assert "caCertificate" in names, "as stacks export them"


@pytest.mark.parametrize("name", STACKS)
def test_shipped_stack_is_valid(name: str) -> None:
    config = stack_config(name)
    assert validate_settings(config, name), "users copy it"
    foreign = [
        key
        for key in yaml.safe_load((ROOT / name).read_text())["config"]
        if not key.startswith("pack-registry:")
    ]
    assert foreign == [], "a key of another namespace is not read"
    texts = {key: str(value) for key, value in config.items() if not isinstance(value, list | dict)}
    assert validate_settings(
        {**config, **parse_config(Settings, texts)}, name
    ) == validate_settings(config, name), "as Pulumi hands it over, every value a text"


def test_dev_and_prod_are_shipped() -> None:
    assert [name for name in STACKS if not (ROOT / name).is_file()] == [], (
        "`make up` uses the one, the README the other"
    )


def test_dev_stack_uses_dev_image() -> None:
    version = (ROOT / "dev_image" / "VERSION").read_text().strip()
    assert stack_config("Pulumi.dev.yaml")["image"] == f"pack-registry-dev:{version}", (
        "another version is never built"
    )


def test_prod_stack_uses_official_image() -> None:
    assert stack_config("Pulumi.prod.yaml")["image"].startswith(
        OFFICIAL_IMAGE.partition(":")[0] + ":"
    ), "the development image is not for production"


def test_no_plaintext_secret_is_shipped() -> None:
    for name in STACKS:
        text = (ROOT / name).read_text()
        clear = r"^[\s-]*([\w-]+:)?(password|bcrypt|privateKeyPem):(?!\s+['\"]?secure:)"
        assert not re.search(clear, text, re.MULTILINE), f"{name} is in version control"
