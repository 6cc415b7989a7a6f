"""TLS configuration."""

from __future__ import annotations

from enum import StrEnum

from common.settings_model import SettingsModel, nested, setting
from common.types.base import OrEmpty
from common.types.network import Hostname, HttpsUrl, SubjectAlternativeName
from common.types.x509 import (
    CaDays,
    CertificateChainPem,
    CertificateDays,
    CertificatePem,
    CountryCode,
    EmailAddress,
    LocalityName,
    OrganizationalUnitName,
    OrganizationName,
    PrivateKeyPem,
    RenewalHours,
    StateName,
)


class TlsMode(StrEnum):
    """Source of the server's certificate."""

    SELF_SIGNED = "self-signed"
    PRIVATE_CA = "private-ca"
    PROVIDED = "provided"
    LETS_ENCRYPT = "letsencrypt"
    SECRET = "secret"  # noqa: S105 - a mode
    OFF = "off"

    @classmethod
    def _missing_(cls, value: object) -> TlsMode | None:
        """YAML 1.1 reads a bare ``off`` as false."""
        return cls.OFF if value is False else None


class KeyAlgorithm(StrEnum):
    """Key algorithms of generated certificates."""

    RSA_4096 = "rsa-4096"
    ECDSA_P256 = "ecdsa-p256"


class TlsVersion(StrEnum):
    """Minimum TLS versions, as CNCF Distribution names them."""

    TLS_1_2 = "tls1.2"
    TLS_1_3 = "tls1.3"


class Subject(SettingsModel):
    """Distinguished name of a generated certificate (RFC 5280, 4.1.2.6).

    The common name is always the hostname.
    """

    country: OrEmpty[CountryCode] = setting("", "Country (C) in the certificate's subject.")
    state: StateName = setting("", "State or province (ST) in the certificate's subject.")
    locality: LocalityName = setting("", "City (L) in the certificate's subject.")
    organization: OrganizationName = setting("", "Organization (O) in the certificate's subject.")
    organizational_unit: OrganizationalUnitName = setting(
        "", "Organizational unit (OU) in the certificate's subject."
    )
    email: OrEmpty[EmailAddress] = setting(
        "", "Email address in the certificate's subject.", example="platform@example.com"
    )


class CertificateAuthority(SettingsModel):
    """A private CA that issues the server's certificate."""

    certificate_pem: CertificateChainPem | None = setting(
        None,
        "CA certificate in PEM, followed by its issuers. If it is not set, a CA is generated.",
        allowed="a PEM certificate chain, the certificate of the issuing CA first",
    )
    private_key_pem: PrivateKeyPem | None = setting(
        None, "Private key of the CA certificate, unencrypted, in PEM."
    )
    validity_days: CaDays = setting(
        3650,
        "Validity of the generated CA in days. Clients must trust a new CA when it expires.",
    )


class LetsEncrypt(SettingsModel):
    """A certificate that the server requests from Let's Encrypt or another ACME server.

    The protocol is RFC 8555. Let's Encrypt ended its expiry notices in June 2025
    (https://letsencrypt.org/2025/06/26/expiration-notification-service-has-ended).
    """

    email: OrEmpty[EmailAddress] = setting(
        "",
        "Email address of the ACME account. The ACME server may send notices to it. Let's Encrypt "
        "sends no expiry notices: `make status` reports when the certificate expires.",
    )
    hosts: list[Hostname] = setting(
        [],
        "Additional names to request certificates for. The hostname is always included.",
        allowed="a list of DNS names",
        example=["packs.example.com"],
    )
    directory_url: OrEmpty[HttpsUrl] = setting(
        "", "Directory URL of another ACME server. Let's Encrypt by default."
    )
    directory_ca_pem: CertificatePem | None = setting(
        None,
        "CA certificate in PEM with which the server verifies the ACME server at directoryUrl.",
    )
    trust_pem: CertificatePem | None = setting(
        None,
        "CA certificate in PEM with which clients verify certificates of the ACME server at "
        "directoryUrl. Exported as caCertificate.",
    )


class Tls(SettingsModel):
    """TLS configuration."""

    mode: TlsMode = setting(
        TlsMode.SELF_SIGNED,
        "Source of the certificate: self-signed, issued by a private CA, provided as PEM, "
        "requested from Let's Encrypt, read from a Kubernetes Secret, or off (plain HTTP).",
    )
    algorithm: KeyAlgorithm = setting(
        KeyAlgorithm.RSA_4096, "Key algorithm of a generated certificate.", example="ecdsa-p256"
    )
    validity_days: CertificateDays = setting(1825, "Validity of a generated certificate in days.")
    early_renewal_hours: RenewalHours | None = setting(
        None,
        "Hours before expiry from which an update renews a generated certificate. "
        "By default 720 (30 days), or a third of its validity if that is less.",
    )
    subject: Subject = nested(
        Subject, "Distinguished name of a generated certificate. The common name is the hostname."
    )
    sans: list[SubjectAlternativeName] = setting(
        [],
        "Additional subject alternative names of a generated certificate. "
        "The hostname is always included.",
        example=["registry.internal", "10.10.0.5"],
    )
    certificate_pem: CertificateChainPem | None = setting(
        None,
        "Certificate chain in PEM (mode provided). The server's certificate comes first, and each "
        "certificate is followed by its issuer.",
        allowed="a PEM certificate chain, the server's certificate first",
    )
    private_key_pem: PrivateKeyPem | None = setting(
        None, "Private key of the server's certificate, unencrypted, in PEM (mode provided)."
    )
    ca: CertificateAuthority = nested(
        CertificateAuthority, "CA that issues the certificate (mode private-ca)."
    )
    letsencrypt: LetsEncrypt = nested(LetsEncrypt, "ACME configuration (mode letsencrypt).")
    minimum_tls: TlsVersion | None = setting(
        None,
        "Minimum TLS version that the server accepts. The image's own minimum by default.",
        example="tls1.3",
    )
    client_cas: list[CertificatePem] = setting(
        [],
        "CA certificates in PEM for mutual TLS. A client must present a certificate that one of "
        "them issued.",
    )
    client_certificate_pem: CertificateChainPem | None = setting(
        None,
        "Client certificate in PEM with which the registry is verified (with clientCas).",
        allowed="a PEM certificate chain, the client's certificate first",
    )
    client_private_key_pem: PrivateKeyPem | None = setting(
        None, "Private key of the client certificate, unencrypted, in PEM."
    )
