"""The end of an update: the limit of processes, the proof, and what is said when it fails."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import docker.errors
import pulumi
import pytest

from components.docker import post_update, server_check
from components.docker.engine import ContainerState
from components.docker.post_update import finish_update
from components.validation import validate_settings
from components.verification.diagnosis import VerificationError
from components.verification.probe import TlsTrust
from tests.support.certificates import Issued, issue
from tests.support.docker import free_port
from tests.support.docker_hosts import FakeContainer, FakeDockerHost
from tests.support.registry_server import Registry, serving

NAME = "spectro-registry"


@pytest.fixture(autouse=True)
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said beside errors; and nobody waits a minute here."""
    heard: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_, **__: heard.append(text))
    monkeypatch.setattr(pulumi.log, "info", lambda text, *_, **__: heard.append(text))
    monkeypatch.setattr(server_check, "START_SECONDS", 0.0)
    return heard


@pytest.fixture(scope="module")
def own() -> Issued:
    return issue("localhost", ["localhost"])


@contextlib.contextmanager
def running(
    registry: Registry, issued: Issued, *containers: FakeContainer, **given: Any
) -> Iterator[tuple[FakeDockerHost, Any]]:
    """A host on which a registry runs, and its settings."""
    with serving(registry, issued) as port:
        yield (
            FakeDockerHost(*(containers or [FakeContainer(NAME)])),
            validate_settings({"hostname": "localhost", "port": port, **given}, "a test"),
        )


def failure(host: FakeDockerHost, settings: Any, trust_pem: str, passwords: dict[str, str]) -> str:
    with pytest.raises(VerificationError) as raised:
        finish_update(host, settings, passwords, TlsTrust(trust_pem))
    return str(raised.value)


def test_a_right_registry_passes_without_a_word(own: Issued, said: list[str]) -> None:
    registry = Registry()
    with running(registry, own) as (host, settings):
        finish_update(host, settings, registry.users, TlsTrust(own.certificate_pem))
    assert host.asked == [], "nothing was out of line"
    assert said == [], "nothing is to be said"


def test_the_limit_of_processes_is_set_where_it_is_another(own: Issued) -> None:
    registry = Registry()
    with running(registry, own, FakeContainer(NAME, pids_limit=0), limits={"pids": 512}) as (
        host,
        settings,
    ):
        finish_update(host, settings, registry.users, TlsTrust(own.certificate_pem))
    assert host.asked == [("limit", f"{NAME} 512")], "the Docker provider has no argument for it"


def test_a_proof_that_is_not_wanted_is_left_out(own: Issued) -> None:
    registry = Registry(health=[500])
    with running(registry, own, FakeContainer(NAME, pids_limit=0), verify=False) as (
        host,
        settings,
    ):
        finish_update(host, settings, registry.users, TlsTrust(own.certificate_pem))
    assert registry.seen == [], "verify: false"
    assert host.asked == [("limit", f"{NAME} 256")], "the limit is no part of the proof"


def test_a_server_that_ends_while_its_processes_are_limited_is_told_with_its_log(
    own: Issued,
) -> None:
    class Ending(FakeDockerHost):
        def limit_processes(self, identifier: str, pids: int) -> None:
            self.held[NAME].status = "restarting"
            raise docker.errors.APIError(
                "500 Server Error", explanation="cannot update a stopped container"
            )

    settings = validate_settings({"hostname": "localhost", "verify": False}, "a test")
    told = failure(
        Ending(FakeContainer(NAME, pids_limit=0, log=["panic: no such driver"])),
        settings,
        own.certificate_pem,
        {},
    )
    assert "Response: its status is restarting" in told, (
        "Docker can't limit it, and that is not what is wrong"
    )
    assert "panic: no such driver" in told, "its log says what is"


def test_a_server_that_an_interrupted_update_left_held_goes_on(own: Issued) -> None:
    registry = Registry()
    with running(registry, own, FakeContainer(NAME, status="paused")) as (host, settings):
        finish_update(host, settings, registry.users, TlsTrust(own.certificate_pem))
    assert host.asked == [("unpause", NAME)], (
        "it is held while its credentials change, and that update never came to its end"
    )


