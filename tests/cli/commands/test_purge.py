"""``make down PURGE=1``."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from cli.commands import down
from components.docker.connection import docker
from components.docker.engine import DockerEngine
from components.settings import Settings
from tests.cli.commands.fakes import CONTAINER, NO_STACK, FakeApi, run
from tests.support.commands import FakePulumi


def test_confirmation(pulumi: FakePulumi) -> None:
    result = run("down", "--purge", answer="n\n")
    assert result.exit_code == 1
    assert result.stderr.endswith("x Nothing was removed.\n")
    assert not pulumi.calls_of("destroy", "remove")
    assert "all packs in spectro-registry-data" in result.stderr


def test_no_terminal(pulumi: FakePulumi) -> None:
    result = run("down", "--purge", "--stack", "dev")
    assert result.exit_code == 1
    assert "To skip the prompt, run `make down PURGE=1 YES=1`." in result.stderr
    assert "x PURGE=1 needs a confirmation" in result.stderr
    assert not pulumi.calls_of("destroy", "remove")


def test_packs_after_registry(pulumi: FakePulumi) -> None:
    for arguments, answer in ((["--purge"], "y\n"), (["--purge", "--yes"], None)):
        pulumi.calls.clear()
        result = run("down", *arguments, answer=answer)
        done = pulumi.calls_of("destroy", "remove")
        assert [call.split()[0] for call in done] == ["destroy", "remove"]
        assert done[1] == "remove spectro-registry-data at ssh://build"
        assert "The registry was removed. Its packs were deleted." in result.stderr


def test_volume_in_use(pulumi: FakePulumi, api: FakeApi) -> None:
    api.add("packs", volume="spectro-registry-data")
    pulumi.answers["stack export"] = (
        0,
        json.dumps({"deployment": {"resources": [{"type": CONTAINER, "id": "id of packs"}]}}),
        "",
    )
    assert run("down", "--purge", "--yes").exit_code == 0
    pulumi.calls.clear()
    for name in ("backup", "a-backup-that-has-ended"):
        api.add(name, stack="", volume="spectro-registry-data")
    api.add("another", stack="", volume="another")
    result = run("down", "--purge", "--yes")
    users = "the containers a-backup-that-has-ended, backup"
    assert result.exit_code == 1
    assert result.stderr == (
        f"x The volume spectro-registry-data is in use by {users}. Docker can't remove a volume "
        "that a container uses, even if the container has exited. Nothing was removed. "
        f"Remove {users}, then run `make down PURGE=1` again.\n"
    )
    assert not pulumi.calls_of("destroy", "stop", "remove")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            docker.errors.APIError(
                "409 Client Error", explanation="remove x: volume is in use - [4f]"
            ),
            "remove x: volume is in use - [4f]",
        ),
        (
            requests.ReadTimeout("Read timed out. (read timeout=30)"),
            "Read timed out. (read timeout=30)",
        ),
    ],
    ids=["rejected", "timeout"],
)
def test_docker_error(
    pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def fail(*_: Any) -> bool:
        raise error

    monkeypatch.setattr(DockerEngine, "remove_volume", fail)
    result = run("down", "--purge", "--yes")
    message = (
        "x The registry of stack dev could not be removed completely: "
        f"Docker error ({reason}). Fix it, then run `make down PURGE=1`.\n"
    )
    assert (result.exit_code, result.stderr) == (1, message)


def test_directory_is_kept(pulumi: FakePulumi) -> None:
    pulumi.answers["stack output"] = (0, '{"dataVolume": "/srv/packs"}', "")
    result = run("down", "--purge", "--yes")
    assert not pulumi.calls_of("remove")
    assert "To delete them, run `sudo rm -r /srv/packs`." in result.stderr


@pytest.mark.parametrize(
    ("storage", "removed"),
    [
        ({"kind": "nfs", "nfs": {"server": "nfs.example.com", "export": "/x"}}, None),
        ({"volume": "mine"}, "mine"),
        ({"kind": "memory"}, None),
        ({"kind": "s3", "s3": {"bucket": "packs", "region": "eu-central-1"}}, None),
    ],
)
def test_configured_storage(
    pulumi: FakePulumi,
    monkeypatch: pytest.MonkeyPatch,
    storage: dict[str, Any],
    removed: str | None,
) -> None:
    pulumi.answers["stack export"] = NO_STACK
    given = Settings.model_validate(
        {"hostname": "packs.example.com", "containerName": "packs", "storage": storage}
    )
    monkeypatch.setattr(down, "operational_settings", lambda _: given)
    run("down", "--purge", "--yes")
    done = [call.split()[1] for call in pulumi.calls_of("remove")]
    assert done == ([removed] if removed else [])


def test_mounting_volume(pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi.answers["stack output"] = (0, '{"dataVolume": "packs-data-nfs-1"}', "")
    storage = {"kind": "nfs", "nfs": {"server": "nfs.example.com", "export": "/x"}}
    given = Settings.model_validate({"hostname": "packs.example.com", "storage": storage})
    monkeypatch.setattr(down, "operational_settings", lambda _: given)
    result = run("down", "--purge", "--yes")
    assert "Its packs were not in a volume on the Docker host." in result.stderr
    assert not pulumi.calls_of("remove pack")


def test_stack_without_state(pulumi: FakePulumi) -> None:
    pulumi.answers |= {
        "stack output": (0, "{}", ""),
        "stack export": NO_STACK,
    }
    run("down", "--purge", "--yes")
    assert not pulumi.calls_of("destroy", "stack dev")
    assert "remove packs-data at ssh://build" in pulumi.calls


def test_volume_of_other_stack(pulumi: FakePulumi) -> None:
    result = run("down", "--purge", "--yes", "--stack", "prod")
    assert result.exit_code == 1
    assert result.stderr == (
        "x The volume spectro-registry-data has the packs of the stack dev. Nothing was removed.\n"
    )
    assert not pulumi.calls_of("destroy", "remove")
