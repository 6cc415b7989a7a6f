"""Advice for TLS errors: each case is a real error of Python's ssl."""

from __future__ import annotations

import datetime
import ssl
import tempfile
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from components.settings import StorageKind
from components.storage.location import StorageLocation
from components.verification.diagnosis import suggest_fix
from components.verification.probe import Failure, RegistryApi
from components.verification.tls_advice import TLS_ADVICE
from components.verification.tls_client import TlsTrust, tls_context
from tests.support.certificates import Issued, issue
from tests.support.der_forgery import encode, forge, forge_signature, with_extension
from tests.support.hostile_certificates import BASIC, KEY_USAGE, UNKNOWN
from tests.support.hostile_chains import CASES
from tests.support.tls_clients import handshake_error

API = RegistryApi("/health", 200, "/catalog", ("/catalog",), "a test image", "/upload/")
VOLUME = StorageLocation(StorageKind.VOLUME, "packs")
HOST = "registry.example.com"
YEAR = datetime.timedelta(days=365)


def server_context(certificate_pem: str, key_pem: str) -> ssl.SSLContext:
    """Return a server that presents anything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with tempfile.NamedTemporaryFile("w") as pair:
        pair.write(key_pem + certificate_pem)
        pair.flush()
        context.load_cert_chain(pair.name)
    return context


def error_of(
    certificate_pem: str, key_pem: str, trust_pem: str | None = None, hostname: str = HOST
) -> str:
    """Return the client's error. The default is to trust what the server presents."""
    trust = tls_context(TlsTrust(certificate_pem if trust_pem is None else trust_pem))
    return handshake_error(server_context(certificate_pem, key_pem), trust, hostname)


def single(issued: Issued, *, hostname: str = HOST, trust: Issued | None = None) -> str:
    trusted = trust.certificate_pem if trust else None
    return error_of(issued.certificate_pem, issued.key_pem, trusted, hostname)


def expired() -> str:
    return single(issue(HOST, [HOST], begins=-YEAR, ends=-YEAR / 2))


def expired_ca() -> str:
    root = issue("Root", ca=True, begins=-YEAR, ends=-YEAR / 2)
    return single(issue(HOST, [HOST], root), trust=root)


def not_yet_valid() -> str:
    return single(issue(HOST, [HOST], begins=YEAR, ends=2 * YEAR))


def other_name() -> str:
    return single(issue(HOST, ["other.example.com"]))


def other_address() -> str:
    return single(issue(HOST, [HOST, "10.0.0.1"]), hostname="10.0.0.2")


def self_signed() -> str:
    return single(issue(HOST, [HOST]), trust=issue("Other", ca=True))


def self_signed_in_chain() -> str:
    root = issue("Root", ca=True)
    leaf = issue(HOST, [HOST], root)
    other = issue("Other", ca=True).certificate_pem
    return error_of(leaf.certificate_pem + root.certificate_pem, leaf.key_pem, other)


def unknown_issuer() -> str:
    leaf = issue(HOST, [HOST], issue("Root", ca=True))
    return single(leaf, trust=issue("Other", ca=True))


def missing_intermediate() -> str:
    root = issue("Root", ca=True)
    return single(issue(HOST, [HOST], issue("Middle", issuer=root, ca=True)), trust=root)


def client_usage() -> str:
    return single(issue(HOST, [HOST], uses=[ExtendedKeyUsageOID.CLIENT_AUTH]))


def short_key() -> str:
    return single(issue(HOST, [HOST], key=rsa.generate_private_key(65537, 1024)))


def short_ca_key() -> str:
    root = issue("Root", ca=True, key=rsa.generate_private_key(65537, 1024))
    return single(issue(HOST, [HOST], root), trust=root)


def weak_hash() -> str:
    root = issue("Root", ca=True)
    leaf = issue(HOST, [HOST], root)
    sha1 = forge_signature(leaf, root.key, "300906072a8648ce3d0401", hashes.SHA1())
    return error_of(sha1, leaf.key_pem, root.certificate_pem)


def not_a_ca() -> str:
    root = issue("Root", ca=True)
    forged = forge(root, with_extension(BASIC, encode(0x30, b""), critical=True))
    leaf = issue(HOST, [HOST], root)
    return error_of(leaf.certificate_pem, leaf.key_pem, forged)


def ca_without_signing() -> str:
    root = issue("Root", ca=True)
    usage = bytes.fromhex("03020780")
    forged = forge(root, with_extension(KEY_USAGE, usage, critical=True))
    leaf = issue(HOST, [HOST], root)
    return error_of(leaf.certificate_pem, leaf.key_pem, forged)


def critical_extension() -> str:
    leaf = issue(HOST, [HOST])
    forged = forge(leaf, with_extension(UNKNOWN, b"\x05\0", critical=True))
    return error_of(forged, leaf.key_pem)


