"""Creates keys and certificates as the Pulumi provider `tls` does."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pydantic import Field

from trial.resources import Created, Inputs

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


class PrivateKey(Inputs):
    """A private key: RSA with a size, or ECDSA on the curve P-256."""

    algorithm: Literal["RSA", "ECDSA"]
    rsa_bits: int = 2048
    ecdsa_curve: Literal["P256"] = "P256"


class Subject(Inputs):
    """A distinguished name, in the order in which its attributes are encoded."""

    country: str | None = None
    organization: str | None = None
    organizational_unit: str | None = None
    locality: str | None = None
    province: str | None = None
    common_name: str
    email_address: str | None = None

    def to_x509(self) -> x509.Name:
        """Convert to the type of ``cryptography``."""
        attributes = {
            NameOID.COUNTRY_NAME: self.country,
            NameOID.ORGANIZATION_NAME: self.organization,
            NameOID.ORGANIZATIONAL_UNIT_NAME: self.organizational_unit,
            NameOID.LOCALITY_NAME: self.locality,
            NameOID.STATE_OR_PROVINCE_NAME: self.province,
            NameOID.COMMON_NAME: self.common_name,
            NameOID.EMAIL_ADDRESS: self.email_address,
        }
        return x509.Name(
            [
                x509.NameAttribute(oid, value)
                for oid, value in attributes.items()
                if value is not None
            ]
        )


class Validity(Inputs):
    """Validity period and usages of a certificate."""

    validity_period_hours: int
    early_renewal_hours: int = 0
    """Only sets the output `readyForRenewal`. A trial renews nothing."""
    allowed_uses: list[
        Literal[
            "digital_signature", "key_encipherment", "server_auth", "cert_signing", "crl_signing"
        ]
    ]
    set_subject_key_id: bool = False
    is_ca_certificate: bool = False


class CertRequest(Inputs):
    """A certificate signing request (RFC 2986)."""

    private_key_pem: str
    subject: Subject
    dns_names: list[str] = Field(default_factory=list)
    ip_addresses: list[str] = Field(default_factory=list)

    def alternative_names(self) -> list[x509.GeneralName]:
        """Return the subject alternative names: DNS names first, then IP addresses."""
        names: list[x509.GeneralName] = [x509.DNSName(host) for host in self.dns_names]
        return [
            *names,
            *(x509.IPAddress(ipaddress.ip_address(address)) for address in self.ip_addresses),
        ]


class SelfSignedCert(CertRequest, Validity):
    """A self-signed certificate."""


class LocallySignedCert(Validity):
    """A certificate that a CA issues for a certificate signing request."""

    cert_request_pem: str
    ca_cert_pem: str
    ca_private_key_pem: str


def create_private_key(inputs: PrivateKey) -> Created:
    """Create a private key."""
    key: Key
    if inputs.algorithm == "RSA":
        key = rsa.generate_private_key(public_exponent=65537, key_size=inputs.rsa_bits)
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    outputs = {
        "privateKeyPem": _to_pem(key, serialization.PrivateFormat.TraditionalOpenSSL),
        "privateKeyPemPkcs8": _to_pem(key, serialization.PrivateFormat.PKCS8),
        "publicKeyPem": _public_pem(key),
    }
    return Created(_digest(key), outputs, frozenset({"privateKeyPem", "privateKeyPemPkcs8"}))


def create_self_signed_certificate(inputs: SelfSignedCert) -> Created:
    """Create a self-signed certificate that is valid from now."""
    key = _load_key(inputs.private_key_pem)
    name = inputs.subject.to_x509()
    subject = _Subject(name, key.public_key(), inputs.alternative_names())
    return _sign(inputs, subject, _Issuer(name, key))


def create_certificate_request(inputs: CertRequest) -> Created:
    """Create a certificate signing request."""
    key = _load_key(inputs.private_key_pem)
    builder = x509.CertificateSigningRequestBuilder().subject_name(inputs.subject.to_x509())
    if names := inputs.alternative_names():
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    request = builder.sign(key, hashes.SHA256())
    return Created(
        _digest(key), {"certRequestPem": request.public_bytes(serialization.Encoding.PEM).decode()}
    )


def create_locally_signed_certificate(inputs: LocallySignedCert) -> Created:
    """Issue a certificate from a CA that is valid from now.

    :raises TypeError: if the key of the request is neither RSA nor ECDSA.
    """
    request = x509.load_pem_x509_csr(inputs.cert_request_pem.encode())
    ca = x509.load_pem_x509_certificate(inputs.ca_cert_pem.encode())
    public_key = request.public_key()
    if not isinstance(public_key, PublicKey):
        raise TypeError(f"unsupported type of public key: {type(public_key).__name__}")
    try:
        names = list(request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        names = []
    subject = _Subject(request.subject, public_key, names)
    issuer = _Issuer(ca.subject, _load_key(inputs.ca_private_key_pem), ca)
    return _sign(inputs, subject, issuer)


@dataclass(frozen=True)
class _Subject:
    """The subject of a certificate, its key and its names."""

    name: x509.Name
    public_key: PublicKey
    alternative_names: list[x509.GeneralName]


@dataclass(frozen=True)
class _Issuer:
    """The name and key that sign a certificate."""

    name: x509.Name
    key: Key
    certificate: x509.Certificate | None = None
    """None if the certificate is self-signed."""


def _sign(inputs: Validity, subject: _Subject, issuer: _Issuer) -> Created:
    not_before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    not_after = not_before + datetime.timedelta(hours=inputs.validity_period_hours)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject.name)
        .issuer_name(issuer.name)
        .public_key(subject.public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(_key_usage(inputs), critical=True)
        .add_extension(
            x509.BasicConstraints(ca=inputs.is_ca_certificate, path_length=None), critical=True
        )
    )
    if "server_auth" in inputs.allowed_uses:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
    if inputs.set_subject_key_id:
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(subject.public_key), critical=False
        )
    if issuer.certificate:
        identifier = issuer.certificate.extensions.get_extension_for_class(
            x509.SubjectKeyIdentifier
        ).value
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
    if subject.alternative_names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName(subject.alternative_names), critical=False
        )
    certificate = builder.sign(issuer.key, hashes.SHA256())
    outputs = {
        "certPem": certificate.public_bytes(serialization.Encoding.PEM).decode(),
        "validityStartTime": f"{not_before:%Y-%m-%dT%H:%M:%SZ}",
        "validityEndTime": f"{not_after:%Y-%m-%dT%H:%M:%SZ}",
        "readyForRenewal": inputs.early_renewal_hours >= inputs.validity_period_hours,
    }
    return Created(str(certificate.serial_number), outputs)


def _load_key(private_key_pem: str) -> Key:
    key = serialization.load_pem_private_key(private_key_pem.encode(), password=None)
    if not isinstance(key, Key):
        raise TypeError(f"unsupported type of signing key: {type(key).__name__}")
    return key


def _key_usage(inputs: Validity) -> x509.KeyUsage:
    uses = {
        {"cert_signing": "key_cert_sign", "crl_signing": "crl_sign"}.get(use, use)
        for use in inputs.allowed_uses
    }
    return x509.KeyUsage(**{usage: usage in uses for usage in KEY_USAGES})


def _to_pem(key: Key, form: serialization.PrivateFormat) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, form, serialization.NoEncryption()
    ).decode()


def _public_pem(key: Key) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def _digest(key: Key) -> str:
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest.hex()
