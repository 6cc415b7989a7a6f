"""Registries under the real Pulumi engine, each with its own state."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi import automation

from cli.paths import PROJECT, ROOT
from cli.pulumi.binary import find_pulumi
from tests.support.live import Registry, expect_no_traceback

NO_PROXY = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
"""Environment that bypasses proxies for local servers."""
PROGRAM = ("Pulumi.yaml", "__main__.py", "common", "components", ".venv")


def engine_is_missing() -> str | None:
    """Say why tests that need the Pulumi engine can't run; None if they can."""
    return None if find_pulumi() else "the Pulumi CLI is neither on PATH nor in ~/.pulumi/bin"


def engine_environment(directory: Path) -> dict[str, str]:
    """Create the directory `state`, and return the environment of a CLI with its state there."""
    state = directory / "state"
    state.mkdir()
    return {
        "PATH": f"{Path(find_pulumi() or '').parent}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "only for a stack that lives for seconds",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        **NO_PROXY,
        "PYTHONDONTWRITEBYTECODE": "",  # compile the program once, as users do
    }


def engine_stack(name: str, directory: Path, environment: dict[str, str]) -> automation.Stack:
    """Create or select a stack of the project in a directory."""
    command = automation.PulumiCommand(root=str(Path(find_pulumi() or "").parent.parent))
    options = automation.LocalWorkspaceOptions(env_vars=environment, pulumi_command=command)
    return automation.create_or_select_stack(name, work_dir=str(directory), opts=options)


def run(stack: automation.Stack, *command: str) -> str:
    """Run a command of the CLI on a stack and return its output.

    The library's methods for updates each run three more commands, which tests do not need.

    :raises automation.CommandError: if it fails.
    """
    space = stack.workspace
    done = space.pulumi_command.run(
        [*command, "--stack", stack.name], space.work_dir, space.env_vars
    )
    return done.stdout


def bring_up(stack: automation.Stack, *, refresh: bool = False) -> tuple[str, dict[str, Any]]:
    """Update a stack and return the output of the command and the stack's outputs."""
    said = run(
        stack,
        "up",
        "--yes",
        "--skip-preview",
        "--color",
        "never",
        *(["--refresh"] if refresh else []),
    )
    return said, json.loads(run(stack, "stack", "output", "--json", "--show-secrets"))


def remove(stack: automation.Stack) -> None:
    """Remove all resources of a stack."""
    run(stack, "destroy", "--yes", "--skip-preview")


class EngineRegistry(Registry):
    """One stack of the program that `pulumi up` updates."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        super().__init__(directory, **settings)
        for name in PROGRAM:
            (directory / name).symlink_to(ROOT / name)
        self.engine = engine_environment(directory)
        self.environment = {**os.environ, **self.engine}
        self.stack = engine_stack(self.stack_name, directory, self.engine)

    def use_environment(self, more: dict[str, str]) -> None:
        """Run the CLI with more variables. A given PATH is prepended."""
        path = os.pathsep.join(filter(None, [more.get("PATH"), self.engine["PATH"]]))
        self.engine |= {**more, "PATH": path}
        self.environment |= self.engine
        self.stack.workspace.env_vars = dict(self.engine)

    @property
    def label(self) -> str:
        return self.stack_name

    def set_secret(self, path: str, value: str) -> None:
        """Write a secret as a user does: `pulumi config set --secret --path`."""
        self.stack.set_config(path, automation.ConfigValue(value, secret=True), path=True)
        group = re.split(r"[.\[]", path)[0]
        self.settings[group] = yaml.safe_load(self.config_file.read_text())["config"][
            f"{PROJECT}:{group}"
        ]

    def up(self, *, refresh: bool = False) -> dict[str, Any]:
        self.said, outputs = bring_up(self.stack, refresh=refresh)
        return outputs

    def failed_up(self) -> str:
        return self._failed(self.stack.up)

    def failed_preview(self) -> str:
        """Run a preview that must fail, and return its output."""
        return self._failed(self.stack.preview)

    def _failed(self, command: Callable[..., object]) -> str:
        shown: list[str] = []
        with pytest.raises(automation.CommandError):
            command(on_output=shown.append, color="never")
        self.said = "\n".join(shown)
        expect_no_traceback(self.said)
        return self.said

    def down(self) -> None:
        remove(self.stack)

    def expect_settled(self) -> None:
        self.expect_no_changes(refresh=True)

    def expect_no_changes(self, *, refresh: bool = False) -> None:
        """Check that a preview shows no changes."""
        summary = self.stack.preview(expect_no_changes=True, refresh=refresh).change_summary
        assert set(summary) <= {automation.OpType.SAME}, (
            f"a second preview must show no change: {summary}"
        )

    def expect_untouched(self) -> None:
        super().expect_untouched()
        assert self.resources() == [], "the state must be empty"

    def resources(self) -> list[dict[str, Any]]:
        """The resources in state, without the stack, the component and providers."""
        exported = self.stack.export_stack().deployment or {}
        return [
            resource
            for resource in exported.get("resources", [])
            if resource["custom"] and not resource["type"].startswith("pulumi:")
        ]
