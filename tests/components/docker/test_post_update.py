"""The end of an update: verification, its errors, and the process limit."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import docker.errors
import pulumi
import pytest

from components.docker import post_update, server_check
from components.docker.container_state import ContainerState
from components.docker.plan import DockerPlan
from components.docker.post_update import check_metrics, finish_update
from components.verification import metrics
from components.verification.diagnosis import VerificationError
from components.verification.tls_client import TlsTrust
from tests.support.certificates import Issued, issue
from tests.support.component import plan_of
from tests.support.docker import free_port
from tests.support.fakes import FakeContainer, FakeEngine
from tests.support.registry_server import Registry, serving

NAME = "spectro-registry"


@pytest.fixture(autouse=True)
def logged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Log messages. The server is not waited for."""
    messages: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_, **__: messages.append(text))
    monkeypatch.setattr(pulumi.log, "info", lambda text, *_, **__: messages.append(text))
    monkeypatch.setattr(server_check, "START_SECONDS", 0.0)
    monkeypatch.setattr(metrics, "ANSWER_SECONDS", 0.0)
    return messages


@pytest.fixture(scope="module")
def own() -> Issued:
    return issue("localhost", ["localhost"])


@contextlib.contextmanager
def running(
    registry: Registry, certificate: Issued, *containers: FakeContainer, **settings: Any
) -> Iterator[tuple[FakeEngine, DockerPlan]]:
    """An engine with a running registry, and the registry's plan."""
    with serving(registry, certificate) as port:
        yield (
            FakeEngine(*(containers or [FakeContainer(NAME)])),
            plan_of(port=port, **settings),
        )


def failure(engine: FakeEngine, plan: DockerPlan, trust_pem: str, passwords: dict[str, str]) -> str:
    with pytest.raises(VerificationError) as raised:
        finish_update(engine, plan, passwords, TlsTrust(trust_pem))
    return str(raised.value)


def test_healthy_registry(own: Issued, logged: list[str]) -> None:
    registry = Registry()
    with running(registry, own) as (engine, plan):
        finish_update(engine, plan, registry.users, TlsTrust(own.certificate_pem))
    assert engine.changes == []
    assert logged == []


def test_server_without_metrics_is_reported(own: Issued, logged: list[str]) -> None:
    registry = Registry()
    settings = {"metrics": {"port": free_port()}}
    with running(registry, own, **settings) as (engine, plan):
        finish_update(engine, plan, registry.users, TlsTrust(own.certificate_pem))
    (warning,) = logged
    assert f"http://127.0.0.1:{plan.process.metrics_port}/metrics (" in warning
    assert "Connection refused" in warning


def test_metrics_of_remote_host_are_not_verified(own: Issued, logged: list[str]) -> None:
    registry = Registry()
    with running(registry, own, metrics={"port": free_port()}) as (engine, plan):
        engine.url = "ssh://build.invalid"
        check_metrics(engine, plan)
    (note,) = logged
    assert note.startswith("metrics.address 127.0.0.1 can be reached only on the Docker host")


def test_upload_is_verified(own: Issued) -> None:
    registry = Registry(upload=500, body="UNKNOWN")
    container = FakeContainer(NAME, log=["mkdir /data/docker: permission denied"])
    storage = {"kind": "path", "path": "/srv/packs"}
    with running(registry, own, container, storage=storage) as (engine, plan):
        message = failure(engine, plan, own.certificate_pem, registry.users)
    assert "/v2/pack-registry-verification/blobs/uploads/ as admin " in message
    assert "  Response: 500: UNKNOWN\n" in message
    fix = "The server can't access the directory /srv/packs. On the Docker host, run "
    assert f"  Fix: {fix}" in message


def test_upload_location(own: Issued) -> None:
    registry = Registry()
    endpoint = "https://packs.example.com"
    with running(registry, own, publicEndpoint=endpoint) as (engine, plan):
        message = failure(engine, plan, own.certificate_pem, registry.users)
    assert f"and a Location at {endpoint}\n" in message
    assert "Fix: Clients would push to another URL. Set publicEndpoint" in message


def test_no_upload_without_password_of_admin(own: Issued) -> None:
    registry = Registry(upload=500)
    with running(registry, own) as (engine, plan):
        passwords = {"spectro": registry.users["spectro"]}
        finish_update(engine, plan, passwords, TlsTrust(own.certificate_pem))
    assert registry.writes == []


def test_process_limit(own: Issued) -> None:
    registry = Registry()
    container = FakeContainer(NAME, pids_limit=0)
    with running(registry, own, container, limits={"pids": 512}) as (engine, plan):
        finish_update(engine, plan, registry.users, TlsTrust(own.certificate_pem))
    assert engine.changes == [("limit", f"{NAME} 512")], "the Docker provider has no argument"


