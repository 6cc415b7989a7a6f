"""Updates with which servers do not start, or stop answering, and some that look like these."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import yaml

from cli.paths import ROOT
from tests.support.certificates import Issued, issue
from tests.support.hostile_certificates import HOSTNAME
from tests.support.hostile_chains import CA_CASES, CASES

CHAINS = (
    "serial number -1, server",
    "serial number -128, intermediate",
    "serial number 0, single",
    "serial number of 200 bytes, server",
    "serial number without bytes, single",
    "version 3, server",
    "subject empty",
    "subject invalid UTF-8",
    "duplicate extension, server",
    "critical unknown extension, server",
    "critical subject key identifier, root",
    "alternative name DNS with umlaut",
    "alternative name address of 3 bytes",
    "client use",
    "CA:FALSE, intermediate",
    "no keyCertSign, root",
    "excludes the domain, intermediate, critical",
    "ECDSA with sha1, certificate 1",
    "RSA with SHA-1",
    "RSA-PSS key",
    "RSA key with exponent 1",
    "P-224 key",
    "P-521 key",
    "Ed25519 key",
    "secp256k1 key",
    "RSA 1024 key",
    "RSA 2049 key",
    "expired cross-signed root",
    "wrong order",
)
"""Names of cases in :mod:`tests.support.hostile_chains`."""

SETTINGS_FILE = ROOT / "tests" / "engine" / "data" / "hostile_settings.yaml"


def provided(certificate: str, key: str) -> dict[str, Any]:
    """Return the TLS settings of a certificate."""
    return {"mode": "provided", "certificatePem": certificate, "privateKeyPem": key}


def certificate_updates() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield TLS settings and what is special about them."""
    for name in CHAINS:
        yield name, provided(*CASES[name]())
    for name, make in CA_CASES.items():
        certificate, key = make()
        ca = {"certificatePem": certificate, "privateKeyPem": key}
        yield name, {"mode": "private-ca", "validityDays": 30, "ca": ca}
    day = datetime.timedelta(days=1)
    expired = issue(HOSTNAME, [HOSTNAME], begins=-3 * day, ends=-day)
    future = issue(HOSTNAME, [HOSTNAME], begins=day)
    good, other = issue(HOSTNAME, [HOSTNAME]), issue("other.example.com", ["other.example.com"])
    yield "expired", provided(expired.certificate_pem, expired.key_pem)
    yield "not yet valid", provided(future.certificate_pem, future.key_pem)
    yield "another key", provided(good.certificate_pem, other.key_pem)
    yield "another name", provided(other.certificate_pem, other.key_pem)
    yield "garbage", provided("garbage", "garbage")
    yield "encrypted key", provided(good.certificate_pem, good.encrypted_key_pem)
    for name, certificate, key in _shapes(issue(HOSTNAME, [HOSTNAME])):
        yield name, provided(certificate, key)


def _shapes(good: Issued) -> Iterator[tuple[str, str, str]]:
    """Yield PEM that Go reads differently than Python."""
    certificate, key = good.certificate_pem, good.key_pem
    parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    yield "byte order mark", f"\ufeff{certificate}", f"\ufeff{key}"
    yield "carriage returns", certificate.replace("\n", "\r"), key.replace("\n", "\r\n")
    indented = (text.replace("\n", "\n  ") for text in (certificate, key))
    yield "indented", *(f"  {text}" for text in indented)  # type: ignore[misc]
    yield "curve before the key", certificate, parameters + key
    yield "attributes", f"Bag Attributes\n    friendlyName: a\n{certificate}", key


def settings_updates() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield settings of the server, and what is special about them."""
    yield from yaml.safe_load(SETTINGS_FILE.read_text(encoding="utf-8")).items()
