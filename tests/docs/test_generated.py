"""Generated pages are fresh and complete."""

from __future__ import annotations

import re

import pytest
import yaml

from cli.paths import ROOT
from components.registry_component import RegistryComponent
from components.settings import OFFICIAL_IMAGE, Settings
from components.validation import validate_settings
from palette.settings import RegistrationSettings
from tools.docs.commands import targets
from tools.docs.errors import messages_of
from tools.docs.outputs import registry_outputs
from tools.docs.pages import PAGES
from tools.docs.settings import GUIDES, groups_of
from tools.settings_rows import settings_rows

EXAMPLE = (ROOT / "Pulumi.example.yaml").read_text()
SETTINGS = (ROOT / "docs" / "reference" / "settings.md").read_text()


@pytest.mark.parametrize("name", PAGES)
def test_page_is_fresh(name: str) -> None:
    assert (ROOT / name).read_text() == PAGES[name](), "run `make reference`"


def uncommented() -> dict[str, str]:
    """Each top-level key of the example with its text in YAML."""
    lines = [
        re.sub(r"^  # ", "  ", line)
        for line in EXAMPLE.partition("config:\n")[2].splitlines()
        if not line.lstrip("# ").startswith("##") and not re.match(r"^\s+(# +)?##", line)
    ]
    found: dict[str, str] = {}
    for line in lines:
        if key := re.match(r"  pack-registry:(\w+):", line):
            name = key[1]
            found[name] = ""
        if line.strip():
            found[name] += f"{line[2:]}\n"
    return found


def test_example_has_every_setting() -> None:
    assert list(uncommented()) == [row.name for row in settings_rows() if not row.group]
    for key in groups_of(Settings):
        top, *parts = re.split(r"\.", key)
        value = yaml.safe_load(uncommented()[top.removesuffix("[]")])
        value = next(iter(value.values()))
        for part in parts:
            value = value[0] if isinstance(value, list) else value
            value = value[part.removesuffix("[]")]
        value = value[0] if isinstance(value, list) else value
        assert list(value) == [row.name for row in settings_rows() if row.group == key], key


def test_example_is_valid_as_it_is() -> None:
    config = yaml.safe_load(EXAMPLE)["config"]
    assert list(config) == ["pack-registry:hostname"]
    assert validate_settings({"hostname": config["pack-registry:hostname"]}, "Pulumi.example.yaml")


def test_example_values_are_valid_alone() -> None:
    # Groups hold values of several modes, which exclude each other.
    groups = {key.removesuffix("[]") for key in groups_of(Settings)}
    alone = [row.name for row in settings_rows() if not row.group and row.key not in groups]
    oci = {"flavor": "oci"}
    paired = {"baseContentPath": oci, "ociServer": oci, "imageUsername": None}
    paired |= {"imagePassword": None}
    paired |= {"dockerCertPath": {"dockerHost": "tcp://registry.example.com:2376"}}
    paired |= {"imageArchive": None, "bindAddresses": {"bindAddress": "10.10.0.4"}}
    for key in alone:
        if (others := paired.get(key, {})) is None:
            continue
        value = next(iter(yaml.safe_load(uncommented()[key]).values()))
        config = {"hostname": "registry.example.com", **others, key: value}
        assert validate_settings(config, "Pulumi.example.yaml"), key


def test_settings_page_has_every_setting() -> None:
    for row in [*settings_rows(), *settings_rows(RegistrationSettings)]:
        assert re.search(rf"^\| \[?`{row.name}`", SETTINGS, re.MULTILINE), row.key


def test_settings_page_shows_defaults_and_types() -> None:
    assert "| `hostname` | string | required |" in SETTINGS
    assert "| `memory` | string | `2g` |" in SETTINGS
    assert "| `containerName` | string | `spectro-registry` |" in SETTINGS
    assert "| `privateKeyPem` | string, secret |  |" in SETTINGS
    assert "| `logFields` | map of strings | `{}` |" in SETTINGS
    assert "| `name` | string | required |" in SETTINGS
    # A default in the schema would win over the flavor's.
    assert "| `image` | string |  |" in SETTINGS
    assert OFFICIAL_IMAGE in SETTINGS


def test_outputs_page_has_every_output() -> None:
    names = [name for name, _, _ in registry_outputs()]
    assert len(names) == len(RegistryComponent.__annotations__) == len(set(names))
    assert {name for name, kind, _ in registry_outputs() if "secret" in kind} == {
        "adminPassword",
        "users",
        "consoleRegistration",
    }


def test_commands_page_has_every_target() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    assert {target.name for target in targets()} == set(phony[1].split())


def test_commands_page_has_variables_of_options() -> None:
    variables = {target.name: target.variables for target in targets()}
    assert variables["up"] == variables["preview"] == ["STACK", "JOBS", "POLICY"]
    assert variables["down"] == ["STACK", "PURGE", "YES"]


def test_guides_belong_to_settings() -> None:
    assert set(GUIDES) <= {row.key for row in settings_rows()}


def test_errors_page_finds_messages() -> None:
    found = list(messages_of(ROOT / "components" / "docker" / "preflight" / "ports.py"))
    assert any(message.startswith("<setting>: <port> is") for message in found), found
