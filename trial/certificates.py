"""Keys and certificates, as the provider `tls` makes them."""

from __future__ import annotations

import datetime
import ipaddress
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pydantic import Field

from trial.resources import Inputs, Made

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
    """A key: RSA of a given size, or ECDSA on the curve P-256."""

    algorithm: Literal["RSA", "ECDSA"]
    rsa_bits: int = 2048
    ecdsa_curve: Literal["P256"] = "P256"


class Subject(Inputs):
    """A distinguished name, its parts in the order in which they are written into the certificate."""

    country: str | None = None
    organization: str | None = None
    organizational_unit: str | None = None
    locality: str | None = None
    province: str | None = None
    common_name: str
    email_address: str | None = None

    def encoded(self) -> x509.Name:
        """The name as a certificate has it."""
        kinds = {
            NameOID.COUNTRY_NAME: self.country,
            NameOID.ORGANIZATION_NAME: self.organization,
            NameOID.ORGANIZATIONAL_UNIT_NAME: self.organizational_unit,
            NameOID.LOCALITY_NAME: self.locality,
            NameOID.STATE_OR_PROVINCE_NAME: self.province,
            NameOID.COMMON_NAME: self.common_name,
            NameOID.EMAIL_ADDRESS: self.email_address,
        }
        return x509.Name(
            [x509.NameAttribute(kind, value) for kind, value in kinds.items() if value is not None]
        )


class Validity(Inputs):
    """How long a certificate is good, and what for."""

    validity_period_hours: int
    early_renewal_hours: int = 0
    """When an update would renew it, were it recorded."""
    allowed_uses: list[
        Literal[
            "digital_signature", "key_encipherment", "server_auth", "cert_signing", "crl_signing"
        ]
    ]
    set_subject_key_id: bool = False
    is_ca_certificate: bool = False


class CertRequest(Inputs):
    """A request for a certificate (RFC 2986)."""

    private_key_pem: str
    subject: Subject
    dns_names: list[str] = Field(default_factory=list)
    ip_addresses: list[str] = Field(default_factory=list)

    def alternative_names(self) -> list[x509.GeneralName]:
        """The subject alternative names as a certificate has them."""
        names: list[x509.GeneralName] = [x509.DNSName(host) for host in self.dns_names]
        return [
            *names,
            *(x509.IPAddress(ipaddress.ip_address(address)) for address in self.ip_addresses),
        ]


class SelfSignedCert(CertRequest, Validity):
    """A certificate that its own key signs."""


class LocallySignedCert(Validity):
    """A certificate that an authority issues on request."""

    cert_request_pem: str
    ca_cert_pem: str
    ca_private_key_pem: str


def private_key(inputs: PrivateKey) -> Made:
    """Make a key."""
    key: Key
    if inputs.algorithm == "RSA":
        key = rsa.generate_private_key(public_exponent=65537, key_size=inputs.rsa_bits)
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    outputs = {
        "privateKeyPem": _encoded(key, serialization.PrivateFormat.TraditionalOpenSSL),
        "privateKeyPemPkcs8": _encoded(key, serialization.PrivateFormat.PKCS8),
        "publicKeyPem": _public_pem(key),
    }
    return Made(_digest(key), outputs, frozenset({"privateKeyPem", "privateKeyPemPkcs8"}))


def self_signed_certificate(inputs: SelfSignedCert) -> Made:
    """Make a certificate that is valid from now on and that its own key signs."""
    key = _key(inputs.private_key_pem)
    name = inputs.subject.encoded()
    return _certificate(inputs, name, key.public_key(), inputs.alternative_names(), name, key, None)


def certificate_request(inputs: CertRequest) -> Made:
    """Make a request for a certificate."""
    key = _key(inputs.private_key_pem)
    builder = x509.CertificateSigningRequestBuilder().subject_name(inputs.subject.encoded())
    if names := inputs.alternative_names():
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    request = builder.sign(key, hashes.SHA256())
    return Made(
        _digest(key), {"certRequestPem": request.public_bytes(serialization.Encoding.PEM).decode()}
    )


def locally_signed_certificate(inputs: LocallySignedCert) -> Made:
    """Make a certificate that is valid from now on and that an authority signs."""
    request = x509.load_pem_x509_csr(inputs.cert_request_pem.encode())
    authority = x509.load_pem_x509_certificate(inputs.ca_cert_pem.encode())
    public_key = request.public_key()
    if not isinstance(public_key, PublicKey):
        raise TypeError(f"a key of the kind {type(public_key).__name__} gets no certificate here")
    try:
        names = list(request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        names = []
    return _certificate(
        inputs,
        request.subject,
        public_key,
        names,
        authority.subject,
        _key(inputs.ca_private_key_pem),
        authority,
    )


def _certificate(
    inputs: Validity,
    subject: x509.Name,
    public_key: PublicKey,
    names: list[x509.GeneralName],
    issuer: x509.Name,
    key: Key,
    authority: x509.Certificate | None,
) -> Made:
    begins = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    ends = begins + datetime.timedelta(hours=inputs.validity_period_hours)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
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
            x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False
        )
    if authority:
        identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    outputs = {
        "certPem": certificate.public_bytes(serialization.Encoding.PEM).decode(),
        "validityStartTime": f"{begins:%Y-%m-%dT%H:%M:%SZ}",
        "validityEndTime": f"{ends:%Y-%m-%dT%H:%M:%SZ}",
        "readyForRenewal": inputs.early_renewal_hours >= inputs.validity_period_hours,
    }
    return Made(str(certificate.serial_number), outputs)


def _key(private_key_pem: str) -> Key:
    key = serialization.load_pem_private_key(private_key_pem.encode(), password=None)
    if not isinstance(key, Key):
        raise TypeError(f"a key of the kind {type(key).__name__} signs no certificate here")
    return key


def _key_usage(inputs: Validity) -> x509.KeyUsage:
    uses = {
        {"cert_signing": "key_cert_sign", "crl_signing": "crl_sign"}.get(use, use)
        for use in inputs.allowed_uses
    }
    return x509.KeyUsage(**{usage: usage in uses for usage in KEY_USAGES})


def _encoded(key: Key, form: serialization.PrivateFormat) -> str:
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
