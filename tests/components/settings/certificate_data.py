"""Certificates of ``data/certificates.yaml``, issued when a case first needs one."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from tests.support.certificates import Issued, PrivateKey, issue, issue_unreadable_key
from tests.support.hostile_chains import CA_CASES
from tests.support.odd_extensions import CASES

DEFINITIONS: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "data" / "certificates.yaml").read_text()
)
FIRST_DAY, LAST_DAY = datetime.date(2001, 1, 1), datetime.date(2999, 1, 1)
"""The default validity. Fixed, so that messages with dates don't change from day to day."""

USAGES = {
    "client": ExtendedKeyUsageOID.CLIENT_AUTH,
    "server": ExtendedKeyUsageOID.SERVER_AUTH,
    "any": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
}
EXTENSIONS = {
    "names": ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    "usages": ExtensionOID.EXTENDED_KEY_USAGE,
    "policies": ExtensionOID.CERTIFICATE_POLICIES,
}


def pem(part: str) -> str:
    """Return a PEM block.

    :param part: a certificate's name, a dot, and one of ``certificate``, ``key``,
        ``encrypted-key``, ``public-key``, or a certificate with a defect:
        ``truncated-certificate``, ``truncated-key``, ``garbled-certificate``,
        ``certificate-as-request`` and ``certificate-as-x509`` (other labels).
    :raises KeyError: if there is no such certificate or part.
    """
    name, _, kind = part.partition(".")
    certificate, key = _pair(name)
    if kind in {"encrypted-key", "public-key"}:
        return _issued(name).encrypted_key_pem if kind == "encrypted-key" else _public_key(name)
    return {
        "certificate": certificate,
        "key": key,
        "truncated-certificate": certificate[:200],
        "truncated-key": key[:100],
        "garbled-certificate": certificate.replace("M", "!", 5),
        "certificate-as-request": certificate.replace("CERTIFICATE", "CERTIFICATE REQUEST"),
        "certificate-as-x509": certificate.replace("CERTIFICATE", "X509 CERTIFICATE"),
    }[kind]


@cache
def _pair(name: str) -> tuple[str, str]:
    """Return a certificate and its key in PEM."""
    if "hostile" in DEFINITIONS[name]:
        return (CASES | CA_CASES)[DEFINITIONS[name]["hostile"]]()
    if DEFINITIONS[name].get("key") == "unsupported":
        return issue_unreadable_key(DEFINITIONS[name]["commonName"])
    return _issued(name).certificate_pem, _issued(name).key_pem


@cache
def _issued(name: str) -> Issued:
    given = DEFINITIONS[name]
    now = datetime.datetime.now(datetime.UTC)
    begins = datetime.timedelta(hours=-1)
    ends = datetime.timedelta(days=given.get("days", 0))
    if "days" not in given:
        begins = _midnight(given.get("from", FIRST_DAY)) - now
        ends = _midnight(given.get("until", LAST_DAY)) - now
    return issue(
        given["commonName"],
        [*given.get("names", []), *map(x509.DNSName, given.get("dnsNames", []))],
        issuer=_issued(given["issuer"]) if "issuer" in given else None,
        ca=given.get("ca", False),
        begins=begins,
        ends=ends,
        key=_issued(given["keyOf"]).key if "keyOf" in given else _key(given.get("key", "p256")),
        uses=[USAGES[usage] for usage in given.get("usages", [])],
        more=[
            x509.UnrecognizedExtension(EXTENSIONS[given["unreadable"]], b"not a value of this type")
        ]
        if "unreadable" in given
        else [],
    )


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)


def _key(kind: str) -> PrivateKey:
    if kind == "rsa1024":
        return rsa.generate_private_key(65537, 1024)
    curves = {"p256": ec.SECP256R1, "secp256k1": ec.SECP256K1}
    return ec.generate_private_key(curves[kind]())


def _public_key(name: str) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return _issued(name).key.public_key().public_bytes(encoding, form).decode()
