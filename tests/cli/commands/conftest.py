"""Fixtures for the tests of commands: no Pulumi CLI, no Docker."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli import own_file, registration, spectro, stack_registry, update
from cli.commands import backup, down, outputs, preview, registration_form, unregister, up
from cli.console import CommandError
from cli.pulumi.binary import Pulumi
from components.docker.engine import DockerEngine
from components.settings import Settings
from tests.cli.commands.fakes import OUTPUTS, FakeApi
from tests.cli.commands.palette_fakes import OUTPUTS as REGISTRATION_OUTPUTS
from tests.cli.commands.palette_fakes import PalettePulumi
from tests.support.commands import FakePulumi


@pytest.fixture
def pulumi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakePulumi:
    """A Pulumi CLI whose commands succeed. Other steps of a command are recorded in its calls."""
    fake = FakePulumi(
        {
            "stack output": (0, json.dumps(OUTPUTS), ""),
            "stack export": (0, '{"deployment": {"resources": [{}]}}', ""),
        }
    )

    def settings(stack: str) -> Settings:
        fake.calls.append(f"settings of {stack}")
        return Settings.model_validate(
            {
                "hostname": "packs.example.com",
                "dockerHost": "ssh://build",
                "image": "pack-registry-dev:1.1.0",
                "containerName": "packs",
            }
        )

    def ensure_stack(_: FakePulumi, stack: str, _if_unrecorded: object = None) -> None:
        fake.calls.append(f"stack {stack}")

    def build(image: str, _: DockerEngine) -> None:
        fake.calls.append(f"image {image}")

    monkeypatch.setattr("cli.pulumi.stack.STATE", tmp_path)
    monkeypatch.setattr("cli.settings.operational_settings", settings)
    monkeypatch.setattr(
        update, "check_settings", lambda stack: fake.calls.append(f"checked {stack}")
    )
    monkeypatch.setattr("cli.docker.host.ensure_development_image", build)
    for module in (stack_registry, outputs):
        monkeypatch.setattr(module, "read_config", lambda _: {})
    for module in (update, down, backup):
        monkeypatch.setattr(module, "operational_settings", settings)
    for name in ("host", "removal"):
        monkeypatch.setattr(f"cli.docker.{name}.ensure_stack", ensure_stack)
    monkeypatch.setattr(
        "cli.docker.host.ensure_docker", lambda host: fake.calls.append(f"docker at {host.url}")
    )
    for module in (stack_registry, backup, down, outputs, preview):
        monkeypatch.setattr(module, "require_pulumi", lambda: fake)
    monkeypatch.setattr(up, "find_or_install_pulumi", lambda: fake)
    monkeypatch.setattr(up, "require_pulumi", lambda: fake)

    def remove(self: DockerEngine, name: str) -> bool:
        fake.calls.append(f"remove {name} at {self.url}")
        return name != "missing"

    monkeypatch.setattr(DockerEngine, "remove_volume", remove)
    monkeypatch.setattr(
        DockerEngine, "volume_labels", lambda _, name: {"pack-registry.stack": "dev"}
    )
    return fake


@pytest.fixture(autouse=True)
def api(pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    """The Docker API of all hosts."""
    fake = FakeApi(pulumi.calls)
    monkeypatch.setattr(DockerEngine, "client", property(lambda _: SimpleNamespace(api=fake)))
    return fake


@pytest.fixture
def palette(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> PalettePulumi:
    """A Pulumi CLI for the Palette project. Certificates are written to the test's directory."""
    fake = PalettePulumi(
        {
            "stack output": (0, json.dumps(REGISTRATION_OUTPUTS), ""),
            "stack export": (0, '{"deployment": {"resources": [{}]}}', ""),
        }
    )

    def read_config(stack: str) -> dict[str, Any]:
        if stack == "mistyped":
            raise CommandError("STACK: unknown")
        return {}

    def ensure_stack(_: Pulumi, stack: str) -> None:
        fake.calls.append(f"stack {stack}")

    for module in (registration, registration_form):
        monkeypatch.setattr(module, "read_config", read_config)
    for module in (registration, registration_form, unregister):
        monkeypatch.setattr(module, "require_pulumi", lambda: fake)
    monkeypatch.setattr(registration, "ensure_stack", ensure_stack)
    monkeypatch.setattr(spectro, "CLI_TRUST_DIRECTORY", tmp_path / "certs.d")
    monkeypatch.setattr(own_file, "STATE", tmp_path / ".state")
    monkeypatch.chdir(tmp_path)
    return fake
