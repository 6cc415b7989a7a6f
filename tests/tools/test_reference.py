"""What is generated from the model is up to date, and what is written by hand is right."""

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

STACKS = ["Pulumi.dev.yaml", "Pulumi.prod.yaml"]
"""Those that are shipped; others are a user's own."""


def stack_config(name: str) -> dict[str, Any]:
    """A stack's config by key; what is encrypted is a text of its kind."""
    config = yaml.safe_load((ROOT / name).read_text())["config"]
    return {key.removeprefix("pack-registry:"): decrypted(value) for key, value in config.items()}


def decrypted(value: Any) -> Any:
    """A value of a stack's file as the program would get it, with a text where it is encrypted."""
    if isinstance(value, dict):
        return (
            "Encrypted-text-1"
            if list(value) == ["secure"]
            else {key: decrypted(of) for key, of in value.items()}
        )
    return [decrypted(of) for of in value] if isinstance(value, list) else value


PARTS = "bench|components|consumer|dev_image|docs|ops|policy|tests|trial"


def test_every_file_that_a_text_names_is_there() -> None:
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
    assert named, "some texts name files"
    assert [
        f"{text}: {name[0]}" for text, name in sorted(named) if not (ROOT / name[0]).exists()
    ] == [], "files are moved and renamed"


@pytest.mark.parametrize(
    "path",
    [path for path in reference.GENERATED if path.exists()],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_a_generated_file_is_up_to_date(path: Path) -> None:
    text = path.read_text()
    assert reference.GENERATED[path](text) == text, "run `make reference`"


def test_the_projects_schema_has_every_setting_and_no_other() -> None:
    schema = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert list(schema) == [info.alias for info in Settings.model_fields.values()], (
        "`pulumi config` and the console show the schema"
    )
    assert [key for key, entry in schema.items() if "default" not in entry] == ["hostname"], (
        "Pulumi refuses an update while such a key is missing"
    )


def test_the_schemas_defaults_are_the_settings_defaults() -> None:
    schema = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    written = {key: entry["default"] for key, entry in schema.items() if "default" in entry}
    assert validate_settings(
        {"hostname": "localhost", **written}, "Pulumi.yaml"
    ) == validate_settings({"hostname": "localhost"}, "nothing"), (
        "Pulumi puts the schema's defaults into the config of every stack"
    )


def test_the_schemas_types_are_those_that_pulumi_knows() -> None:
    schema = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    known = {"string", "integer", "boolean", "array", "object"}
    assert {entry["type"] for entry in schema.values()} <= known, (
        "Pulumi refuses a project file with another one"
    )
    assert {
        entry["items"]["type"] for entry in schema.values() if entry["type"] == "array"
    } <= known, "an array says of what"


def test_the_consumers_schema_has_every_setting_and_its_default() -> None:
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


def test_the_consumers_project_uses_the_same_packages() -> None:
    options = yaml.safe_load((ROOT / "palette" / "Pulumi.yaml").read_text())["runtime"]["options"]
    assert options["virtualenv"] == "../.venv", (
        "`pulumi up` typed by hand in its directory runs with what `make` has installed"
    )


def test_renewing_a_project_file_keeps_its_head_and_replaces_a_stale_schema() -> None:
    text = "name: x\nruntime: python\nconfig:\n  stale:\n    type: string\n"
    renewed = reference.project_file(text)
    assert renewed.startswith("name: x\nruntime: python\nconfig:\n  hostname:\n"), (
        "the head is written by hand"
    )
    assert "stale" not in renewed, "a setting that is gone must not stay in the schema"
    assert reference.project_file(renewed) == renewed, "to renew twice is to renew once"


def test_renewing_a_document_replaces_what_is_between_its_marks_alone() -> None:
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


def test_the_table_of_settings_has_every_key_of_every_group() -> None:
    rows = {row[0]: row for row in reference.settings_table()}
    assert {
        "hostname",
        "tls.subject.country",
        "users[].password",
        "storage.keepOnDestroy",
        "server.restart",
        "limits.pids",
    } <= set(rows), "in full"
    assert rows["hostname"][3] == "required", "the only one without a default"
    assert rows["limits.memory"][3] == "`2g`", "a default as it would be written"
    assert rows["containerName"][3] == "`spectro-registry`", "a default as it would be written"
    assert rows["image"][3] == "none", (
        "the flavor decides, and Pulumi would take a default of the schema for the user's own"
    )
    assert OFFICIAL_IMAGE in rows["image"][1], "what it comes to is said"
    assert rows["users[].name"][3] == "required", "a user has a name"
    assert not [row for row in rows.values() if "\n" in "".join(row) or "|" in "".join(row)], (
        "a bar or a line end would break the table"
    )


def test_the_table_of_outputs_has_every_output() -> None:
    names = [name for name, _ in reference.outputs_table()]
    assert len(names) == len(PackRegistry.__annotations__) == len(set(names)), "one row for each"
    assert names[0] == "endpoint", "as stacks export them"
    assert "caCertificate" in names, "as stacks export them"


@pytest.mark.parametrize("name", STACKS)
def test_the_stacks_that_are_shipped_are_right(name: str) -> None:
    config = stack_config(name)
    assert validate_settings(config, name), "whoever copies it must not start with an error"
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


def test_the_development_stack_uses_the_development_image_of_this_version() -> None:
    version = (ROOT / "dev_image" / "VERSION").read_text().strip()
    assert stack_config("Pulumi.dev.yaml")["image"] == f"pack-registry-dev:{version}", (
        "another version is never built"
    )


def test_production_uses_the_official_image() -> None:
    assert stack_config("Pulumi.prod.yaml")["image"].startswith(
        OFFICIAL_IMAGE.partition(":")[0] + ":"
    ), "the development image is not for production"


def test_no_secret_is_shipped_with_a_stack() -> None:
    for name in STACKS:
        text = (ROOT / name).read_text()
        clear = r"^[\s-]*([\w-]+:)?(password|bcrypt|privateKeyPem):(?!\s+['\"]?secure:)"
        assert not re.search(clear, text, re.MULTILINE), f"{name} is in version control"
