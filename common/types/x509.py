"""Parts of certificates, and PEM files."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from common.types.base import Format, InputStr, integer
from common.types.countries import CODES
from common.types.network import dns_name

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?P<domain>.+\..+)")


class _Country(Format):
    def parse(self, value: Any) -> Any:
        """Return the code in upper case. YAML 1.1 reads Norway's bare ``NO`` as false."""
        text = "NO" if value is False else value
        if not isinstance(text, str) or not text.isascii() or text.upper() not in CODES:
            raise ValueError
        return text.upper()


def _email(value: str) -> str:
    """Accept what browsers accept (WHATWG HTML, 4.10.5.1.5) with a dot in the domain."""
    match = _EMAIL.fullmatch(value)
    if not match:
        raise ValueError
    dns_name(match["domain"])
    return value


def _printable(limit: int) -> Callable[[str], str]:
    """Return a check of attributes of a subject, with a limit of RFC 5280, appendix A.1."""

    def check(value: str) -> str:
        if len(value) > limit or not value.isprintable() or value != value.strip():
            raise ValueError
        return value

    return check


def _attribute(limit: int, example: str) -> Format:
    return Format(
        f"a string of at most {limit} characters, without leading or trailing spaces",
        example,
        _printable(limit),
    )


CountryCode = Annotated[str, _Country("an ISO 3166-1 country code of two letters", "US")]
StateName = Annotated[str, _attribute(128, "California")]
LocalityName = Annotated[str, _attribute(128, "San Jose")]
OrganizationName = Annotated[str, _attribute(64, "Example Inc.")]
OrganizationalUnitName = Annotated[str, _attribute(64, "Platform")]
EmailAddress = Annotated[str, Format("an email address", "ops@example.com", _email)]

CertificatePem = Annotated[InputStr, Format("a PEM certificate", "-----BEGIN CERTIFICATE-----…")]
CertificateChainPem = Annotated[
    InputStr,
    Format(
        "a PEM certificate chain, each certificate followed by its issuer",
        "-----BEGIN CERTIFICATE-----…",
    ),
]
PrivateKeyPem = Annotated[
    InputStr,
    Format("an unencrypted PEM private key", "-----BEGIN PRIVATE KEY-----…", secret=True),
]

CertificateDays = Annotated[int, integer(1, 3650, 825, "days")]
CaDays = Annotated[int, integer(1, 7300, 7300, "days")]
RenewalHours = Annotated[int, integer(0, 87600, 2160, "hours")]
