"""Registrations under the real Pulumi engine, of registries that run and of one that is only said to."""

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
from tests.support.palette import PaletteApi

CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
CONSOLE: dict[str, Any] = {
    "name": "packs",
    "endpoint": "https://registry.example.com",
    "username": "admin",
    "password": "a password to be kept secret",
    "caCertificate": CA,
    "insecureSkipVerify": False,
}
"""What a registry's stack says for the console."""
OCI: dict[str, Any] = {
    "providerType": "pack",
    "basePath": "",
    "baseContentPath": "spectro-packs/archive",
}
"""What it says beside that of an OCI registry."""
CLIENT: dict[str, Any] = {
    "clientCertificate": "PEM of a client",
    "clientKey": "a key to be kept secret",
}
"""What one says beside that which asks for client certificates."""
NO_MORE: dict[str, Any] = dict.fromkeys([*OCI, *CLIENT], "")
"""What other registrations have in the place of these."""

_STANDS_IN = """import json, pulumi
for name, value in json.loads(open("outputs.json").read()).items():
    pulumi.export(name, pulumi.Output.secret(value))
"""
_STANDS_IN_PROJECT = f"""name: {REGISTRY.name}
runtime:
  name: python
  options:
    toolchain: pip
    virtualenv: {ROOT / ".venv"}
"""


class StandIn:
    """A stack of the registry's project that has a registry's outputs, and none that runs."""

    def __init__(self, directory: Path, **console: Any) -> None:
        directory.mkdir()
        (directory / "Pulumi.yaml").write_text(_STANDS_IN_PROJECT)
        (directory / "__main__.py").write_text(_STANDS_IN)
        self.directory = directory
        self.engine = engine_environment(directory)
        self.stack = engine_stack("test", directory, self.engine)
        self.up(**console)

    def up(self, **changes: Any) -> None:
        """Say something else from now on."""
        self.say({"consoleRegistration": {**CONSOLE, **changes}})

    def say(self, outputs: dict[str, Any]) -> None:
        (self.directory / "outputs.json").write_text(json.dumps(outputs))
        bring_up(self.stack)


class EngineConsumer:
    """One stack of the consumer, on the backend of a registry's stack."""

    said: str = ""
    """What the user was shown by the last command."""

    def __init__(
        self,
        directory: Path,
        engine: dict[str, str],
        api: PaletteApi,
        name: str = "test",
        **settings: Any,
    ) -> None:
        """Lay out the project in a directory of its own, as it is beside the registry's."""
        self.directory = directory / PALETTE.folder
        self.directory.mkdir(parents=True)
        for path in (ROOT / PALETTE.folder).iterdir():
            if path.name == "Pulumi.yaml" or path.suffix == ".py":
                (self.directory / path.name).symlink_to(path)
        for beside in ("components", ".venv"):
            (directory / beside).symlink_to(ROOT / beside)
        self.environment = {**os.environ, **engine}
        self.stack = engine_stack(name, self.directory, engine)
        self.set(paletteHost=api.host, **settings)
        self.set_api_key(api.api_key)

    def set(self, **settings: Any) -> None:
        """Change settings."""
        for key, value in settings.items():
            self.stack.set_config(
                key,
                automation.ConfigValue(
                    json.dumps(value) if isinstance(value, bool) else str(value)
                ),
            )

    def set_api_key(self, key: str) -> None:
        self.stack.set_config("paletteApiKey", automation.ConfigValue(key, secret=True))

    def up(self, *, refresh: bool = False) -> dict[str, Any]:
        self.said, outputs = bring_up(self.stack, refresh=refresh)
        return outputs

    def failed_up(self) -> str:
        shown: list[str] = []
        with pytest.raises(automation.CommandError):
            self.stack.up(on_output=shown.append, color="never")
        self.said = "\n".join(shown)
        expect_no_traceback(self.said)
        return self.said

    def preview(self, *, refresh: bool = False) -> dict[str, int]:
        """How many resources a preview changes, by what is done to them."""
        untouched = (automation.OpType.SAME, automation.OpType.READ)  # the registry's stack is read
        summary = self.stack.preview(refresh=refresh).change_summary
        return {str(kind): count for kind, count in summary.items() if kind not in untouched}

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of the CLI, typed by hand in the project's directory."""
        return subprocess.run(
            ["pulumi", *arguments, "--stack", self.stack.name],
            cwd=self.directory,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
        )

    def registration(self) -> dict[str, Any]:
        """The registration in state, as it is written."""
        resources = (self.stack.export_stack().deployment or {}).get("resources", [])
        (found,) = [
            resource for resource in resources if resource["type"].endswith(":PackRegistration")
        ]
        return dict(found)
