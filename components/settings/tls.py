"""How the server proves who it is."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from common import syntax
from common.settings_model import InputStr, Int, SettingsModel, nested, setting


class TlsMode(StrEnum):
    """Where the server's certificate comes from."""

    SELF_SIGNED = "self-signed"
    PRIVATE_CA = "private-ca"
    PROVIDED = "provided"
    LETS_ENCRYPT = "letsencrypt"
    OFF = "off"


class KeyAlgorithm(StrEnum):
    """The key of a generated certificate."""

    RSA_4096 = "rsa-4096"
    ECDSA_P256 = "ecdsa-p256"


class TlsVersion(StrEnum):
    """The oldest TLS version that the server accepts, as CNCF Distribution names them."""

    TLS_1_2 = "tls1.2"
    TLS_1_3 = "tls1.3"


class Subject(SettingsModel):
    """The distinguished name of a generated certificate (RFC 5280, 4.1.2.6); its common name is always the hostname."""

    country: Annotated[str, BeforeValidator(syntax.optional(syntax.country))] = setting(
        "",
        "Country (C) in the certificate's subject.",
        allowed="a country's code of two letters (ISO 3166-1)",
        example="US",
    )
    state: Annotated[str, BeforeValidator(syntax.subject_text(128))] = setting(
        "",
        "State or province (ST) in the certificate's subject.",
        allowed="a text of at most 128 characters, no blanks around it",
        example="California",
    )
    locality: Annotated[str, BeforeValidator(syntax.subject_text(128))] = setting(
        "",
        "City (L) in the certificate's subject.",
        allowed="a text of at most 128 characters, no blanks around it",
        example="San Jose",
    )
    organization: Annotated[str, BeforeValidator(syntax.subject_text(64))] = setting(
        "",
        "Organization (O) in the certificate's subject.",
        allowed="a text of at most 64 characters, no blanks around it",
        example="Example Inc.",
    )
    organizational_unit: Annotated[str, BeforeValidator(syntax.subject_text(64))] = setting(
        "",
        "Organizational unit (OU) in the certificate's subject.",
        allowed="a text of at most 64 characters, no blanks around it",
        example="Platform",
    )
    email: Annotated[str, BeforeValidator(syntax.optional(syntax.email))] = setting(
        "",
        "E-mail address in the certificate's subject.",
        allowed="an e-mail address",
        example="platform@example.com",
    )


class CertificateAuthority(SettingsModel):
    """A private certificate authority that issues the server's certificate."""

    certificate_pem: InputStr | None = setting(
        None,
        "Certificate of an authority of your own in PEM, its issuers behind it where it has any; without one, an authority is generated.",
        allowed="a PEM certificate chain, the issuing authority's certificate first",
        example="-----BEGIN CERTIFICATE-----…",
    )
    private_key_pem: InputStr | None = setting(
        None,
        "The unencrypted private key in PEM of that authority's certificate.",
        allowed="an unencrypted PEM private key",
        example="-----BEGIN PRIVATE KEY-----…",
        secret=True,
    )
    validity_days: Int = Field(
        3650,
        ge=1,
        le=7300,
        description="Days that a generated authority is valid; what clients trust stays the same as long.",
        examples=[7300],
        json_schema_extra={"allowed": "a whole number of days from 1 to 7300", "secret": False},
    )


class LetsEncrypt(SettingsModel):
    """A certificate that the server gets by itself from Let's Encrypt, or from another ACME server (RFC 8555)."""

    email: Annotated[str, BeforeValidator(syntax.optional(syntax.email))] = setting(
        "",
        "Address that the ACME server writes to, for example before a certificate ends.",
        allowed="an e-mail address",
        example="ops@example.com",
    )
    hosts: list[Annotated[str, BeforeValidator(syntax.hostname)]] = setting(
        [],
        "More names to get certificates for; the hostname is always one.",
        allowed="a list of DNS names",
        example=["packs.example.com"],
    )
    directory_url: Annotated[str, BeforeValidator(syntax.optional(syntax.https_url))] = setting(
        "",
        "Directory of another ACME server than Let's Encrypt's.",
        allowed="an https:// URL",
        example="https://acme.internal/directory",
    )
    directory_ca_pem: InputStr | None = setting(
        None,
        "With a directoryUrl of your own: the CA certificate in PEM by which the server trusts the ACME server.",
        allowed="a PEM certificate",
        example="-----BEGIN CERTIFICATE-----…",
    )
    trust_pem: InputStr | None = setting(
        None,
        "With a directoryUrl of your own: the CA certificate in PEM by which clients trust what it issues; exported as caCertificate.",
        allowed="a PEM certificate",
        example="-----BEGIN CERTIFICATE-----…",
    )


