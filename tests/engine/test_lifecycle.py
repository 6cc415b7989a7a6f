"""A registry's life: made, unchanged, removed with its data kept, made again."""

from __future__ import annotations

import subprocess

from tests.engine.conftest import Factory
from tests.support.docker import container_names, inspect, volume_names
from tests.support.registry import Client


def test_a_registry_is_left_alone_by_updates_and_its_packs_by_its_removal(
    registry: Factory,
) -> None:
    made = registry()
    result = made.stack.up()
    outputs = {name: output.value for name, output in result.outputs.items()}
    secret = {name for name, output in result.outputs.items() if output.secret}
    assert secret == {"adminPassword", "users", "consoleRegistration"}

    container = inspect(made.stack_name)
    made.expect_no_changes()
    made.expect_no_changes(refresh=True)
    made.up(refresh=True)
    assert inspect(made.stack_name)["Id"] == container["Id"], (
        "an update that changes nothing touches nothing"
    )

    digest = Client.of(outputs, "admin").push("packs/kept", b"bytes to keep")
    by_hand = subprocess.run(
        ["pulumi", "destroy", "--yes", "--stack", made.stack_name],
        cwd=made.directory,
        env=made.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert by_hand.returncode == 0, (
        f"`pulumi destroy` typed by hand works: {by_hand.stdout}{by_hand.stderr}"
    )
    assert container_names(made.stack_name) == set()
    assert volume_names(made.stack_name) == {f"{made.stack_name}-data"}, (
        "the packs outlive the registry"
    )

    again = made.up()
    assert again["adminPassword"] != outputs["adminPassword"]
    assert Client.of(again, "admin").pull("packs/kept", digest) == b"bytes to keep"