def test_a_container_that_is_gone_is_told_with_what_brings_it_back(own: Issued) -> None:
    settings = validate_settings({"hostname": "localhost"}, "a test")
    assert failure(FakeDockerHost(), settings, own.certificate_pem, {}) == (
        "The registry in the container spectro-registry failed verification.\n"
        "  Request: docker inspect spectro-registry, expecting a running container\n"
        "  Response: there is no such container; it was removed by other means than this program\n"
        "  Fix: run the update with a refresh: `make up`, or `pulumi up --refresh`"
    ), "Pulumi's state says that it is there"


def test_a_container_that_has_ended_is_told_with_its_log(own: Issued) -> None:
    settings = validate_settings({"hostname": "localhost"}, "a test")
    host = FakeDockerHost(
        FakeContainer(
            NAME,
            status="exited",
            exit_code=2,
            log=["starting", "open /certs/tls.key: permission denied"],
        )
    )
    told = failure(host, settings, own.certificate_pem, {}).split("\n")
    assert told[2] == "  Response: its status is exited (exit code 2)", "what Docker says of it"
    assert told[-3:] == [
        "  End of the server's log:",
        "    starting",
        "    open /certs/tls.key: permission denied",
    ], "the reason is in the log"


@pytest.mark.parametrize(
    ("log", "advice"),
    [
        (["open /certs/tls.key: permission denied"], "permission"),
        (["panic: no such driver"], "log"),
    ],
)
def test_a_server_that_ends_again_and_again_is_told_without_a_proof_too(
    log: list[str], advice: str, own: Issued
) -> None:
    settings = validate_settings({"hostname": "localhost", "verify": False}, "a test")
    host = FakeDockerHost(
        FakeContainer(NAME, status="restarting", exit_code=2, pids_limit=0, log=log)
    )
    told = failure(host, settings, own.certificate_pem, {}).split("\n")
    assert told[2] == "  Response: its status is restarting (exit code 2)", (
        "it is not up, and nobody must be told that it is"
    )
    assert told[3] == f"  Fix: {ADVICE[advice]}", "a refresh would not mend it"
    assert told[-1] == f"    {log[-1]}", "the reason is in the log"
    assert host.asked == [], "Docker can't limit a container that is just ending"


def test_a_server_that_restarts_is_waited_for_where_it_is_proven(own: Issued) -> None:
    registry = Registry()
    with running(registry, own, FakeContainer(NAME, status="restarting")) as (host, settings):
        finish_update(host, settings, registry.users, TlsTrust(own.certificate_pem))
    assert host.asked == [], (
        "it may be well at its second start, and its proof tells more than its state"
    )


def test_a_server_that_ends_while_it_is_waited_for_is_told_with_its_log(
    own: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_check, "START_SECONDS", 15.0)

    class Ending(FakeDockerHost):
        def container(self, name: str) -> ContainerState | None:
            found = super().container(name)
            self.held[name].status = "exited"
            return found

    host = Ending(FakeContainer(NAME, log=["open /certs/tls.key: permission denied"]))
    began = time.monotonic()
    told = failure(
        host,
        validate_settings({"hostname": "localhost", "port": free_port()}, "a test"),
        own.certificate_pem,
        {},
    )
    assert time.monotonic() - began < 10, (
        "a container that has ended does not become well by waiting"
    )
    assert "Connection refused" in told, "what came back"
    assert "set server.privateKeyMode to 0444" in told, "the log says what to do"
    assert told.endswith("    open /certs/tls.key: permission denied"), (
        "the log is last, for it may be long"
    )