class Tls(SettingsModel):
    """How the server proves who it is."""

    mode: Annotated[TlsMode, BeforeValidator(syntax.yaml_off)] = setting(
        TlsMode.SELF_SIGNED,
        "Where the certificate comes from: self-signed, issued by a private CA, provided as PEM, got from Let's Encrypt, or off (plain HTTP).",
        allowed="one of self-signed, private-ca, provided, letsencrypt, off",
        example="self-signed",
    )
    algorithm: KeyAlgorithm = setting(
        KeyAlgorithm.RSA_4096,
        "Key algorithm of a generated certificate.",
        allowed="one of rsa-4096, ecdsa-p256",
        example="ecdsa-p256",
    )
    validity_days: Int = Field(
        1825,
        ge=1,
        le=3650,
        description="Days that a generated certificate is valid.",
        examples=[825],
        json_schema_extra={"allowed": "a whole number of days from 1 to 3650", "secret": False},
    )
    early_renewal_hours: Int | None = Field(
        None,
        ge=0,
        le=87600,
        description="Hours before its end in which an update renews a generated certificate; by default 720 (30 days), or a third of its validity.",
        examples=[2160],
        json_schema_extra={"allowed": "a whole number of hours from 0 to 87600", "secret": False},
    )
    subject: Subject = nested(
        Subject, "Distinguished name of a generated certificate; the common name is the hostname."
    )
    sans: list[Annotated[str, BeforeValidator(syntax.subject_alternative_name)]] = setting(
        [],
        "More subject alternative names of a generated certificate; the hostname is always one.",
        allowed="a list of DNS names, also as *.example.com, and IP addresses of hosts",
        example=["registry.internal", "10.10.0.5"],
    )
    certificate_pem: InputStr | None = setting(
        None,
        "With mode provided: the certificate chain in PEM, the server's own certificate first, each next one the issuer of the one before.",
        allowed="a PEM certificate chain, the server's certificate first",
        example="-----BEGIN CERTIFICATE-----…",
    )
    private_key_pem: InputStr | None = setting(
        None,
        "With mode provided: the unencrypted private key in PEM of the first certificate.",
        allowed="an unencrypted PEM private key",
        example="-----BEGIN PRIVATE KEY-----…",
        secret=True,
    )
    ca: CertificateAuthority = nested(
        CertificateAuthority, "With mode private-ca: the authority that issues the certificate."
    )
    letsencrypt: LetsEncrypt = nested(
        LetsEncrypt, "With mode letsencrypt: how the server gets its certificate."
    )
    minimum_tls: TlsVersion | None = setting(
        None,
        "The oldest TLS version that the server accepts; the image's own by default.",
        allowed="one of tls1.2, tls1.3",
        example="tls1.3",
    )
    client_cas: list[InputStr] = setting(
        [],
        "CA certificates in PEM; a client must then present a certificate that one of them has issued (mutual TLS).",
        allowed="a list of PEM certificates",
        example=["-----BEGIN CERTIFICATE-----…"],
    )
    client_certificate_pem: InputStr | None = setting(
        None,
        "With clientCas: the client certificate in PEM with which the registry is verified.",
        allowed="a PEM certificate chain, the client's certificate first",
        example="-----BEGIN CERTIFICATE-----…",
    )
    client_private_key_pem: InputStr | None = setting(
        None,
        "The unencrypted private key in PEM of that client certificate.",
        allowed="an unencrypted PEM private key",
        example="-----BEGIN PRIVATE KEY-----…",
        secret=True,
    )
