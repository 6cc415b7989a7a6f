"""Issues certificates for tests: keys, chains, and invalid certificates."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return self.encoded_key(serialization.NoEncryption())

    @property
    def encrypted_key_pem(self) -> str:
        return self.encoded_key(serialization.BestAvailableEncryption(b"a passphrase"))

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def encoded_key(self, encryption: serialization.KeySerializationEncryption) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        ).decode()


def issue(
    common_name: str,
    sans: Sequence[str | x509.GeneralName] = (),
    issuer: Issued | None = None,
    *,
    ca: bool = False,
    begins: datetime.timedelta = datetime.timedelta(hours=-1),
    ends: datetime.timedelta = datetime.timedelta(days=90),
    key: PrivateKey | None = None,
    uses: Sequence[x509.ObjectIdentifier] = (),
    more: Sequence[x509.ExtensionType] = (),
    now: datetime.datetime | None = None,
) -> Issued:
    """Issue a certificate. Without an issuer, it is self-signed.

    :param sans: subject alternative names; a string is an IP address or a DNS name.
    :param begins: start of the validity, relative to now.
    :param ends: end of the validity, relative to now.
    :param key: the key; by default a new key on P-256.
    :param uses: the extended key usages; by default without this extension.
    :param more: further extensions.
    :param now: the time from which the validity counts; the current time by default.
    """
    now = now or datetime.datetime.now(datetime.UTC)
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(identifier, critical=False)
    if uses:
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    if sans:
        names = [_general_name(name) if isinstance(name, str) else name for name in sans]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    for extension in more:
        builder = builder.add_extension(extension, critical=False)
    signer = issuer.key if issuer else key
    return Issued(
        builder.sign(
            signer, None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        ),
        key,
    )


def request_certificate(common_name: str, sans: Sequence[str] = (), key: Any = None) -> str:
    """A certificate request in PEM, by default with a new key of P-256."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if sans:
        names = x509.SubjectAlternativeName([_general_name(name) for name in sans])
        builder = builder.add_extension(names, critical=False)
    request = builder.sign(key or ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


@dataclass(frozen=True)
class Chain:
    """A server's certificate and its issuers."""

    leaf: Issued
    intermediate: Issued
    root: Issued

    @property
    def pem(self) -> str:
        return (
            self.leaf.certificate_pem
            + self.intermediate.certificate_pem
            + self.root.certificate_pem
        )


def issue_chain(hostname: str) -> Chain:
    """Issue a server certificate from an intermediate CA under a root CA."""
    root = issue("Test Root", ca=True)
    intermediate = issue("Test Intermediate", issuer=root, ca=True)
    return Chain(issue(hostname, [hostname], intermediate), intermediate, root)


SECP256K1, SECP192K1 = bytes.fromhex("2b8104000a"), bytes.fromhex("2b8104001f")
"""DER identifiers of a curve that ``cryptography`` supports, and of one that it does not."""


def issue_unreadable_key(hostname: str) -> tuple[str, str]:
    """Issue a certificate and a key, in PEM, whose curve ``cryptography`` can't read.

    The key is on secp256k1 and the identifier says secp192k1.
    """

    def renamed(pem: str) -> str:
        first, *lines, last = pem.splitlines()
        encoded = base64.b64encode(base64.b64decode("".join(lines)).replace(SECP256K1, SECP192K1))
        return "\n".join([first, *textwrap.wrap(encoded.decode(), 64), last, ""])

    issued = issue(hostname, [hostname], key=ec.generate_private_key(ec.SECP256K1()))
    return renamed(issued.certificate_pem), renamed(issued.key_pem)


def write_client_certificates(directory: Path) -> None:
    """Write ca.pem, cert.pem and key.pem, as the Docker CLI expects them in DOCKER_CERT_PATH."""
    ca = issue("Docker CA", ca=True)
    client = issue("operator", issuer=ca)
    for name, text in {
        "ca": ca.certificate_pem,
        "cert": client.certificate_pem,
        "key": client.key_pem,
    }.items():
        (directory / f"{name}.pem").write_text(text, encoding="utf-8")


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
