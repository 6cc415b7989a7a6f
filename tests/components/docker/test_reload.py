"""Activation of new credentials without a failed request."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import docker.errors
import pytest

from common.errors import UserError
from common.labels import Owner
from components.docker import engine, reload
from components.docker.reload import Credentials, activate_htpasswd, reloader_spec
from components.docker.server_version import ServerVersion
from components.servers.paths import HTPASSWD_FILE, LOADED_HTPASSWD_FILE, NEW_HTPASSWD_FILE
from tests.support.component import container, declare, plan_of, uploads
from tests.support.fakes import FakeContainer, FakeEngine
from tests.support.flavors import ZOT

SERVER, WRITER = "spectro-registry", "spectro-registry-config-users-writer"
LINK = ("link", f"{WRITER}:/config/{HTPASSWD_FILE} to {NEW_HTPASSWD_FILE}")


OWNER = Owner("pack-registry", "test", "registry")


def activate(engine: FakeEngine, change: str = "", user: str = "", **settings: Any) -> None:
    """Activate credentials.

    :param change: a field of the server's version that the update changes.
    """
    held = engine.held.get(SERVER, FakeContainer(SERVER))
    version = ServerVersion.of(held.state)
    changed: dict[str, Any] = {change: 1 if change == "memory" else "another"} if change else {}
    version = replace(version, **changed)
    activate_htpasswd(engine, plan_of(**settings), OWNER, Credentials(WRITER, user, version))


def fake(server: str | None = "running") -> FakeEngine:
    """An engine with a writer, and with a server in this state."""
    servers = [FakeContainer(SERVER, status=server)] if server else []
    return FakeEngine(FakeContainer(WRITER, status="created"), *servers)


def test_writer_and_server_use_two_names() -> None:
    made = declare()
    assert f"/config/{NEW_HTPASSWD_FILE}" in uploads(made)
    assert f"REGISTRY_AUTH_HTPASSWD_PATH=/auth/{HTPASSWD_FILE}" in container(made).inputs["envs"]


def test_server_is_paused_meanwhile() -> None:
    running = fake()
    activate(running)
    assert running.changes == [("pause", SERVER), LINK, ("unpause", SERVER)]


@pytest.mark.parametrize("status", [None, "created", "exited"])
def test_stopped_server_is_not_paused(status: str | None) -> None:
    stopped = fake(status)
    activate(stopped)
    assert stopped.changes == [LINK]


def test_server_that_cannot_be_paused() -> None:
    class NotPausable(FakeEngine):
        def _pause(self, identifier: str) -> None:
            raise docker.errors.APIError("container is not running")

    ending = NotPausable(FakeContainer(WRITER, status="created"), FakeContainer(SERVER))
    activate(ending)
    assert ending.changes == [LINK], "it is not resumed either"


class NotResumable(FakeEngine):
    """Refuses to resume the server, and then shows its states in order, the last one for ever."""

    states: list[str]

    def _unpause(self, identifier: str) -> None:
        self.changes.append(("unpause", identifier))
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        self.held[identifier].status = state
        raise docker.errors.APIError(
            "500 Server Error", explanation="cannot resume a stopped container"
        )


def not_resumable(*states: str) -> NotResumable:
    made = NotResumable(FakeContainer(WRITER, status="created"), FakeContainer(SERVER))
    made.states = list(states)
    return made


@pytest.mark.parametrize(
    "states",
    [["restarting"], ["running"], ["exited"], ["paused", "paused", "restarting"]],
    ids="-".join,
)
def test_server_that_ended_while_paused(states: list[str]) -> None:
    expected = [("pause", SERVER), LINK, *[("unpause", SERVER)] * len(states)]
    ending = not_resumable(*states)
    activate(ending)
    assert ending.changes == expected, "the verification reports it"


def test_server_that_cannot_be_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "ENDING_SECONDS", 0.05)
    with pytest.raises(UserError, match=r"registry's users: cannot resume a stopped container\."):
        activate(not_resumable("paused"))


def test_active_credentials_need_no_pause() -> None:
    running = fake()
    running.linked.add(frozenset({HTPASSWD_FILE, NEW_HTPASSWD_FILE}))
    activate(running)
    assert running.changes == []


def test_server_is_resumed_after_error() -> None:
    class Full(FakeEngine):
        def hard_link(
            self, identifier: str, directory: str, name: str, target: str, owner: int = 0
        ) -> None:
            raise OSError("no space left on device")

    running = Full(FakeContainer(WRITER, status="created"), FakeContainer(SERVER))
    with pytest.raises(UserError, match="no space left"):
        activate(running)
    assert running.changes == [("pause", SERVER), ("unpause", SERVER)]


@pytest.mark.parametrize("servers", [[], [FakeContainer(SERVER)]], ids=["no server", "a server"])
def test_missing_writer(servers: list[FakeContainer]) -> None:
    with pytest.raises(UserError) as raised:
        activate(FakeEngine(*servers))
    assert str(raised.value) == (
        "The container that writes the registry's files does not exist. Another program removed "
        "it, or dockerHost (or DOCKER_HOST) is another Docker host than at the last update. "
        "Run the update with a refresh: `make up`, or `pulumi up --refresh`."
    )


RELOADER = f"{SERVER}-reload"
LOADED = ("link", f"{WRITER}:/config/{LOADED_HTPASSWD_FILE} to {HTPASSWD_FILE}")


class Ending(FakeEngine):
    """An engine whose started containers end at once, and whose server then reads its users."""

    line = '{"message":"loaded new configuration settings"}'

    def start_container(self, identifier: str) -> None:
        super().start_container(identifier)
        self.held[identifier].status = "exited"
        self.held[SERVER].log.append(self.line)


def test_zot_reads_users_again() -> None:
    running = Ending(FakeContainer(WRITER, status="created"), FakeContainer(SERVER))
    activate(running, **ZOT)
    assert running.changes == [
        ("pause", SERVER),
        LINK,
        ("unpause", SERVER),
        ("create", RELOADER),
        ("start", RELOADER),
        ("remove", RELOADER),
        LOADED,
    ]


def test_interrupted_reload_is_completed() -> None:
    running = Ending(FakeContainer(WRITER, status="created"), FakeContainer(SERVER))
    running.linked.add(frozenset({HTPASSWD_FILE, NEW_HTPASSWD_FILE}))
    activate(running, **ZOT)
    assert running.changes == [
        ("create", RELOADER),
        ("start", RELOADER),
        ("remove", RELOADER),
        LOADED,
    ]
    running.changes.clear()
    running.linked.add(frozenset({HTPASSWD_FILE, LOADED_HTPASSWD_FILE}))
    activate(running, **ZOT)
    assert running.changes == []


@pytest.mark.parametrize("status", [None, "created", "exited"])
def test_stopped_zot_reads_users_at_its_start(status: str | None) -> None:
    stopped = fake(status)
    activate(stopped, **ZOT)
    assert stopped.changes == [LINK, LOADED]


RELOAD = [("create", RELOADER), ("start", RELOADER), ("remove", RELOADER)]


class Failing(FakeEngine):
    """An engine whose reload process is in this state after its start."""

    state = ("running", 0)

    def start_container(self, identifier: str) -> None:
        super().start_container(identifier)
        self.held[identifier].status, self.held[identifier].exit_code = self.state


def failing(*state: Any) -> Failing:
    made = Failing(FakeContainer(WRITER, status="created"), FakeContainer(SERVER))
    made.linked.add(frozenset({HTPASSWD_FILE, NEW_HTPASSWD_FILE}))
    made.state = state
    return made


@pytest.mark.parametrize(
    "state", [("running", 0), ("created", 0), ("exited", 137), ("exited", 1)], ids=str
)
def test_failed_reload_restarts_server(
    state: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reload, "RELOAD_SECONDS", 0.02)
    running = failing(*state)
    activate(running, **ZOT)
    assert running.changes == [*RELOAD, ("restart", SERVER), LOADED]


@pytest.mark.parametrize(
    ("level", "line"),
    [
        ("info", '{"message":"config file changed, trying to reload config"}'),
        ("error", '{"message":"loaded new configuration settings"}'),
    ],
)
def test_users_that_are_not_read(level: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends well, and the server keeps its previous users."""
    monkeypatch.setattr(reload, "READ_SECONDS", 0.02)
    running = ending(line)
    activate(running, **ZOT, logLevel=level)
    assert running.changes == [*RELOAD, ("restart", SERVER), LOADED]


