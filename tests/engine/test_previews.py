"""Reviewed snapshots of the previews of dev and prod: resources, types and main properties.

`make snapshots` renews the files under ``snapshots``. Review their difference.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from components.tls.inspection import fingerprint
from tests.components.settings.data_loader import load_file
from tests.components.settings.rejection import rejected, sentences
from tests.engine.conftest import Factory
from tests.support.docker import container_names, volume_names
from tests.support.noncompliant import compliant, shipped
from tests.support.snapshots import reduce_preview, write_snapshot

SNAPSHOTS = Path(__file__).parent / "snapshots"
SECRET = re.compile(r"PRIVATE KEY|\$2[aby]\$|ciphertext|\"content|BEGIN CERTIFICATE")
DIGEST = re.compile(r'"pack-registry\.configuration",\s*"value": "([0-9a-f]{32})"')


STACKS: dict[str, dict[str, Any]] = {"dev": shipped("dev"), "prod": compliant()}
"""As shipped. For prod, with the values that a user adds: a digest, and a certificate of a CA."""


@pytest.mark.parametrize("stack", STACKS)
def test_preview_matches_snapshot(new_registry: Factory, stack: str) -> None:
    registry = new_registry()
    registry.settings = {
        **STACKS[stack],
        "containerName": registry.stack_name,
        "port": registry.port,
    }
    registry.write()
    done = subprocess.run(
        ["pulumi", "preview", "--json", "--stack", registry.stack_name],
        cwd=registry.directory,
        env=registry.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    provided = STACKS[stack].get("tls", {}).get("certificatePem")
    replacements = {
        registry.stack_name: "NAME",
        str(registry.port): "0",
        **({fingerprint(provided): "FINGERPRINT"} if provided else {}),
        **dict.fromkeys(DIGEST.findall(done.stdout), "DIGEST"),
    }
    resources = reduce_preview(json.loads(done.stdout), replacements)
    path = SNAPSHOTS / f"{stack}.json"
    if os.environ.get("RENEW_SNAPSHOTS") == "1":
        write_snapshot(path, resources)
    assert resources == json.loads(path.read_text()), (
        "if the change is intended, run `make snapshots` and review the difference"
    )
    assert {step["op"] for step in json.loads(done.stdout)["steps"]} == {"create"}


SAMPLE = {
    "invalid": [
        "port service name",
        "unknown limits setting close to cpus",
        "logLevel unsupported",
        "verify string",
    ],
    "invalid_edge_cases": [
        "hostname multicast address",
        "image with password",
        "publicEndpoint with token",
        "country code unassigned",
        "password common word and digits",
        "storage.path in containerd data directory",
        "invalid capability and short secret",
        "dockerHost invalid IPv6 address",
    ],
}
"""Cases of each type that the engine passes on, no two with the same top-level setting."""


def test_invalid_settings_from_engine(new_registry: Factory) -> None:
    registry = new_registry()
    configs = [load_file(file)[case] for file, cases in SAMPLE.items() for case in cases]
    config = {name: value for config in configs for name, value in config.items()}
    assert len(config) == sum(map(len, configs)), "cases with the same setting hide each other"
    registry.settings |= config
    registry.write()
    command = ["pulumi", "preview", "--skip-config-validation", "--stack", registry.stack_name]
    done = subprocess.run(
        command,
        cwd=registry.directory,
        env=registry.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    shown = done.stdout + done.stderr
    error = rejected(config, stack=registry.stack_name)
    summary = str(error).splitlines()[0].replace("stack test", f"stack {registry.stack_name}")
    assert done.returncode != 0, shown
    assert summary in shown, shown
    assert [sentence for sentence in sentences(error) if sentence not in shown] == []
    assert "Traceback" not in shown
    assert "unhandled" not in shown
    assert "PW" not in shown
    assert registry.resources() == []
    assert container_names(registry.stack_name) == volume_names(registry.stack_name) == set()


@pytest.mark.parametrize("stack", STACKS)
def test_snapshots_contain_no_secrets(stack: str) -> None:
    text = (SNAPSHOTS / f"{stack}.json").read_text()
    assert len(json.loads(text)) > 5
    assert not SECRET.search(text)
