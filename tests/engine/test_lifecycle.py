"""The lifecycle of a registry: created, unchanged, removed with its packs kept, created again."""

from __future__ import annotations

import subprocess

from tests.engine.conftest import Factory
from tests.support.docker import container_names, inspect, volume_names
from tests.support.registry import Client


def test_no_op_update_and_kept_packs(
    new_registry: Factory,
) -> None:
    registry = new_registry()
    result = registry.stack.up()
    outputs = {name: output.value for name, output in result.outputs.items()}
    secret = {name for name, output in result.outputs.items() if output.secret}
    assert secret == {"adminPassword", "users", "consoleRegistration"}

    container = inspect(registry.stack_name)
    registry.expect_no_changes()
    registry.expect_no_changes(refresh=True)
    registry.up(refresh=True)
    assert inspect(registry.stack_name)["Id"] == container["Id"], (
        "an update without changes keeps the container"
    )

    digest = Client.of(outputs, "admin").push("packs/kept", b"bytes to keep")
    destroyed = subprocess.run(
        ["pulumi", "destroy", "--yes", "--stack", registry.stack_name],
        cwd=registry.directory,
        env=registry.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert destroyed.returncode == 0, (
        f"`pulumi destroy` failed: {destroyed.stdout}{destroyed.stderr}"
    )
    assert container_names(registry.stack_name) == set()
    assert volume_names(registry.stack_name) == {f"{registry.stack_name}-data"}, "the packs survive"

    again = registry.up()
    assert again["adminPassword"] != outputs["adminPassword"]
    assert Client.of(again, "admin").pull("packs/kept", digest) == b"bytes to keep"
