"""Hostile updates in a row: a registry that answers keeps answering."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import docker
import pytest
import urllib3
from pulumi import automation

from cli.pulumi.inline_program import serve_program
from common.wait import wait_until
from components.settings import Target
from components.tls import validation
from tests.engine.conftest import Factory
from tests.support.certificates import issue_chain
from tests.support.distribution import distribution_image, distribution_is_missing
from tests.support.docker import inspect, skip_or_fail
from tests.support.engine import EngineRegistry, run
from tests.support.flavors import DISTRIBUTION
from tests.support.hostile_certificates import HOSTNAME
from tests.support.hostile_chains import CASES
from tests.support.hostile_updates import certificate_updates, provided, settings_updates
from tests.support.live import expect_no_traceback
from tests.support.registry import expect_guides_answers, expect_oci_answers

Update = Callable[[], str]
REFUSED = {"server": {"extra": {"middleware": {"storage": [{"name": "nosuch"}]}}}}
INTERVAL = 0.03


@dataclasses.dataclass
class Prober:
    """A client that requests the health again and again, and trusts every certificate."""

    port: int
    failed: int = 0
    longest_gap: float = 0.0
    """Seconds between two answers."""
    _answered: float = dataclasses.field(default_factory=time.monotonic)
    _stopped: threading.Event = dataclasses.field(default_factory=threading.Event)

    def reset(self) -> None:
        """Begin to count."""
        self._answered, self.failed, self.longest_gap = time.monotonic(), 0, 0.0

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            thread.join()

    def _run(self) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        while not self._stopped.wait(INTERVAL):
            if self._is_healthy(context):
                now = time.monotonic()
                self.longest_gap = max(self.longest_gap, now - self._answered)
                self._answered = now
            else:
                self.failed += 1

    def _is_healthy(self, context: ssl.SSLContext) -> bool:
        with contextlib.suppress(OSError):
            plain = socket.create_connection(("127.0.0.1", self.port), timeout=10)
            with plain, context.wrap_socket(plain) as secured:
                secured.sendall(b"GET /health HTTP/1.0\r\nHost: registry.example.com\r\n\r\n")
                return secured.recv(20).startswith(b"HTTP/1.0 200")
        return False


@contextlib.contextmanager
def updating(registry: EngineRegistry) -> Iterator[Update]:
    """Yield an update as `make up` runs it: the CLI uses this process' program."""
    options = ("--yes", "--skip-preview", "--color", "never", "--suppress-outputs")
    with serve_program(Target.DOCKER) as served:

        def update() -> str:
            try:
                registry.said = run(registry.stack, "up", *options, *served.options)
            except automation.CommandError as error:
                expect_no_traceback(str(error))
                return str(error)
            return ""

        yield update


def usual_gap(registry: EngineRegistry, update: Update, prober: Prober) -> float:
    """Return the longest time without an answer when a harmless setting changes."""
    gaps = []
    for realm in ("First", "Second"):
        prober.reset()
        registry.write(realm=realm)
        assert update() == ""
        time.sleep(2 * INTERVAL)
        gaps.append(prober.longest_gap)
    return max(gaps)