def test_users_are_read_with_quiet_log() -> None:
    running = ending('{"message":"config file changed, trying to reload config"}')
    activate(running, **ZOT, logLevel="error")
    assert running.changes == [*RELOAD, LOADED]


def test_unreadable_log_restarts_server() -> None:
    class Mute(Ending):
        def log_lines_since(self, identifier: str, start: datetime) -> list[str]:
            raise docker.errors.APIError("the log driver returns no lines")

    running = Mute(FakeContainer(WRITER, status="created"), FakeContainer(SERVER))
    running.linked.add(frozenset({HTPASSWD_FILE, NEW_HTPASSWD_FILE}))
    activate(running, **ZOT)
    assert running.changes == [*RELOAD, ("restart", SERVER), LOADED]


def ending(line: str) -> Ending:
    """An engine whose server logs a line when the reload process has ended."""
    made = Ending(FakeContainer(WRITER, status="created"), FakeContainer(SERVER))
    made.linked.add(frozenset({HTPASSWD_FILE, NEW_HTPASSWD_FILE}))
    made.line = line
    return made


def test_users_are_not_marked_if_restart_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise docker.errors.APIError("cannot restart")

    monkeypatch.setattr(reload, "RELOAD_SECONDS", 0.02)
    running = failing("running", 0)
    running.at_restart = fail
    with pytest.raises(UserError, match="cannot restart"):
        activate(running, **ZOT)
    assert running.changes == [*RELOAD, ("restart", SERVER)]


