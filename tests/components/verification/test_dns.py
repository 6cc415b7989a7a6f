"""Notes on hostnames that DNS does not resolve to the registry's address."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from common.types.network import is_ip
from components.verification.dns import dns_note

NAME = "registry.test"


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
            f"DNS does not resolve {NAME}. Clients need a DNS record that points to 127.0.0.1.",
        ),
        (
            NAME,
            ("192.0.2.8", "192.0.2.7", "192.0.2.8"),
            (
                f"{NAME} resolves to 192.0.2.7, 192.0.2.8, but the registry runs on 127.0.0.1. "
                "Check the DNS record, unless the registry is behind a proxy."
            ),
        ),
        (NAME, ("192.0.2.7", "127.0.0.1"), None),
        (NAME, ("127.0.0.2",), None),
        ("192.0.2.7", ("192.0.2.9",), None),
    ],
    ids=["unknown", "elsewhere", "one of two", "this machine", "IP address"],
)
def test_note(
    hostname: str, resolved: tuple[str, ...], note: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving(*resolved))
    assert dns_note(hostname, "127.0.0.1") == note


def test_server_address_may_be_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving("192.0.2.7"))
    assert dns_note(NAME, NAME) is None, "both names resolve to the same address"
    assert dns_note(NAME, "192.0.2.7") is None
    note = dns_note(NAME, "192.0.2.8")
    assert note is not None, "another machine"
    assert "but the registry runs on 192.0.2.8" in note
