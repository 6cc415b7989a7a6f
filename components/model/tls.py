"""How the server proves who it is."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from components import syntax
from components.model.base import Content, Group, Whole, group, setting


class TlsMode(StrEnum):
    """Where the server's certificate comes from."""

    SELF_SIGNED = "self-signed"
    PROVIDED = "provided"
    OFF = "off"


class KeyAlgorithm(StrEnum):
    """The key of a generated certificate."""

    RSA_4096 = "rsa-4096"
    ECDSA_P256 = "ecdsa-p256"


class Subject(Group):
    """The distinguished name of a generated certificate (RFC 5280, 4.1.2.6); its common name is always the hostname."""

    country: Annotated[str, BeforeValidator(syntax.or_nothing(syntax.country))] = setting(
        "", "Country (C) in the certificate's subject.", allowed="an ISO 3166 code of two letters", example="US"
    )
    state: Annotated[str, BeforeValidator(syntax.subject_text(128))] = setting(
        "", "State or province (ST) in the certificate's subject.", allowed="a text of at most 128 characters", example="California"
    )
    locality: Annotated[str, BeforeValidator(syntax.subject_text(128))] = setting(
        "", "City (L) in the certificate's subject.", allowed="a text of at most 128 characters", example="San Jose"
    )
    organization: Annotated[str, BeforeValidator(syntax.subject_text(64))] = setting(
        "", "Organization (O) in the certificate's subject.", allowed="a text of at most 64 characters", example="Example Inc."
    )
    organizational_unit: Annotated[str, BeforeValidator(syntax.subject_text(64))] = setting(
        "", "Organizational unit (OU) in the certificate's subject.", allowed="a text of at most 64 characters", example="Platform"
    )
    email: Annotated[str, BeforeValidator(syntax.or_nothing(syntax.email))] = setting(
        "", "E-mail address in the certificate's subject.", allowed="an e-mail address", example="platform@example.com"
    )


class Tls(Group):
    """How the server proves who it is."""

    mode: Annotated[TlsMode, BeforeValidator(syntax.yaml_off)] = setting(
        TlsMode.SELF_SIGNED,
        "Where the certificate comes from: generated and self-signed, provided as PEM, or off (plain HTTP).",
        allowed="one of self-signed, provided, off",
        example="self-signed",
    )
    algorithm: KeyAlgorithm = setting(
        KeyAlgorithm.RSA_4096,
        "Key algorithm of a self-signed certificate.",
        allowed="one of rsa-4096, ecdsa-p256",
        example="ecdsa-p256",
    )
    validity_days: Whole = Field(
        1825,
        ge=1,
        le=3650,
        description="Days that a self-signed certificate is valid; it is renewed by an update in its last 30 days.",
        examples=[825],
        json_schema_extra={"allowed": "a whole number of days from 1 to 3650", "secret": False},
    )
    subject: Subject = group(Subject, "Distinguished name of a self-signed certificate; the common name is the hostname.")
    sans: list[Annotated[str, BeforeValidator(syntax.subject_alternative_name)]] = setting(
        [],
        "More subject alternative names of a self-signed certificate; the hostname is always one.",
        allowed="a list of DNS names and IP addresses",
        example=["registry.internal", "10.10.0.5"],
    )
    certificate_pem: Content | None = setting(
        None,
        "With mode provided: the certificate chain in PEM, the server's own certificate first, each next one the issuer of the one before.",
        allowed="a PEM certificate chain, the server's certificate first",
        example="-----BEGIN CERTIFICATE-----…",
    )
    private_key_pem: Content | None = setting(
        None,
        "With mode provided: the unencrypted private key in PEM of the first certificate.",
        allowed="an unencrypted PEM private key",
        example="-----BEGIN PRIVATE KEY-----…",
        secret=True,
    )
