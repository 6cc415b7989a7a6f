"""Registries under the real Pulumi engine, each with a stack, a state, a port and names of its own; nothing is left behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi import automation

from ops.paths import ROOT
from ops.pulumi_cli import find_pulumi
from tests.support.docker import DEVELOPMENT_IMAGE, docker_is_missing, free_port, remove_all_of, skip_or_fail, unique_name

PROGRAM = ("Pulumi.yaml", "__main__.py", "settings.py", "components", ".venv")
PROJECT = "pack-registry"


class Registry:
    """One stack of the program."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        """Prepare a stack with the development image, a free port of the loopback address, and the settings given."""
        self.directory = directory
        self.stack_name = unique_name("test")
        self.port = free_port()
        self.settings: dict[str, Any] = {
            "hostname": "localhost",
            "containerName": self.stack_name,
            "port": self.port,
            "bindAddress": "127.0.0.1",
            "image": DEVELOPMENT_IMAGE,
            "tls": {"algorithm": "ecdsa-p256"},
            **settings,
        }
        for name in PROGRAM:
            (directory / name).symlink_to(ROOT / name)
        (directory / "state").mkdir()
        self.write()
        environment = {
            "PATH": f"{Path(find_pulumi() or '').parent}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": (directory / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "only for this test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self.environment = {**os.environ, **environment}
        command = automation.PulumiCommand(root=str(Path(find_pulumi() or "").parent.parent))
        options = automation.LocalWorkspaceOptions(env_vars=environment, pulumi_command=command)
        self.stack = automation.create_or_select_stack(self.stack_name, work_dir=str(directory), opts=options)

    @property
    def config_file(self) -> Path:
        return self.directory / f"Pulumi.{self.stack_name}.yaml"

    def write(self, **changes: Any) -> None:
        """Change settings; None takes one away."""
        self.settings.update(changes)
        written: dict[str, Any] = yaml.safe_load(self.config_file.read_text()) if self.config_file.exists() else {}
        written["config"] = {f"{PROJECT}:{key}": value for key, value in self.settings.items() if value is not None}
        self.config_file.write_text(yaml.safe_dump(written))

    def up(self, *, refresh: bool = False) -> dict[str, Any]:
        """Update; the outputs' values."""
        result = self.stack.up(refresh=refresh)
        return {name: output.value for name, output in result.outputs.items()}

    def failed_up(self) -> str:
        """Update, expect it to fail, and return what the user is shown; never a traceback."""
        shown: list[str] = []
        with pytest.raises(automation.CommandError):
            self.stack.up(on_output=shown.append, color="never")
        text = "\n".join(shown)
        assert "Traceback" not in text, text
        assert "unhandled error" not in text, text
        return text

    def expect_no_changes(self, *, refresh: bool = False) -> None:
        """A preview shows no change."""
        summary = self.stack.preview(expect_no_changes=True, refresh=refresh).change_summary
        assert set(summary) <= {automation.OpType.SAME}, f"a second preview must show no change: {summary}"

    def resources(self) -> list[dict[str, Any]]:
        """The resources in state, without the stack, the component and providers."""
        exported = self.stack.export_stack().deployment or {}
        return [resource for resource in exported.get("resources", []) if resource["custom"] and not resource["type"].startswith("pulumi:")]


@pytest.fixture(autouse=True)
def _tools() -> None:
    skip_or_fail(docker_is_missing(), "REQUIRE_DOCKER")
    skip_or_fail(None if find_pulumi() else "the Pulumi CLI is neither on PATH nor in ~/.pulumi/bin", "REQUIRE_ENGINE")


class Factory:
    """Makes registries, and removes all that they made."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stacks: list[str] = []

    def __call__(self, **settings: Any) -> Registry:
        directory = self._directory / str(len(self._stacks))
        directory.mkdir()
        made = Registry(directory, **settings)
        self._stacks.append(made.stack_name)
        return made

    def remove(self) -> None:
        for stack in self._stacks:
            remove_all_of(stack)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Factory]:
    factory = Factory(tmp_path)
    yield factory
    factory.remove()