def hostile(case: str) -> str:
    """Return the error of a chain of the corpus, with only its last certificate trusted."""
    chain, key = CASES[case]()
    end = "-----END CERTIFICATE-----\n"
    last = chain.split(end)[-2] + end
    return error_of(chain, key, last)


def wrong_signature() -> str:
    root = issue("Root", ca=True)
    leaf = issue(HOST, [HOST], root)
    forged = forge(leaf, lambda fields: fields, issue("Other").key)
    return error_of(forged, leaf.key_pem, root.certificate_pem)


def no_client_certificate() -> str:
    leaf = issue(HOST, [HOST])
    server = server_context(leaf.certificate_pem, leaf.key_pem)
    server.verify_mode = ssl.CERT_REQUIRED
    return handshake_error(server, tls_context(TlsTrust(leaf.certificate_pem)), HOST)


def unknown_client_certificate() -> str:
    leaf, client = issue(HOST, [HOST]), issue("prober")
    server = server_context(leaf.certificate_pem, leaf.key_pem)
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_verify_locations(cadata=issue("Clients", ca=True).certificate_pem)
    trust = TlsTrust(leaf.certificate_pem, client.certificate_pem, client.key_pem)
    return handshake_error(server, tls_context(trust), HOST)


def old_protocol() -> str:
    leaf = issue(HOST, [HOST])
    server = server_context(leaf.certificate_pem, leaf.key_pem)
    server.minimum_version = ssl.TLSVersion.TLSv1_3
    client = tls_context(TlsTrust(leaf.certificate_pem))
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    return handshake_error(server, client, HOST)


def plain_http() -> str:
    client = tls_context(TlsTrust(issue(HOST, [HOST]).certificate_pem))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    incoming.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(ssl.SSLError) as raised:
        client.wrap_bio(incoming, outgoing, server_hostname=HOST).do_handshake()
    return str(raised.value)


REASONS: dict[Callable[[], str], str] = {
    expired: "has expired. Renew it.",
    expired_ca: "has expired. Renew it.",
    not_yet_valid: "Correct the clock of this machine",
    other_name: "Otherwise set a certificate that includes hostname.",
    other_address: "Otherwise set a certificate that includes hostname.",
    self_signed: "a self-signed certificate that is not in caCertificate",
    self_signed_in_chain: "that the CAs in caCertificate did not issue",
    unknown_issuer: "that the CAs in caCertificate did not issue",
    missing_intermediate: "check that the chain holds every issuer",
    client_usage: "issued with digitalSignature and serverAuth",
    short_key: "a key that is too short",
    short_ca_key: "a key that is too short",
    weak_hash: "issued again with SHA-256",
    not_a_ca: "is not a CA's, or may not sign certificates",
    ca_without_signing: "is not a CA's, or may not sign certificates",
    critical_extension: "a critical extension that clients do not know",
    wrong_signature: "does not match its issuer",
    no_client_certificate: "Set tls.clientCertificatePem",
    unknown_client_certificate: "Set tls.clientCertificatePem",
    old_protocol: "Check tls.minimumTls",
    plain_http: "The service on this port does not use TLS.",
    lambda: hostile("permits another domain, intermediate, critical"): "name constraints",
    lambda: hostile("excludes the domain, intermediate, critical"): "name constraints",
    lambda: hostile("path length 0, root"): "path length",
}


@pytest.mark.parametrize(("make", "advice"), REASONS.items())
def test_advice_follows_reason(make: Callable[[], str], advice: str) -> None:
    error = make()
    assert error, "the handshake must fail"
    fix = suggest_fix([Failure("GET /health", error)], [], API, VOLUME)
    assert advice in fix, error
    if "expired" not in fix and "not valid yet" not in fix:
        assert "clock" not in fix, "the clock is not to blame"


def test_every_advice_is_tested() -> None:
    made = {suggest_fix([Failure("GET /health", make())], [], API, VOLUME) for make in REASONS}
    general = {fix for parts, fix in TLS_ADVICE if parts == ("certificate verify failed",)}
    assert {fix for _, fix in TLS_ADVICE} - general == made


def test_unknown_reason_names_no_cause() -> None:
    failure = Failure("GET /health", "certificate verify failed: some new reason")
    assert "for the reason above" in suggest_fix([failure], [], API, VOLUME)


def test_body_is_no_tls_error() -> None:
    failure = Failure("GET /health", "500: certificate has expired", 500)
    assert "Renew" not in suggest_fix([failure], [], API, VOLUME)


def test_verification_is_no_stricter_than_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    strict = ssl.create_default_context()
    strict.verify_flags |= ssl.VERIFY_X509_STRICT
    monkeypatch.setattr(ssl, "create_default_context", lambda **_: strict)
    assert not tls_context(TlsTrust()).verify_flags & ssl.VERIFY_X509_STRICT, "as in Python 3.13"
