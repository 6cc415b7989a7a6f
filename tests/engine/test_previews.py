"""The previews of dev and prod as reviewed snapshots: the resources, their types and the properties that matter.

`make snapshots` renews the files under ``snapshots``; their difference is to be reviewed.
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
from tests.engine.conftest import Factory
from tests.support.docker import container_names, volume_names
from tests.support.snapshots import reduced, written
from tests.support.weakened import complying, shipped
from tests.unit.test_wrong_settings import TABLE

SNAPSHOTS = Path(__file__).parent / "snapshots"
SECRET = re.compile(r"PRIVATE KEY|\$2[aby]\$|ciphertext|\"content|BEGIN CERTIFICATE")


STACKS: dict[str, dict[str, Any]] = {"dev": shipped("dev"), "prod": complying()}
"""As shipped; prod with what its user puts in: a digest, and a certificate of an authority."""


@pytest.mark.parametrize("stack", STACKS)
def test_a_preview_is_as_it_was_reviewed(registry: Factory, stack: str) -> None:
    made = registry()
    made.settings = {**STACKS[stack], "containerName": made.stack_name, "port": made.port}
    made.write()
    done = subprocess.run(
        ["pulumi", "preview", "--json", "--stack", made.stack_name],
        cwd=made.directory,
        env=made.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    provided = STACKS[stack].get("tls", {}).get("certificatePem")
    moment = {
        made.stack_name: "NAME",
        str(made.port): "0",
        **({fingerprint(provided): "FINGERPRINT"} if provided else {}),
    }
    resources = reduced(json.loads(done.stdout), moment)
    path = SNAPSHOTS / f"{stack}.json"
    if os.environ.get("RENEW_SNAPSHOTS") == "1":
        written(path, resources)
    assert resources == json.loads(path.read_text()), (
        "a change that is meant: renew the snapshots with `make snapshots`, and review them"
    )
    assert {step["op"] for step in json.loads(done.stdout)["steps"]} == {"create"}


SAMPLE = (
    "hostname of a group of hosts",
    "port text",
    "image with a password",
    "publicEndpoint with a token",
    "country that is none",
    "password of common words",
    "path of containerd",
    "unknown limits",
    "a wrong capability beside a short secret",
    "dockerHost of an address that is none",
    "logLevel",
    "verify",
)
"""Of the table of wrong settings: no two of one top-level key, and of every kind that the engine hands over."""


def test_wrong_settings_are_told_all_at_once_by_the_engine_and_nothing_is_touched(
    registry: Factory,
) -> None:
    made = registry()
    made.settings |= {name: value for case in SAMPLE for name, value in TABLE[case][0].items()}
    made.write()
    command = ["pulumi", "preview", "--skip-config-validation", "--stack", made.stack_name]
    done = subprocess.run(
        command,
        cwd=made.directory,
        env=made.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    shown = done.stdout + done.stderr
    commands = ("pulumi config set", f"pulumi config set --stack {made.stack_name}")
    sentences = [sentence.replace(*commands) for case in SAMPLE for sentence in TABLE[case][1]]
    assert done.returncode != 0, shown
    assert (
        f"{len(sentences)} settings are wrong in the config of stack {made.stack_name}; nothing was touched."
        in shown
    ), shown
    assert [sentence for sentence in sentences if sentence not in shown] == []
    assert "Traceback" not in shown
    assert "unhandled" not in shown
    assert "PW" not in shown
    assert made.resources() == []
    assert container_names(made.stack_name) == volume_names(made.stack_name) == set()


@pytest.mark.parametrize("stack", STACKS)
def test_no_secret_is_in_a_snapshot(stack: str) -> None:
    text = (SNAPSHOTS / f"{stack}.json").read_text()
    assert len(json.loads(text)) > 5
    assert not SECRET.search(text)
