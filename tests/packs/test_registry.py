"""Requests to a registry: its own certificate is trusted, and failures are sentences."""

from __future__ import annotations

import ssl

import pytest

from common.errors import UserError
from components.verification.tls_client import TlsTrust, tls_context
from packs.registry import PackRegistryClient
from tests.support.certificates import Issued, issue
from tests.support.registry_server import Registry, serving


@pytest.fixture(scope="module")
def own() -> Issued:
    return issue("localhost", ["localhost"])


def client(endpoint: str, password: str, context: ssl.SSLContext) -> PackRegistryClient:
    return PackRegistryClient(endpoint, "admin", password, context)


def test_own_certificate_is_trusted(own: Issued) -> None:
    registry = Registry(oci=True)
    with serving(registry, own) as port:
        context = tls_context(TlsTrust(own.certificate_pem))
        made = client(f"https://localhost:{port}", registry.users["admin"], context)
        assert list(made.repositories()) == []
        assert made.tags("packs/nginx") == []
        assert made.manifest("packs/nginx", "1.0.0") is None


def test_other_certificate_is_rejected(own: Issued) -> None:
    other = issue("localhost", ["localhost"])
    with serving(Registry(oci=True), own) as port:
        context = tls_context(TlsTrust(other.certificate_pem))
        with pytest.raises(UserError, match="certificate verify failed"):
            list(client(f"https://localhost:{port}", "x", context).repositories())


def test_wrong_password_is_reported(own: Issued) -> None:
    with serving(Registry(oci=True), own) as port:
        context = tls_context(TlsTrust(own.certificate_pem))
        with pytest.raises(UserError, match="Response: 401") as raised:
            list(client(f"https://localhost:{port}", "wrong", context).repositories())
    assert "wrong" not in str(raised.value)


def test_unreachable_registry() -> None:
    with pytest.raises(UserError) as raised:
        list(client("http://127.0.0.1:1", "x", ssl.create_default_context()).repositories())
    text = str(raised.value)
    assert text.startswith("The registry http://127.0.0.1:1 did not answer as expected.")
    assert "Fix: Check that the registry runs, then run the command again." in text