def test_without_verification(own: Issued) -> None:
    registry = Registry(health=[500])
    container = FakeContainer(NAME, pids_limit=0)
    with running(registry, own, container, verify=False) as (engine, plan):
        finish_update(engine, plan, registry.users, TlsTrust(own.certificate_pem))
    assert registry.seen == []
    assert engine.changes == [("limit", f"{NAME} 256")], "the limit is set nevertheless"


def test_server_ends_before_limit(own: Issued) -> None:
    class Ending(FakeEngine):
        def limit_processes(self, identifier: str, pids: int) -> None:
            self.held[NAME].status = "restarting"
            raise docker.errors.APIError(
                "500 Server Error", explanation="cannot update a stopped container"
            )

    container = FakeContainer(NAME, pids_limit=0, log=["panic: no such driver"])
    message = failure(Ending(container), plan_of(verify=False), own.certificate_pem, {})
    assert "Response: status restarting" in message, "this is the cause, not Docker's error"
    assert "panic: no such driver" in message


def test_unpauses_paused_server(own: Issued) -> None:
    registry = Registry()
    with running(registry, own, FakeContainer(NAME, status="paused")) as (engine, plan):
        finish_update(engine, plan, registry.users, TlsTrust(own.certificate_pem))
    assert engine.changes == [("unpause", NAME)], "an interrupted update left it paused"


def test_missing_container(own: Issued) -> None:
    assert failure(FakeEngine(), plan_of(), own.certificate_pem, {}) == (
        "The registry in the container spectro-registry failed verification.\n"
        "  Request: docker inspect spectro-registry, expecting a running container\n"
        "  Response: no such container, because another program removed it\n"
        "  Fix: Run the update with a refresh: `make up`, or `pulumi up --refresh`."
    )


def test_exited_container(own: Issued) -> None:
    log = ["starting", "open /certs/tls.key: permission denied"]
    engine = FakeEngine(FakeContainer(NAME, status="exited", exit_code=2, log=log))
    lines = failure(engine, plan_of(), own.certificate_pem, {}).split("\n")
    assert lines[2] == "  Response: status exited (exit code 2)"
    assert lines[-3:] == [
        "  End of the server's log:",
        "    starting",
        "    open /certs/tls.key: permission denied",
    ]


@pytest.mark.parametrize(
    ("log", "fix"),
    [
        (["open /certs/tls.key: permission denied"], "permission"),
        (["panic: no such driver"], "log"),
    ],
)
def test_restarting_container(log: list[str], fix: str, own: Issued) -> None:
    container = FakeContainer(NAME, status="restarting", exit_code=2, pids_limit=0, log=log)
    engine = FakeEngine(container)
    message = failure(engine, plan_of(verify=False), own.certificate_pem, {})
    lines = message.split("\n")
    assert lines[2] == "  Response: status restarting (exit code 2)"
    assert lines[3] == f"  Fix: {FIXES[fix]}", "a refresh does not help"
    assert lines[-1] == f"    {log[-1]}"
    assert engine.changes == [], "Docker rejects limits of an exiting container"


def test_restarting_container_is_verified(own: Issued) -> None:
    registry = Registry()
    with running(registry, own, FakeContainer(NAME, status="restarting")) as (engine, plan):
        finish_update(engine, plan, registry.users, TlsTrust(own.certificate_pem))
    assert engine.changes == [], "it may be healthy after its second start"


def test_server_ends_during_wait(own: Issued, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_check, "START_SECONDS", 15.0)

    class Ending(FakeEngine):
        def container(self, name: str) -> ContainerState | None:
            found = super().container(name)
            self.held[name].status = "exited"
            return found

    engine = Ending(FakeContainer(NAME, log=["open /certs/tls.key: permission denied"]))
    start = time.monotonic()
    message = failure(engine, plan_of(port=free_port()), own.certificate_pem, {})
    assert time.monotonic() - start < 10, "it does not wait for a container that ended"
    assert "Connection refused" in message
    assert "set server.privateKeyMode to 0444" in " ".join(message.split())
    assert message.endswith("    open /certs/tls.key: permission denied"), (
        "the log is last, because it may be long"
    )


FIXES = {
    "permission": (
        "The server can't access one of its files. If its image does not run as root, set "
        "server.privateKeyMode to 0444 and make the user of the image the owner of the data "
        "directory."
    ),
    "read-only": "The server writes to its root file system. Set server.readOnlyRoot to false.",
    "other key": (
        "The server presents a self-signed certificate that is not in caCertificate. If another "
        "service uses this port, change port. Otherwise run the update again, so that the server "
        "loads its current certificate."
    ),
    "other name": (
        "The server presents a certificate for other names. If another service uses this port, "
        "change port. Otherwise set a certificate that includes hostname."
    ),
    "refused": (
        "The server rejects a password that was just set. Check its log, then change rotation to "
        "generate new passwords."
    ),
    "log": "Read the log below, check the settings that it names, then update again.",
    "routes": (
        "The server does not have the routes of its flavor. Set image to a spectro-registry image, "
        "or set flavor to match the image."
    ),
}


