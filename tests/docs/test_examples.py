"""The stack files and programs that the documentation shows are valid and declare a registry."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from cli.paths import ROOT
from common.stack_config import parse_config
from components import pack_registry  # the wheel's package has the same component
from components.program import declare_registry
from components.registry_component import RegistryComponent, type_token
from components.settings import OFFICIAL_IMAGE, Settings, Target
from components.validation import validate_settings
from tests.support.certificates import issue
from tests.support.component import arguments_of, served
from tests.support.markdown import blocks
from tests.support.recording import Recorder, run

STACKS = ["Pulumi.dev.yaml", "Pulumi.prod.yaml"]
"""The stack files at the top; others are a user's own."""
EXAMPLES = sorted(path.name for path in (ROOT / "docs" / "examples").glob("*.yaml"))


def read(path: Path) -> dict[str, Any]:
    """A stack's settings; its keys have the prefix of the project."""
    config = yaml.safe_load(path.read_text())["config"]
    assert [key for key in config if not key.startswith("pack-registry:")] == []
    return {key.removeprefix("pack-registry:"): decrypted(value) for key, value in config.items()}


def with_digest(config: dict[str, Any]) -> dict[str, Any]:
    """The settings with a digest instead of its placeholder."""
    name, placeholder, rest = config["image"].partition("@sha256:<digest>")
    assert (placeholder, rest) == ("@sha256:<digest>", ""), "the policies require a digest"
    return {**config, "image": f"{name}@sha256:{'0' * 64}"}


def decrypted(value: Any) -> Any:
    """A value as the program gets it, with a string for an encrypted one."""
    if isinstance(value, dict):
        if list(value) == ["secure"]:
            return "Encrypted-text-1"
        return {key: decrypted(item) for key, item in value.items()}
    return [decrypted(item) for item in value] if isinstance(value, list) else value


def with_certificates(config: dict[str, Any]) -> dict[str, Any]:
    """The settings with PEM files instead of placeholders."""
    if (tls := config.get("tls", {})).get("mode") == "provided":
        issued = issue(config["hostname"], [config["hostname"]])
        assert re.fullmatch(r"REPLACE-\S+", tls["certificatePem"])
        assert re.fullmatch(r"REPLACE-\S+", tls["privateKeyPem"])
        tls |= {"certificatePem": issued.certificate_pem, "privateKeyPem": issued.key_pem}
    return config


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_example_declares_a_registry(name: str, preview: bool) -> None:
    config = with_digest(with_certificates(read(ROOT / "docs" / "examples" / name)))
    args = arguments_of(arguments(config))
    declared = run(
        Recorder(served()), lambda: declare_registry("registry", args).outputs, preview=preview
    )
    assert "registry-server" in declared.resources


def arguments(config: dict[str, Any]) -> dict[str, Any]:
    """Settings by the component's argument names."""
    validate_settings(config, "the example")
    return {
        re.sub(r"(?<=[a-z])([A-Z])", r"_\1", key).lower(): value for key, value in config.items()
    }


def test_there_is_an_example_per_feature() -> None:
    wanted = {
        *("s3", "private-ca", "letsencrypt", "oci", "mirror"),
        *("provided-certificate", "kubernetes"),
    }
    assert {name.removesuffix(".yaml") for name in EXAMPLES} == wanted


@pytest.mark.parametrize("name", STACKS)
def test_shipped_stack_is_valid(name: str) -> None:
    config = read(ROOT / name)
    settings = validate_settings(config, name)
    # Pulumi passes every simple value as a string.
    texts = {key: str(value) for key, value in config.items() if not isinstance(value, list | dict)}
    assert validate_settings({**config, **parse_config(Settings, texts)}, name) == settings


def test_readme_stack_is_valid() -> None:
    (block,) = [block for block in blocks(ROOT / "README.md") if block.language == "yaml"]
    assert len(block.lines) == 12
    config = yaml.safe_load(block.text)["config"]
    settings = {key.removeprefix("pack-registry:"): value for key, value in config.items()}
    assert validate_settings(with_digest(settings), "README.md")


def test_python_program_declares_a_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    page = ROOT / "docs" / "how-to" / "use-as-package.md"
    (block,) = [block for block in blocks(page) if block.language == "python"]
    monkeypatch.setitem(sys.modules, "pack_registry", pack_registry)
    exported: dict[str, Any] = {}
    monkeypatch.setattr(pulumi, "export", exported.__setitem__)

    def program() -> dict[str, Any]:
        exec(compile(block.text, page.name, "exec"), {})
        return exported

    done = run(Recorder(served()), program)
    assert "registry-server" in done.resources
    assert list(exported) == ["endpoint"]


def test_cluster_program_of_documentation() -> None:
    """Names and types are those of the schema. The component checks the values."""
    page = ROOT / "docs" / "how-to" / "use-as-package.md"
    (block,) = [block for block in blocks(page) if block.language == "yaml"]
    program = yaml.safe_load(block.text)
    declared = program["resources"]["registry"]
    assert declared["type"].replace(":", ":index:") == type_token(Target.KUBERNETES)
    values = {**declared["properties"], "target": Target.KUBERNETES.value}
    validate_settings(values, "the example", target=Target.KUBERNETES)
    assert set(program["outputs"]) <= set(RegistryComponent.output_names())


def test_development_stack_uses_this_development_image() -> None:
    version = (ROOT / "dev_image" / "VERSION").read_text().strip()
    assert read(ROOT / "Pulumi.dev.yaml")["image"] == f"pack-registry-dev:{version}"


def test_production_uses_the_official_image() -> None:
    official = OFFICIAL_IMAGE.partition(":")[0] + ":"
    assert read(ROOT / "Pulumi.prod.yaml")["image"].startswith(official)


def test_shipped_files_contain_no_secret() -> None:
    plain = r"^[\s-]*([\w-]+:)?(password|bcrypt|privateKeyPem):(?!\s+(['\"]?secure:|REPLACE-))"
    for path in [*(ROOT / name for name in STACKS), *(ROOT / "docs" / "examples").glob("*.yaml")]:
        assert not re.search(plain, path.read_text(), re.MULTILINE), path
