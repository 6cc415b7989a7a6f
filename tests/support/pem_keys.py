"""Certificates of one CA with keys of each type."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.certificates import Issued, PrivateKey, issue
from tests.support.hostile_certificates import HOSTNAME

KEYS: dict[str, Callable[[], PrivateKey]] = {
    "RSA": lambda: rsa.generate_private_key(65537, 1024),
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "Ed25519": Ed25519PrivateKey.generate,
}


@functools.cache
def root_ca() -> Issued:
    return issue("Test Root", ca=True, ends=datetime.timedelta(days=400))


@functools.cache
def issued(kind: str) -> Issued:
    return issue(HOSTNAME, [HOSTNAME], root_ca(), key=KEYS[kind]())


def traditional(key: PrivateKey) -> str:
    form = PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()
