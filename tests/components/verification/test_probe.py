"""The proof of a registry, against a server that plays right and wrong ones."""

from __future__ import annotations

import datetime
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from common.types.network import is_ip
from components.servers.distribution.routes import REGISTRY_APIS
from components.settings import Flavor
from components.tls import pem
from components.verification.probe import Endpoint, Failure, Probe, TlsTrust, name_note
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
    """What the proof finds, as an update does it."""
    trusted = issued.certificate_pem if issued and trust_pem is None else trust_pem or ""
    given = dict(registry.users) if passwords is None else passwords
    with serving(registry, issued, chain) as port:
        asked = probe(port, trusted, hostname, flavor)
        unhealthy = asked.wait_for_health(0.0, lambda: True)
        return [unhealthy] if unhealthy else asked.check_catalog(given)


def test_a_right_registry_passes(own: Issued) -> None:
    registry = Registry()
    assert failures(registry, own) == [], "there is nothing to tell"
    assert {path for path, _ in registry.seen} == {"/health", "/v1/_catalog"}, (
        "the guide's two checks"
    )
    assert all(host.startswith(f"{NAME}:") for _, host in registry.seen), (
        "the server is asked for its configured name, whatever DNS says"
    )


def test_a_right_oci_registry_passes(own: Issued) -> None:
    registry = Registry(oci=True)
    assert failures(registry, own, flavor=Flavor.OCI) == [], (
        "401 for strangers is the health of CNCF Distribution"
    )
    assert {path for path, _ in registry.seen} == {"/v2/", "/v2/_catalog"}, (
        "it has neither /v1 nor /health"
    )


def test_an_oci_registry_that_lets_in_strangers_is_told_at_once(own: Issued) -> None:
    registry = Registry(oci=True, open_catalog=True)
    with serving(registry, own) as port:
        failure = probe(port, own.certificate_pem, flavor=Flavor.OCI).wait_for_health(
            30.0, lambda: True
        )
    assert failure, "200 without credentials is no health"
    assert failure.tried.endswith(
        "/v2/ without credentials (connected to 127.0.0.1), expecting 401"
    ), "what was tried"
    assert len(registry.seen) == 1, "it does not get better"


@pytest.mark.parametrize(("oci", "flavor"), [(True, Flavor.PACK), (False, Flavor.OCI)])
def test_a_registry_of_the_other_flavor_does_not_pass(
    oci: bool, flavor: Flavor, own: Issued
) -> None:
    (failure,) = failures(Registry(oci=oci), own, flavor=flavor)
    assert failure.status == 404, "its routes are others"


def test_a_user_whom_an_oci_registry_refuses_is_told_for_each_path(own: Issued) -> None:
    found = failures(
        Registry(oci=True), own, flavor=Flavor.OCI, passwords={"spectro": "not the right one"}
    )
    assert [failure.user for failure in found] == ["spectro", "spectro"], (
        "the root of the API and the catalog"
    )


def test_a_right_registry_passes_without_tls() -> None:
    assert failures(Registry(), None) == [], "HTTP mode is proven too"


def test_a_right_registry_passes_by_its_address(own: Issued) -> None:
    assert failures(Registry(), own, hostname="127.0.0.1") == [], (
        "an IP SAN makes an address as good as a name"
    )


def test_a_chain_passes_with_the_trust_anchors_that_are_exported() -> None:
    chain = issue_chain(NAME)
    shown = chain.leaf.certificate_pem + chain.intermediate.certificate_pem
    for trusted in (
        pem.trust_anchors(shown),
        pem.trust_anchors(chain.pem),
        chain.root.certificate_pem,
    ):
        assert failures(Registry(), chain.leaf, trusted, chain=shown) == [], (
            "an intermediate may be the anchor where the root is left out"
        )


def test_nothing_but_the_exported_certificate_is_trusted(own: Issued) -> None:
    stranger = issue(NAME, [NAME])
    (failure,) = failures(Registry(), own, stranger.certificate_pem)
    assert "certificate verify failed" in failure.response, (
        "some other program has the port, or the certificate was mixed up"
    )
    assert failure.status is None, "nothing was answered"


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
    ids=["expired", "not yet valid", "for another name", "for no address"],
)
def test_a_certificate_that_does_not_hold_is_told(
    served: Issued, hostname: str, reason: str
) -> None:
    (failure,) = failures(Registry(), served, hostname=hostname)
    assert reason in failure.response, "clients would refuse it, and so does the proof"


def test_a_server_that_is_not_well_is_told_with_its_own_words(own: Issued) -> None:
    (failure,) = failures(Registry(health=[500], body="storage is\n\n  full\x1b[31m"), own)
    assert failure.tried.startswith(f"GET https://{NAME}:"), "what was tried"
    assert failure.tried.endswith(
        "/health without credentials (connected to 127.0.0.1), expecting 200"
    ), "what was tried"
    assert failure.response.startswith("500: storage is full"), (
        "one line, however many the answer has"
    )
    assert "\x1b" not in failure.response, "an answer must not paint on the user's terminal"


