"""Stacks with the real Pulumi engine: outputs without a registry, and a Palette stack."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation

from cli.paths import PALETTE, REGISTRY, ROOT
from tests.support.engine import bring_up, engine_environment, engine_stack
from tests.support.live import expect_no_traceback
from tests.support.palette.stub import PaletteStub
from tests.support.palette.values import PACK_OUTPUT

_PROGRAM = """import json, pulumi
for name, value in json.loads(open("outputs.json").read()).items():
    pulumi.export(name, pulumi.Output.secret(value))
"""
_PROJECT = f"""name: {REGISTRY.name}
runtime:
  name: python
  options:
    toolchain: pip
    virtualenv: {ROOT / ".venv"}
"""


class RegistryStackStub:
    """A stack of the registry's project that has only outputs."""

    def __init__(self, directory: Path, **output: Any) -> None:
        directory.mkdir()
        (directory / "Pulumi.yaml").write_text(_PROJECT)
        (directory / "__main__.py").write_text(_PROGRAM)
        self.directory = directory
        self.engine = engine_environment(directory)
        self.stack = engine_stack("test", directory, self.engine)
        self.up(**output)

    def up(self, **changes: Any) -> None:
        """Export the registration of a pack registry with changes."""
        self.export({"consoleRegistration": {**PACK_OUTPUT, **changes}})

    def export(self, outputs: dict[str, Any]) -> None:
        (self.directory / "outputs.json").write_text(json.dumps(outputs))
        bring_up(self.stack)


class PaletteStack:
    """A stack of the Palette project, in the backend of the registry's stack."""

    log: str = ""
    """What the last command showed."""

    def __init__(
        self,
        directory: Path,
        engine: dict[str, str],
        api: PaletteStub,
        name: str = "test",
        **settings: Any,
    ) -> None:
        """Link the project into a directory, with the layout of the repository."""
        self.directory = directory / PALETTE.folder
        self.directory.mkdir(parents=True)
        for path in (ROOT / PALETTE.folder).iterdir():
            if path.name in ("Pulumi.yaml", "client") or path.suffix == ".py":
                (self.directory / path.name).symlink_to(path)
        for sibling in ("common", ".venv"):
            (directory / sibling).symlink_to(ROOT / sibling)
        self.environment = {**os.environ, **engine}
        self.stack = engine_stack(name, self.directory, engine)
        self.set(paletteHost=api.host, **settings)
        self.set_api_key(api.api_key)

    def set(self, **settings: Any) -> None:
        """Change settings."""
        for key, value in settings.items():
            text = json.dumps(value) if isinstance(value, bool) else str(value)
            self.stack.set_config(key, automation.ConfigValue(text))

    def set_api_key(self, key: str) -> None:
        self.stack.set_config("paletteApiKey", automation.ConfigValue(key, secret=True))

    def up(self, *, refresh: bool = False) -> dict[str, Any]:
        self.log, outputs = bring_up(self.stack, refresh=refresh)
        return outputs

    def failed_up(self) -> str:
        shown: list[str] = []
        with pytest.raises(automation.CommandError):
            self.stack.up(on_output=shown.append, color="never")
        self.log = "\n".join(shown)
        expect_no_traceback(self.log)
        return self.log

    def preview(self, *, refresh: bool = False) -> dict[str, int]:
        """Return how many resources a preview changes, by operation."""
        unchanged = (automation.OpType.SAME, automation.OpType.READ)
        summary = self.stack.preview(refresh=refresh).change_summary
        return {str(kind): count for kind, count in summary.items() if kind not in unchanged}

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the CLI in the project's directory."""
        return subprocess.run(
            ["pulumi", *arguments, "--stack", self.stack.name],
            cwd=self.directory,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
        )

    def registration(self) -> dict[str, Any]:
        """Return the registration's entry in the state."""
        resources = (self.stack.export_stack().deployment or {}).get("resources", [])
        (found,) = [item for item in resources if item["type"].endswith(":PackRegistration")]
        return dict(found)