def run_updates(
    registry: EngineRegistry, updates: Iterable[tuple[str, dict[str, Any]]]
) -> tuple[int, int]:
    """Run updates in a row, and return how many were rejected and accepted."""
    base = dict(registry.settings)
    rejected = accepted = 0
    outputs = registry.up()
    prober = Prober(registry.port)
    with updating(registry) as update, prober.running():
        bound = 3 * usual_gap(registry, update, prober) + 1
        for name, changes in updates:
            container = inspect(registry.stack_name)["Id"]
            registry.settings.clear()
            registry.write(**{**base, **changes})
            prober.reset()
            error = update()
            time.sleep(2 * INTERVAL)
            assert prober.longest_gap < bound, f"{name}: {error or 'accepted'}"
            if error:
                rejected += 1
                assert prober.failed == 0, f"{name}: the server must keep answering\n{error}"
                assert inspect(registry.stack_name)["Id"] == container, f"{name}: {error}"
                kept = ("No changes were made", "No resources were changed", "was not changed")
                assert any(each in error for each in kept), error
            else:
                accepted += 1
                assert inspect(registry.stack_name)["State"]["Status"] == "running", name
                assert not prober.failed or prober.longest_gap > INTERVAL, name
        registry.settings.clear()
        registry.write(**base)
    assert registry.containers() <= {*registry.containers_of_https, registry.writers[0]} | {
        f"{registry.stack_name}-config-configuration-writer"
    }, "no candidate remains"
    again = registry.up()
    assert again["adminPassword"] == outputs["adminPassword"]
    expect_guides_answers(again)
    return rejected, accepted


def test_certificates(new_registry: Factory) -> None:
    first = issue_chain(HOSTNAME)
    registry = new_registry(hostname=HOSTNAME, tls=provided(first.pem, first.leaf.key_pem))
    updates = [(name, {"tls": tls}) for name, tls in certificate_updates()]
    rejected, accepted = run_updates(registry, updates)
    assert rejected + accepted >= 40
    assert min(rejected, accepted) > 8, f"{rejected} rejected, {accepted} accepted"


def test_settings(new_registry: Factory) -> None:
    rejected, accepted = run_updates(new_registry(hostname=HOSTNAME), settings_updates())
    assert rejected + accepted > 30
    assert (rejected > 20, accepted >= 4) == (True, True), f"{rejected}, {accepted}"


def test_certificate_that_only_go_refuses(
    new_registry: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checks know this certificate. Without them, it is one that they don't know."""
    first = issue_chain(HOSTNAME)
    registry = new_registry(hostname=HOSTNAME, tls=provided(first.pem, first.leaf.key_pem))
    outputs = registry.up()
    container = inspect(registry.stack_name)["Id"]
    monkeypatch.setattr(validation, "check_server_certificate", lambda *_: iter(()))
    tls = provided(*CASES["serial number -1, server"]())
    registry.write(tls=tls, rotation="next")
    with updating(registry) as update:
        error = update()
    for part in (
        "The server with the new certificate failed verification.",
        "The running server was not changed: it keeps its certificate and its passwords.",
        "x509: negative serial number",
    ):
        assert part in error
    assert inspect(registry.stack_name)["Id"] == container
    expect_guides_answers(outputs)
    docker.from_env().api.restart(registry.stack_name)
    assert wait_until(lambda: is_up(registry), 20), "its files are the old ones"
    expect_guides_answers(outputs)
    shown = json.loads(run(registry.stack, "stack", "output", "--json", "--show-secrets"))
    assert shown == outputs, "the outputs describe the registry that runs"


def test_reason_of_distribution(new_registry: Factory) -> None:
    """The server of Distribution panics: a stack trace follows the reason."""
    skip_or_fail(distribution_is_missing(), "REQUIRE_DISTRIBUTION")
    with distribution_image() as image:
        registry = new_registry(**DISTRIBUTION, image=image)
        outputs = registry.up()
        container = inspect(registry.stack_name)["Id"]
        registry.write(**REFUSED)
        with updating(registry) as update:
            error = update()
        assert "panic: unable to configure storage middleware" in error
        assert "goroutine" not in error
        assert inspect(registry.stack_name)["Id"] == container
        expect_oci_answers(outputs)
        registry.down()


def is_up(registry: EngineRegistry) -> bool:
    """Return whether the server answers."""
    with contextlib.suppress(OSError, urllib3.exceptions.HTTPError):
        pool = urllib3.HTTPSConnectionPool("127.0.0.1", registry.port, cert_reqs="CERT_NONE")
        answer: urllib3.BaseHTTPResponse = pool.request("GET", "/health", retries=False)
        return answer.status == 200
    return False