ADVICE = {
    "permission": (
        "The server can't access one of its files. If its image does not run as root, set "
        "server.privateKeyMode to 0444 and make the user of the image the owner of the data "
        "directory."
    ),
    "read-only": "The server writes to its root file system. Set server.readOnlyRoot to false.",
    "self-signed": (
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
    ("registry", "log", "advice"),
    [
        (Registry(health=[500]), ["open /certs/tls.key: Permission denied"], "permission"),
        (Registry(health=[500]), ["mkdir /var/cache: Read-only file system"], "read-only"),
        (Registry(routes=False), [], "routes"),
    ],
)
def test_the_advice_fits_the_failure(
    registry: Registry, log: list[str], advice: str, own: Issued
) -> None:
    with running(registry, own, FakeContainer(NAME, log=log)) as (host, settings):
        told = failure(host, settings, own.certificate_pem, registry.users)
    assert f"  Fix: {ADVICE[advice]}" in told.split("\n"), (
        "a failure without a way out is half a message"
    )


def test_another_servers_certificate_is_told_as_such(own: Issued) -> None:
    stranger = issue("localhost", ["localhost"])
    with running(Registry(), stranger) as (host, settings):
        told = failure(host, settings, own.certificate_pem, {})
    assert f"  Fix: {ADVICE['self-signed']}" in told.split("\n"), (
        "the log of this container would say nothing of it"
    )


def test_a_certificate_for_another_name_is_told_as_such() -> None:
    served = issue("localhost", ["other.test"])
    with running(Registry(), served) as (host, settings):
        told = failure(host, settings, served.certificate_pem, {})
    assert f"  Fix: {ADVICE['other name']}" in told.split("\n"), (
        "the log of this container would say nothing of it"
    )


def test_an_open_catalog_is_told_with_what_closes_it(own: Issued) -> None:
    registry = Registry(open_catalog=True)
    with running(registry, own) as (host, settings):
        told = failure(host, settings, own.certificate_pem, registry.users)
    assert "Response: 200" in told, "the packs are open to everybody"
    assert "Read the log below" not in told, "there is no log below, and it would say nothing of it"
    assert ("restart", NAME) not in host.asked, "a restart does not close it"


def test_without_a_log_none_is_referred_to(own: Issued) -> None:
    with running(Registry(health=[500]), own) as (host, settings):
        told = failure(host, settings, own.certificate_pem, {})
    assert "End of the server's log" not in told, "there are none"
    assert "log below" not in told, "there is none below"


def test_a_log_that_can_not_be_had_does_not_hide_the_failure(own: Issued) -> None:
    class Mute(FakeDockerHost):
        def last_log_lines(self, identifier: str, count: int = 15) -> list[str]:
            raise OSError("the log driver is none")

    with serving(Registry(health=[500]), own) as port:
        told = failure(
            Mute(FakeContainer(NAME)),
            validate_settings({"hostname": "localhost", "port": port}, "a test"),
            own.certificate_pem,
            {},
        )
    assert "Response: 500" in told, "the log is only an addition"


def test_new_passwords_that_are_refused_are_taken_after_a_restart(
    own: Issued, said: list[str]
) -> None:
    registry = Registry(users={"admin": "an old password"})
    with running(registry, own) as (host, settings):
        host.at_restart = lambda: registry.users.update(admin="a new password")
        finish_update(host, settings, {"admin": "a new password"}, TlsTrust(own.certificate_pem))
    assert host.asked == [("restart", NAME)], (
        "a server image that does not re-read its htpasswd file"
    )
    assert said == [
        "The server refused new passwords: it did not re-read the htpasswd file. It is restarted, which interrupts its clients for a moment."
    ], "whoever is interrupted must be able to find out why"


def test_a_health_that_asks_for_credentials_is_no_matter_of_passwords(own: Issued) -> None:
    with running(Registry(health=[401]), own) as (host, settings):
        told = failure(host, settings, own.certificate_pem, {"admin": "x"})
    assert host.asked == [], "a restart interrupts clients, and would change nothing"
    assert "/health without credentials" in told, "what was tried"


def test_passwords_that_are_refused_after_a_restart_too_are_told(own: Issued) -> None:
    with running(Registry(), own) as (host, settings):
        told = failure(host, settings, own.certificate_pem, {"ci": "MARKER of a password"})
    assert host.asked == [("restart", NAME)], "one restart, no more"
    assert "as ci " in told, "who was refused"
    assert f"  Fix: {ADVICE['refused']}" in told.split("\n"), "what to do"
    assert "MARKER" not in told, "a password is never told"


def test_many_failures_of_a_kind_are_counted(own: Issued) -> None:
    with running(Registry(), own) as (host, settings):
        told = failure(
            host, settings, own.certificate_pem, {f"user-{number}": "x" for number in range(9)}
        ).split("\n")
    assert sum(line.startswith("  Request: ") for line in told) == 5, (
        "five are enough to see what they have in common"
    )
    assert "  (4 more failed requests)" in told, "the rest is counted"


def test_a_name_that_leads_elsewhere_is_noted_and_no_failure(
    own: Issued, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        post_update, "dns_note", lambda hostname, address: f"a note on {hostname} at {address}"
    )
    registry = Registry()
    with running(registry, own) as (host, settings):
        finish_update(host, settings, registry.users, TlsTrust(own.certificate_pem))
    assert said == ["a note on localhost at 127.0.0.1"], "DNS need not exist yet"