@pytest.mark.parametrize(
    ("registry", "log", "fix"),
    [
        (Registry(health=[500]), ["open /certs/tls.key: Permission denied"], "permission"),
        (Registry(health=[500]), ["mkdir /var/cache: Read-only file system"], "read-only"),
        (Registry(routes=False), [], "routes"),
    ],
)
def test_fix_matches_failure(registry: Registry, log: list[str], fix: str, own: Issued) -> None:
    with running(registry, own, FakeContainer(NAME, log=log)) as (engine, plan):
        message = failure(engine, plan, own.certificate_pem, registry.users)
    assert f"  Fix: {FIXES[fix]}" in message.split("\n")


@pytest.mark.parametrize("san", ["localhost", "other.test"], ids=["other key", "other name"])
def test_unexpected_certificate(san: str, own: Issued) -> None:
    served = issue("localhost", [san])
    trusted = own if san == "localhost" else served
    with running(Registry(), served) as (engine, plan):
        message = failure(engine, plan, trusted.certificate_pem, {})
    fix = FIXES["other key" if san == "localhost" else "other name"]
    assert f"  Fix: {fix}" in message.split("\n")


def test_open_catalog(own: Issued) -> None:
    registry = Registry(open_catalog=True)
    with running(registry, own) as (engine, plan):
        message = failure(engine, plan, own.certificate_pem, registry.users)
    assert "Response: 200" in message
    assert "Read the log below" not in message, "the server has no log"
    assert ("restart", NAME) not in engine.changes, "a restart does not help"


def test_empty_log(own: Issued) -> None:
    with running(Registry(health=[500]), own) as (engine, plan):
        message = failure(engine, plan, own.certificate_pem, {})
    assert "End of the server's log" not in message
    assert "log below" not in message


def test_unreadable_log(own: Issued) -> None:
    class Mute(FakeEngine):
        def last_log_lines(self, identifier: str, count: int = 15) -> list[str]:
            raise OSError("the log driver is none")

    with serving(Registry(health=[500]), own) as port:
        engine, plan = Mute(FakeContainer(NAME)), plan_of(port=port)
        message = failure(engine, plan, own.certificate_pem, {})
    assert "Response: 500" in message, "the failure is reported without the log"


def test_restart_for_new_passwords(own: Issued, logged: list[str]) -> None:
    registry = Registry(users={"admin": "an old password"})
    with running(registry, own) as (engine, plan):
        engine.at_restart = lambda: registry.users.update(admin="a new password")
        finish_update(engine, plan, {"admin": "a new password"}, TlsTrust(own.certificate_pem))
    assert engine.changes == [("restart", NAME)]
    assert logged == [
        (
            "The server rejected new passwords, because it did not re-read the htpasswd file. It "
            "is being restarted, which interrupts its clients for a moment."
        )
    ]


def test_busy_server_is_not_restarted(own: Issued, logged: list[str]) -> None:
    """A server that was asked to read its users reads them some time later."""
    registry = Registry(users={"admin": "an old password"})
    later = threading.Timer(0.05, registry.users.update, kwargs={"admin": "a new password"})
    with running(registry, own) as (engine, plan):
        asked = replace(plan, process=replace(plan.process, reload_command=["reload"]))
        later.start()
        finish_update(engine, asked, {"admin": "a new password"}, TlsTrust(own.certificate_pem))
    assert (engine.changes, logged) == ([], [])


def test_no_restart_for_unhealthy_server(own: Issued) -> None:
    with running(Registry(health=[401]), own) as (engine, plan):
        message = failure(engine, plan, own.certificate_pem, {"admin": "x"})
    assert engine.changes == [], "the health check uses no password"
    assert "/health without credentials" in message


def test_rejected_passwords(own: Issued) -> None:
    with running(Registry(), own) as (engine, plan):
        passwords = {"ci": "MARKER of a password"}
        message = failure(engine, plan, own.certificate_pem, passwords)
    assert engine.changes == [("restart", NAME)], "one restart"
    assert "as ci " in message
    assert f"  Fix: {FIXES['refused']}" in message.split("\n")
    assert "MARKER" not in message, "passwords are never shown"


def test_many_failures(own: Issued) -> None:
    with running(Registry(), own) as (engine, plan):
        passwords = {f"user-{number}": "x" for number in range(9)}
        lines = failure(engine, plan, own.certificate_pem, passwords).split("\n")
    assert sum(line.startswith("  Request: ") for line in lines) == 5
    assert "  (4 more failed requests)" in lines


def test_dns_note(own: Issued, logged: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    note = "a note on {} at {}".format
    monkeypatch.setattr(post_update, "dns_note", note)
    registry = Registry()
    with running(registry, own) as (engine, plan):
        finish_update(engine, plan, registry.users, TlsTrust(own.certificate_pem))
    assert logged == ["a note on localhost at 127.0.0.1"], "it is not an error"
