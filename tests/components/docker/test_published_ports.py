"""New credentials are written beside the old ones and then given their name, so that the server never sees half a file."""

from __future__ import annotations

import docker.errors
import pulumi
import pytest

from common.errors import UserError
from components.docker import engine
from components.docker.reload import activate_htpasswd
from components.servers.distribution.paths import HTPASSWD_FILE, NEW_HTPASSWD_FILE
from tests.support.component import container, declare, uploads
from tests.support.fakes import FakeContainer, FakeDockerHost

SERVER, WRITER = "spectro-registry", "spectro-registry-config-users-writer"
LINK = ("link", f"{WRITER}:/config/{HTPASSWD_FILE} to {NEW_HTPASSWD_FILE}")


def host(server: str | None = "running") -> FakeDockerHost:
    """A host with a writer, and with a server in some state."""
    servers = [FakeContainer(SERVER, status=server)] if server else []
    return FakeDockerHost(FakeContainer(WRITER, status="created"), *servers)


def test_what_was_written_gets_the_name_that_the_server_reads() -> None:
    made = declare()
    assert f"/config/{NEW_HTPASSWD_FILE}" in uploads(made), "what was written"
    assert f"REGISTRY_AUTH_HTPASSWD_PATH=/auth/{HTPASSWD_FILE}" in container(made).inputs["envs"], (
        "what is read"
    )


def test_the_server_is_held_while_its_file_changes() -> None:
    running = host()
    activate_htpasswd(running, SERVER, WRITER)
    assert running.asked == [("pause", SERVER), LINK, ("unpause", SERVER)], (
        "requests wait for a moment, and none fails"
    )


@pytest.mark.parametrize("status", [None, "created", "exited"])
def test_a_server_that_does_not_run_is_not_held(status: str | None) -> None:
    stopped = host(status)
    activate_htpasswd(stopped, SERVER, WRITER)
    assert stopped.asked == [LINK], (
        "Docker refuses to pause such a container, and there may be none yet"
    )


def test_a_server_that_can_not_be_held_gets_its_credentials_all_the_same() -> None:
    class Unheld(FakeDockerHost):
        def _pause(self, identifier: str) -> None:
            raise docker.errors.APIError("container is not running")

    ending = Unheld(FakeContainer(WRITER, status="created"), FakeContainer(SERVER))
    activate_htpasswd(ending, SERVER, WRITER)
    assert ending.asked == [LINK], "what was not held is not released either"


class Unreleased(FakeDockerHost):
    """Refuses to let a held server go on, and shows it in given states after that, the last one for ever."""

    shown: list[str]

    def _unpause(self, identifier: str) -> None:
        self.asked.append(("unpause", identifier))
        self.held[identifier].status = self.shown.pop(0) if len(self.shown) > 1 else self.shown[0]
        raise docker.errors.APIError(
            "500 Server Error", explanation="cannot resume a stopped container"
        )


def unreleased(*shown: str) -> Unreleased:
    made = Unreleased(FakeContainer(WRITER, status="created"), FakeContainer(SERVER))
    made.shown = list(shown)
    return made


@pytest.mark.parametrize(
    "shown",
    [["restarting"], ["running"], ["exited"], ["paused", "paused", "restarting"]],
    ids="-".join,
)
def test_a_server_that_was_just_ending_when_it_was_held_is_left_to_docker(shown: list[str]) -> None:
    asked = [("pause", SERVER), LINK, *[("unpause", SERVER)] * len(shown)]
    ending = unreleased(*shown)
    activate_htpasswd(ending, SERVER, WRITER)
    assert ending.asked == asked, "whether it works is for the verification to say"


def test_a_server_that_can_not_be_released_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "ENDING_SECONDS", 0.3)
    with pytest.raises(
        UserError, match=r"written on it \(cannot resume a stopped container\); run"
    ):
        activate_htpasswd(unreleased("paused"), SERVER, WRITER)


def test_credentials_that_have_their_name_are_left_alone() -> None:
    running = host()
    running.linked.add(frozenset({HTPASSWD_FILE, NEW_HTPASSWD_FILE}))
    activate_htpasswd(running, SERVER, WRITER)
    assert running.asked == [], "an update that changes nothing must not hold the server"


def test_the_server_goes_on_when_the_change_fails() -> None:
    class Full(FakeDockerHost):
        def link(self, identifier: str, directory: str, name: str, target: str) -> None:
            raise OSError("no space left on device")

    running = Full(FakeContainer(WRITER, status="created"), FakeContainer(SERVER))
    with pytest.raises(UserError, match="no space left"):
        activate_htpasswd(running, SERVER, WRITER)
    assert running.asked == [("pause", SERVER), ("unpause", SERVER)], (
        "a registry that is held for ever is down"
    )


@pytest.mark.parametrize(
    "servers", [[], [FakeContainer(SERVER)]], ids=["no server yet", "a server"]
)
def test_a_writer_that_is_gone_is_told_with_what_brings_it_back(
    servers: list[FakeContainer],
) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        activate_htpasswd(FakeDockerHost(*servers), SERVER, WRITER)
    assert str(raised.value) == (
        "The container that writes the registry's files is gone; it was removed by other means than this program, "
        "or dockerHost (or DOCKER_HOST) names another Docker host than at the last update. "
        "Run the update with a refresh: `make up`, or `pulumi up --refresh`."
    ), "Pulumi's state says that it is there"
