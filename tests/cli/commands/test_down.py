"""``make down``."""

from __future__ import annotations

import json
import re

import pytest

from components.docker.engine import DockerEngine
from tests.cli.commands.fakes import CONTAINER, NO_STACK, FakeApi, run
from tests.support.commands import FakePulumi


def test_packs_are_kept(pulumi: FakePulumi) -> None:
    result = run("down")
    assert [call.split()[0] for call in pulumi.calls_of("destroy", "remove")] == ["destroy"]
    assert result.stderr == (
        "> The registry was removed. Its packs are kept in the volume spectro-registry-data for "
        "the next `make up`. To delete them, run `make down PURGE=1`. "
        "You can ignore the command that Pulumi suggests. To delete the empty stack, see "
        "docs/how-to/remove.md.\n"
    )
    pulumi.answers["stack export"] = (0, "{}", "")
    assert "Pulumi suggests" not in run("down").stderr


def test_packs_of_other_stack(pulumi: FakePulumi) -> None:
    """A second registry on the same storage, as for a change of the server."""
    result = run("down", "--stack", "prod")
    expected = (
        "> The registry was removed. Its packs are kept in the volume spectro-registry-data, also "
        "used by the stack dev. You can ignore"
    )
    assert result.stderr.startswith(expected)


@pytest.mark.parametrize(
    ("place", "options"),
    [  # test_purge.py has the purge of a volume
        ("spectro-registry-data", []),
        ("/srv/packs", []),
        ("/srv/packs", ["--purge", "--yes"]),
    ],
    ids=["volume", "directory", "purge"],
)
def test_packs_that_others_use(
    pulumi: FakePulumi, api: FakeApi, place: str, options: list[str]
) -> None:
    pulumi.answers["stack output"] = (0, json.dumps({"dataVolume": place}), "")
    api.add("another", stack="other", volume=place)
    api.add("own", volume=place)
    result = run("down", *options)
    assert f"{place}, also used by the container another. " in result.stderr
    assert "To delete them" not in result.stderr


def test_failed_destroy_keeps_packs(pulumi: FakePulumi) -> None:
    pulumi.answers["destroy"] = (255, "", "")
    result = run("down", "--purge", "--yes")
    assert result.exit_code == 1
    assert not pulumi.calls_of("remove")


def test_orphans_are_removed(pulumi: FakePulumi, api: FakeApi) -> None:
    recorded = {"type": CONTAINER, "id": "id of packs"}
    pulumi.answers["stack export"] = (0, json.dumps({"deployment": {"resources": [recorded]}}), "")
    for name in ("packs", "packs-candidate"):
        api.add(name)
    api.add("packs-config-users-writer", state="created")
    api.add("other", stack="prod")
    result = run("down")
    done = pulumi.calls_of("stack dev", "stop", "remove container", "destroy")
    left = ["packs-candidate", "packs-config-users-writer"]
    steps = [f"{step} id of {name}" for name in left for step in ("stop", "remove container")]
    assert done[:-1] == ["stack dev", *steps]
    assert done[-1].startswith("destroy")
    message = f"Removed the containers {', '.join(left)}, left by an interrupted update"
    assert message in result.stderr


def test_orphans_without_state(pulumi: FakePulumi, api: FakeApi) -> None:
    pulumi.answers["stack export"] = NO_STACK
    api.add("packs-config-users-writer", state="created")
    result = run("down")
    assert "remove container id of packs-config-users-writer" in pulumi.calls
    assert "The registry of stack dev is not up. Nothing else was removed." in result.stderr


def test_registry_of_other_checkout(pulumi: FakePulumi, api: FakeApi) -> None:
    pulumi.answers["stack export"] = NO_STACK
    api.add("packs")
    result = run("down", "--purge", "--yes")
    assert result.exit_code == 1
    assert "A registry of stack dev already runs on the Docker host ssh://build" in result.stderr
    assert not pulumi.calls_of("stop", "remove")


def test_stack_is_not_up(pulumi: FakePulumi) -> None:
    for export in (
        (255, "", "error: no stack named 'edge' found"),
        (0, '{"deployment": {"resources": []}}', ""),
    ):
        pulumi.answers["stack export"] = export
        result = run("down", "--stack", "edge")
        assert result.stderr == "> The registry of stack edge is not up. Nothing was removed.\n"
        assert not pulumi.calls_of("destroy", "remove", "stack edge")


def test_previous_host(
    pulumi: FakePulumi,
) -> None:
    urn = "urn:pulumi:dev::pack-registry::pulumi:providers:docker::registry-docker-1"
    resources = [
        {"urn": urn, "type": "pulumi:providers:docker", "inputs": {"host": "ssh://old"}},
        {"type": "docker:index/container:Container", "provider": f"{urn}::id", "id": "1"},
    ]
    pulumi.answers["stack export"] = (0, json.dumps({"deployment": {"resources": resources}}), "")
    purged = run("down", "--purge", "--yes")
    assert purged.exit_code == 1
    assert (
        "According to its state, the registry of stack dev is on ssh://old, but dockerHost is "
        "ssh://build. PURGE=1 would look for its packs on the wrong host. Nothing was removed."
    ) in purged.output
    assert not pulumi.calls_of("destroy", "remove")
    result = run("down")
    assert (
        "The registry was removed. Packs that were in spectro-registry-data on ssh://old are still "
        "there."
    ) in result.output
    assert pulumi.calls_of("destroy")


def test_commands_name_the_stack(pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        DockerEngine, "volume_labels", lambda _, name: {"pack-registry.stack": "edge"}
    )
    for command in ("up", "down"):
        shown = run(command, "--stack", "edge").stderr
        commands = re.findall(r"`(make [^`]+)`", shown)
        assert commands, shown
        assert all(each.endswith("STACK=edge") for each in commands)