def test_removed_reload_process() -> None:
    class Removing(FakeEngine):
        def start_container(self, identifier: str) -> None:
            del self.held[identifier]

    removing = Removing(FakeContainer(WRITER, status="created"), FakeContainer(SERVER))
    removing.linked.add(frozenset({HTPASSWD_FILE, NEW_HTPASSWD_FILE}))
    activate(removing, **ZOT)
    assert removing.changes == [("create", RELOADER), ("restart", SERVER), LOADED]


def test_paused_zot_reads_users_again() -> None:
    paused = Ending(FakeContainer(WRITER, status="created"), FakeContainer(SERVER, status="paused"))
    paused.linked.add(frozenset({HTPASSWD_FILE, NEW_HTPASSWD_FILE}))
    activate(paused, **ZOT)
    assert paused.changes == [("unpause", SERVER), *RELOAD, LOADED]


def test_reloader_is_hardened() -> None:
    spec = reloader_spec(plan_of(**ZOT), OWNER, "sha256:1", "65532:65532")
    assert (spec.network_mode, spec.read_only_root) == ("none", True)
    assert spec.drop_capabilities == ["ALL"]
    assert spec.security_options == ["no-new-privileges:true"]
    assert [mount.target for mount in spec.mounts] == ["/config"], "it sees no pack"
    assert spec.memory > 0
    assert spec.pids_limit


def test_files_belong_to_user_of_zot() -> None:
    server = FakeContainer(SERVER, user="65532:65532")
    running = Ending(FakeContainer(WRITER, status="created"), server)
    activate(running, user="65532:65532", **ZOT)
    files = ("", f"/{HTPASSWD_FILE}", f"/{LOADED_HTPASSWD_FILE}")
    assert {running.owners[f"/config{name}"] for name in files} == {65532}
    assert ("start", RELOADER) in running.changes


@pytest.mark.parametrize("change", ["image_id", "fingerprint", "configuration"])
def test_replaced_server_is_not_reloaded(change: str) -> None:
    """Its configuration file may be another one, which it does not watch."""
    running = Ending(FakeContainer(WRITER, status="created"), FakeContainer(SERVER))
    activate(running, change, **ZOT)
    assert running.changes == [("pause", SERVER), LINK, ("unpause", SERVER)], "not marked as read"


def test_new_server_has_read_users() -> None:
    """The next update marks them as read."""
    server = FakeContainer(SERVER)
    server.created += timedelta(microseconds=1)
    running = Ending(FakeContainer(WRITER, status="created"), server)
    running.linked.add(frozenset({HTPASSWD_FILE, NEW_HTPASSWD_FILE}))
    activate(running, **ZOT)
    assert running.changes == [LOADED]


def test_server_with_new_memory_limit_is_reloaded() -> None:
    running = Ending(FakeContainer(WRITER, status="created"), FakeContainer(SERVER))
    activate(running, "memory", **ZOT)
    assert running.changes == [("pause", SERVER), LINK, ("unpause", SERVER), *RELOAD, LOADED]


def test_interrupted_replacement_reloads_users() -> None:
    """The update that replaces the server was interrupted, and its change was taken back."""
    running = Ending(FakeContainer(WRITER, status="created"), FakeContainer(SERVER))
    activate(running, "configuration", **ZOT)
    running.changes.clear()
    running.linked.add(frozenset({HTPASSWD_FILE, NEW_HTPASSWD_FILE}))
    activate(running, **ZOT)
    assert running.changes == [*RELOAD, LOADED]


def test_files_of_other_servers_belong_to_root() -> None:
    running = fake()
    activate(running)
    assert "/config" not in running.owners, "they are not inspected"
    assert running.owners[f"/config/{HTPASSWD_FILE}"] == 0


def test_watched_file_keeps_a_name() -> None:
    """The server may read the users only after they are marked as read."""
    running = Ending(FakeContainer(WRITER, status="created"), FakeContainer(SERVER))
    running.files.add(f"/config/{LOADED_HTPASSWD_FILE}")
    activate(running, **ZOT)
    previous = ("link", f"{WRITER}:/config/htpasswd-basic.previous to {LOADED_HTPASSWD_FILE}")
    assert running.changes[-2:] == [previous, LOADED]