def test_a_server_without_the_registrys_routes_is_told(own: Issued) -> None:
    (failure,) = failures(Registry(routes=False), own)
    assert failure.status == 404, "some other server, or the wrong image"


def test_a_port_where_nobody_listens_is_told(own: Issued) -> None:
    failure = probe(free_port(), own.certificate_pem).wait_for_health(0.0, lambda: True)
    assert failure is not None, "nobody is there"
    assert "Connection refused" in failure.response, "in the system's words, without the library's"
    assert "HTTPSConnection" not in failure.response, "in the system's words, without the library's"


def test_a_catalog_that_is_open_to_everybody_is_told(own: Issued) -> None:
    (failure,) = failures(Registry(open_catalog=True), own)
    assert failure.tried.endswith(
        "/v1/_catalog without credentials (connected to 127.0.0.1), expecting 401"
    ), "what was tried"
    assert (failure.status, failure.user) == (200, None), "the packs are open to everybody"


def test_a_server_that_takes_any_password_is_told(own: Issued) -> None:
    found = failures(Registry(any_password=True), own)
    assert [failure.status for failure in found] == [200], (
        "a right password that is taken proves nothing where a wrong one is taken too"
    )


def test_every_user_that_is_refused_is_told_and_no_password(own: Issued) -> None:
    found = failures(
        Registry(),
        own,
        passwords={"admin": "MARKER", "spectro": "spectro's own password", "ci": "MARKER"},
    )
    assert [(failure.status, failure.user) for failure in found] == [(401, "admin"), (401, "ci")], (
        "in the order of the users"
    )
    assert "as admin" in found[0].tried, "who was refused"
    assert "MARKER" not in str(found), "a password is never told"


@pytest.mark.parametrize("password", ["with:colons:in it", "Grüße ✓", " spaces around ", "%41+&?#"])
def test_passwords_reach_the_server_as_they_are(own: Issued, password: str) -> None:
    assert failures(Registry(users={"ci": password}), own) == [], (
        "basic authentication is UTF-8, and only a name must be without colons"
    )


def test_a_server_that_takes_its_time_is_waited_for(own: Issued) -> None:
    registry = Registry(health=[503, 503, 503, 200])
    with serving(registry, own) as port:
        assert probe(port, own.certificate_pem).wait_for_health(30.0, lambda: True) is None, (
            "a large registry takes a while to start"
        )
    assert len(registry.seen) == 4, "asked until it was well, and no more"


def test_a_server_that_is_not_there_yet_is_waited_for(own: Issued) -> None:
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
    assert result == [None], "Docker says that a container runs before its server listens"


def test_a_server_that_has_ended_is_not_waited_for(own: Issued) -> None:
    alive, began = iter([True, True, False]), time.monotonic()
    failure = probe(free_port(), own.certificate_pem).wait_for_health(15.0, lambda: next(alive))
    assert failure is not None, "a container that has ended does not become well"
    assert time.monotonic() - began < 10, "nor does it by waiting"


def test_a_redirect_is_not_followed(own: Issued) -> None:
    registry = Registry(health=[302])
    (failure,) = failures(registry, own)
    assert [path for path, _ in registry.seen] == ["/health"], "it was not followed"
    assert failure.status == 302, "what another server answers proves nothing of this one"


def test_proxies_of_the_environment_are_left_aside(
    own: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, f"http://127.0.0.1:{free_port()}")
    assert failures(Registry(), own) == [], "the registry itself is proven, not the way to it"


def resolving(*addresses: str) -> Callable[..., Any]:
    def getaddrinfo(host: str, *_: Any, **__: Any) -> Any:
        found = [host] if is_ip(host) else addresses
        if not found:
            raise socket.gaierror(-2, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in found]

    return getaddrinfo


@pytest.mark.parametrize(
    ("hostname", "resolved", "note"),
    [
        (
            NAME,
            (),
            f"{NAME} is in no DNS that this machine asks; clients need a record for it that points to the Docker host.",
        ),
        (
            NAME,
            ("192.0.2.8", "192.0.2.7", "192.0.2.8"),
            (
                f"{NAME} resolves to 192.0.2.7, 192.0.2.8, which is not the Docker host's 127.0.0.1; "
                "check its DNS record unless a proxy stands in front."
            ),
        ),
        (NAME, ("192.0.2.7", "127.0.0.1"), None),
        (NAME, ("127.0.0.2",), None),
        ("192.0.2.7", ("192.0.2.9",), None),
    ],
)
def test_a_name_that_leads_elsewhere_is_noted(
    hostname: str, resolved: tuple[str, ...], note: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving(*resolved))
    assert name_note(hostname, "127.0.0.1") == note, "DNS need not exist yet, but it will have to"


def test_a_docker_host_that_goes_by_a_name_is_known_by_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving("192.0.2.7"))
    assert name_note(NAME, NAME) is None, "the registry has the name of its own Docker host"
    assert name_note(NAME, "192.0.2.7") is None
    told = name_note(NAME, "192.0.2.8")
    assert told is not None, "that is another machine"
    assert "which is not the Docker host's 192.0.2.8" in told
