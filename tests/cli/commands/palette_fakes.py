"""A Pulumi CLI for the tests of registration commands."""

from __future__ import annotations

import json
from typing import Any

from click.testing import Result

from cli.pulumi.binary import Pulumi
from tests.support.commands import FakePulumi
from tests.support.palette.values import PACK_OUTPUT

OUTPUTS = {
    "registrationUid": "6a1f",
    "registrationName": "packs",
    "endpoint": PACK_OUTPUT["endpoint"],
    "scope": "tenant",
}
PLAIN_HTTP = {**PACK_OUTPUT, "endpoint": "http://registry.example.com:8080", "caCertificate": ""}


class PalettePulumi(FakePulumi):
    """Records the project that is selected."""

    def of(self, project: Any) -> Pulumi:
        self.calls.append(f"project {project.name}")
        return self


def set_registration(pulumi: FakePulumi, registration: Any) -> None:
    """Set the registry's output for its registration."""
    outputs = {"consoleRegistration": registration, "endpoint": "x"}
    pulumi.answers["stack output"] = (0, json.dumps(outputs), "")


def form(result: Result) -> dict[str, str]:
    """Parse the printed form."""
    assert result.exit_code == 0, result.stderr
    return {
        name.strip(): value.strip()
        for name, _, value in (line.partition("  ") for line in result.stdout.splitlines())
    }
