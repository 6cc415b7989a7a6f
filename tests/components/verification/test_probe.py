"""Verification of a stand-in registry, working and broken."""

from __future__ import annotations

import datetime
import socket
import threading
import time
from typing import Any

import pytest

from components.servers.distribution.routes import REGISTRY_APIS
from components.settings import Flavor
from components.tls import inspection
from components.verification.probe import Failure, Probe
from components.verification.tls_client import Endpoint, TlsTrust
from tests.support.certificates import Issued, issue, issue_chain
from tests.support.docker import free_port
from tests.support.registry_server import Registry, serving

NAME = "registry.test"


@pytest.fixture(scope="module")
def own() -> Issued:
    return issue(NAME, [NAME, "127.0.0.1"])


def probe(port: int, trust_pem: str, hostname: str = NAME, flavor: Flavor = Flavor.PACK) -> Probe:
    return Probe(
        Endpoint(hostname, "127.0.0.1", port, TlsTrust(trust_pem) if trust_pem else None),
        REGISTRY_APIS[flavor],
    )


def failures(
    registry: Registry,
    issued: Issued | None,
    trust_pem: str | None = None,
    hostname: str = NAME,
    chain: str = "",
    passwords: dict[str, str] | None = None,
    flavor: Flavor = Flavor.PACK,
) -> list[Failure]:
    """Run the checks of an update and return the failures."""
    trusted = issued.certificate_pem if issued and trust_pem is None else trust_pem or ""
    given = dict(registry.users) if passwords is None else passwords
    with serving(registry, issued, chain) as port:
        checks = probe(port, trusted, hostname, flavor)
        unhealthy = checks.wait_for_health(0.0, lambda: True)
        return [unhealthy] if unhealthy else checks.check_catalog(given)


def test_working_registry(own: Issued) -> None:
    registry = Registry()
    assert failures(registry, own) == [], "no failures"
    assert {path for path, _ in registry.seen} == {"/health", "/v1/_catalog"}, (
        "the checks in Palette's guide"
    )
    assert all(host.startswith(f"{NAME}:") for _, host in registry.seen), (
        "requests have the configured hostname"
    )


def test_working_oci_registry(own: Issued) -> None:
    registry = Registry(oci=True)
    assert failures(registry, own, flavor=Flavor.OCI) == [], (
        "CNCF Distribution is healthy if it asks for credentials"
    )
    assert {path for path, _ in registry.seen} == {"/v2/", "/v2/_catalog"}, (
        "it has neither /v1 nor /health"
    )


def test_open_oci_registry_fails_at_once(own: Issued) -> None:
    registry = Registry(oci=True, open_catalog=True)
    with serving(registry, own) as port:
        failure = probe(port, own.certificate_pem, flavor=Flavor.OCI).wait_for_health(
            30.0, lambda: True
        )
    assert failure, "it must ask for credentials"
    assert failure.request.endswith(
        "/v2/ without credentials (connected to 127.0.0.1), expected status 401"
    )
    assert len(registry.seen) == 1, "waiting does not help"


@pytest.mark.parametrize(("oci", "flavor"), [(True, Flavor.PACK), (False, Flavor.OCI)])
def test_other_flavor_fails(oci: bool, flavor: Flavor, own: Issued) -> None:
    (failure,) = failures(Registry(oci=oci), own, flavor=flavor)
    assert failure.status == 404, "it has other routes"


def test_oci_user_fails_for_each_path(own: Issued) -> None:
    found = failures(
        Registry(oci=True), own, flavor=Flavor.OCI, passwords={"spectro": "not the right one"}
    )
    assert [failure.user for failure in found] == ["spectro", "spectro"], (
        "the API root and the catalog"
    )


def test_working_registry_without_tls() -> None:
    assert failures(Registry(), None) == [], "HTTP mode is verified, too"


def test_ip_address_as_hostname(own: Issued) -> None:
    assert failures(Registry(), own, hostname="127.0.0.1") == [], "the certificate has an IP SAN"


def test_chain_with_exported_trust_anchors() -> None:
    chain = issue_chain(NAME)
    shown = chain.leaf.certificate_pem + chain.intermediate.certificate_pem
    for trusted in (
        inspection.trust_anchors(shown),
        inspection.trust_anchors(chain.pem),
        chain.root.certificate_pem,
    ):
        assert failures(Registry(), chain.leaf, trusted, chain=shown) == [], (
            "without the root, the intermediate is the trust anchor"
        )


def test_untrusted_certificate_fails(own: Issued) -> None:
    other = issue(NAME, [NAME])
    (failure,) = failures(Registry(), own, other.certificate_pem)
    assert "certificate verify failed" in failure.response, "another server may use the port"
    assert failure.status is None, "there was no response"


@pytest.mark.parametrize(
    ("served", "hostname", "reason"),
    [
        (
            issue(
                NAME, [NAME], begins=datetime.timedelta(days=-9), ends=datetime.timedelta(days=-2)
            ),
            NAME,
            "certificate has expired",
        ),
        (
            issue(NAME, [NAME], begins=datetime.timedelta(days=2)),
            NAME,
            "certificate is not yet valid",
        ),
        (issue(NAME, ["other.test"]), NAME, "other.test"),
        (issue("127.0.0.1", [NAME]), "127.0.0.1", "127.0.0.1"),
    ],
    ids=["expired", "not yet valid", "for another name", "without address"],
)
def test_invalid_certificate_fails(served: Issued, hostname: str, reason: str) -> None:
    (failure,) = failures(Registry(), served, hostname=hostname)
    assert reason in failure.response, "clients would reject it"


def test_response_body_is_reported(own: Issued) -> None:
    (failure,) = failures(Registry(health=[500], body="storage is\n\n  full\x1b[31m"), own)
    assert failure.request.startswith(f"GET https://{NAME}:")
    assert failure.request.endswith(
        "/health without credentials (connected to 127.0.0.1), expected status 200"
    )
    assert failure.response.startswith("500: storage is full"), "the body becomes one line"
    assert "\x1b" not in failure.response, "a response must not control the terminal"


def test_server_without_routes_fails(own: Issued) -> None:
    (failure,) = failures(Registry(routes=False), own)
    assert failure.status == 404, "another server, or the wrong image"


def test_closed_port_fails(own: Issued) -> None:
    failure = probe(free_port(), own.certificate_pem).wait_for_health(0.0, lambda: True)
    assert failure is not None, "no server is running"
    assert "Connection refused" in failure.response, "only the cause, without library classes"
    assert "HTTPSConnection" not in failure.response, "only the cause, without library classes"


def test_open_catalog_fails(own: Issued) -> None:
    (failure,) = failures(Registry(open_catalog=True), own)
    assert failure.request.endswith(
        "/v1/_catalog without credentials (connected to 127.0.0.1), expected status 401"
    )
    assert (failure.status, failure.user) == (200, None), "everyone can read the packs"


def test_any_password_fails(own: Issued) -> None:
    found = failures(Registry(any_password=True), own)
    assert [failure.status for failure in found] == [200], "the wrong password must be rejected"


def test_rejected_users_are_reported(own: Issued) -> None:
    found = failures(
        Registry(),
        own,
        passwords={"admin": "MARKER", "spectro": "spectro's own password", "ci": "MARKER"},
    )
    assert [(failure.status, failure.user) for failure in found] == [(401, "admin"), (401, "ci")], (
        "in the order of the users"
    )
    assert "as admin" in found[0].request, "the user is named"
    assert "MARKER" not in str(found), "messages never contain passwords"


@pytest.mark.parametrize("password", ["with:colons:in it", "Grüße ✓", " spaces around ", "%41+&?#"])
def test_passwords_are_unchanged(own: Issued, password: str) -> None:
    assert failures(Registry(users={"ci": password}), own) == [], (
        "basic authentication uses UTF-8, and passwords may contain colons"
    )


def test_wait_for_slow_start(own: Issued) -> None:
    registry = Registry(health=[503, 503, 503, 200])
    with serving(registry, own) as port:
        assert probe(port, own.certificate_pem).wait_for_health(30.0, lambda: True) is None, (
            "large registries start slowly"
        )
    assert len(registry.seen) == 4, "requested until healthy"


def test_wait_for_listening_server(own: Issued) -> None:
    port, result = free_port(), list[Any]()
    waiting = threading.Thread(
        target=lambda: result.append(probe(port, "").wait_for_health(30.0, lambda: True))
    )
    waiting.start()
    with socket.create_server(("127.0.0.1", port)) as listener:
        connection, _ = listener.accept()
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        waiting.join(timeout=10)
        connection.close()
    assert result == [None], "a container runs before its server listens"


def test_no_wait_for_ended_server(own: Issued) -> None:
    alive, began = iter([True, True, False]), time.monotonic()
    failure = probe(free_port(), own.certificate_pem).wait_for_health(15.0, lambda: next(alive))
    assert failure is not None, "an ended server does not become healthy"
    assert time.monotonic() - began < 10, "the wait ends early"


def test_redirect_fails(own: Issued) -> None:
    registry = Registry(health=[302])
    (failure,) = failures(registry, own)
    assert [path for path, _ in registry.seen] == ["/health"], "it is not followed"
    assert failure.status == 302, "another server would answer"


def test_proxies_are_ignored(own: Issued, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, f"http://127.0.0.1:{free_port()}")
    assert failures(Registry(), own) == [], "requests go directly to the server"
