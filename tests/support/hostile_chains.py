"""More cases of :mod:`tests.support.hostile_certificates`: paths, usages, signatures and keys."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.support.certificates import PrivateKey, issue
from tests.support.der_forgery import encode, forge, forge_signature, with_extension, with_field
from tests.support.hostile_certificates import (
    AUTHORITY_KEY,
    BASIC,
    CASES,
    CONSTRAINTS,
    HOST_DER,
    HOSTNAME,
    KEY_USAGE,
    PLACES,
    POLICY_CONSTRAINTS,
    USES,
    Change,
    add,
    cas,
    changed_leaf,
    changed_rsa,
    subject_of,
)

__all__ = ["CASES", "CA_CASES"]

CA_CASES: dict[str, Callable[[], tuple[str, str]]] = {}
"""A CA certificate and its key in PEM, by what is special about it."""

SIGNING = bytes.fromhex("03020106")
"""Key usage keyCertSign and cRLSign."""
SERVER_USE, CLIENT_USE, ANY_USE, SIGN_CODE = (
    bytes.fromhex(text)
    for text in (
        "06082b06010505070301",
        "06082b06010505070302",
        "0604551d2500",
        "06082b06010505070303",
    )
)


def subtrees(tag: int, *bases: bytes) -> bytes:
    return encode(0x30, encode(tag, b"".join(encode(0x30, base) for base in bases)))


def _add_paths() -> None:
    no_ca = encode(0x30, b"")
    for place in ("intermediate", "root"):
        make = PLACES[place]
        add(f"CA:FALSE, {place}", make, with_extension(BASIC, no_ca, critical=True))
        add(f"no basic constraints, {place}", make, with_extension(BASIC, None))
        limited = encode(0x30, bytes.fromhex("0101ff020100"))
        add(f"path length 0, {place}", make, with_extension(BASIC, limited, critical=True))
        short = bytes.fromhex("03020780")  # digitalSignature
        add(f"no keyCertSign, {place}", make, with_extension(KEY_USAGE, short, critical=True))
        add(f"keyCertSign, {place}", make, with_extension(KEY_USAGE, SIGNING, critical=True))
        for name, uses in {
            "server": SERVER_USE,
            "client": CLIENT_USE,
            "any": ANY_USE,
            "code": SIGN_CODE,
            "both": SERVER_USE + CLIENT_USE,
            "none": b"",
        }.items():
            add(f"{name} use, {place}", make, with_extension(USES, encode(0x30, uses)))
        for name, value in _constraint_values().items():
            for critical in (True, False):
                change = with_extension(CONSTRAINTS, value, critical=critical)
                add(f"{name}, {place}, {'critical' if critical else 'ignorable'}", make, change)
        for skipped in range(3):
            value = encode(0x30, encode(0x80, bytes([skipped])))
            change = with_extension(POLICY_CONSTRAINTS, value, critical=True)
            add(f"explicit policy after {skipped}, {place}", make, change)


def _constraint_values() -> Mapping[str, bytes]:
    permitted, excluded = 0xA0, 0xA1
    return {
        "permits the host": subtrees(permitted, HOST_DER),
        "permits the domain": subtrees(permitted, encode(0x82, b"example.com")),
        "permits subdomains": subtrees(permitted, encode(0x82, b".example.com")),
        "permits in capitals": subtrees(permitted, encode(0x82, b"EXAMPLE.com")),
        "permits another domain": subtrees(permitted, encode(0x82, b"example.org")),
        "permits part of a label": subtrees(permitted, encode(0x82, b"ple.com")),
        "excludes the domain": subtrees(excluded, encode(0x82, b"example.com")),
        "excludes another domain": subtrees(excluded, encode(0x82, b"example.org")),
        "excludes everything": subtrees(excluded, encode(0x82, b"")),
        "permits everything": subtrees(permitted, encode(0x82, b"")),
        "permits addresses": subtrees(permitted, encode(0x87, b"\x0a\0\0\0\xff\0\0\0")),
        "mask with holes": subtrees(permitted, encode(0x87, b"\x0a\0\0\0\xff\0\xff\0")),
        "permits a subject": subtrees(permitted, encode(0xA4, subject_of(0x0C, b"Other"))),
        "excludes another subject": subtrees(excluded, encode(0xA4, subject_of(0x0C, b"Other"))),
        "permits mail": subtrees(permitted, encode(0x81, b"example.com")),
        "permits URIs": subtrees(permitted, encode(0x86, b".example.com")),
        "URI constraint with address": subtrees(permitted, encode(0x86, b"10.0.0.1")),
        "final dot": subtrees(permitted, encode(0x82, b"example.com.")),
        "empty label": subtrees(permitted, encode(0x82, b"example..com")),
        "registered": subtrees(excluded, encode(0x88, b"\x2a\x03")),
        "empty": encode(0x30, b""),
    }


def _add_server_uses() -> None:
    for name, bits in {
        "digitalSignature": "03020780",
        "keyEncipherment": "03020520",
        "keyAgreement": "03020308",
        "keyCertSign": "03020204",
        "nothing": "030100",
    }.items():
        change = with_extension(KEY_USAGE, bytes.fromhex(bits), critical=True)
        add(f"key usage {name}", changed_leaf, change)
        add(f"key usage {name}, RSA", changed_rsa, change)
    for name, uses in {"server": SERVER_USE, "client": CLIENT_USE, "any": ANY_USE}.items():
        add(f"{name} use", changed_leaf, with_extension(USES, encode(0x30, uses)))
    mismatch = encode(0x30, encode(0x80, b"another key"))
    add("other authority key", changed_leaf, with_extension(AUTHORITY_KEY, mismatch))
    serial = encode(
        0x30, encode(0xA1, encode(0xA4, subject_of(0x0C, b"Root"))) + encode(0x82, b"\5")
    )
    add("other authority serial", changed_leaf, with_extension(AUTHORITY_KEY, serial))
    add("no key identifiers", changed_leaf, with_extension(AUTHORITY_KEY, None))


ECDSA_WITH = "300906072a8648ce3d0401", "300a06082a8648ce3d040301"
"""ECDSA with SHA-1 and SHA-224."""
RSA_WITH = {
    "MD5": ("300d06092a864886f70d0101040500", hashes.MD5()),
    "SHA-1": ("300d06092a864886f70d0101050500", hashes.SHA1()),
    "SHA-224": ("300d06092a864886f70d01010e0500", hashes.SHA224()),
    "SHA-512": ("300d06092a864886f70d01010d0500", hashes.SHA512()),
    "SHA-256 without NULL": ("300b06092a864886f70d01010b", hashes.SHA256()),
}


def _add_signatures() -> None:
    for identifier, used in zip(ECDSA_WITH, (hashes.SHA1(), hashes.SHA224()), strict=True):
        for place in range(3):
            name = f"ECDSA with {used.name}, certificate {place + 1}"
            _add_chain(name, functools.partial(_ecdsa_chain, place, identifier, used))
    for name, (identifier, used) in RSA_WITH.items():
        _add_chain(f"RSA with {name}", functools.partial(_rsa_leaf, identifier, used))
        _add_chain(f"root with RSA and {name}", functools.partial(_rsa_root, identifier, used))


def _ecdsa_chain(place: int, identifier: str, used: hashes.HashAlgorithm) -> tuple[str, str]:
    made = cas()
    parts = [made.leaf.certificate_pem, *made.issuers_pem]
    certificate = (made.leaf, made.intermediate, made.root)[place]
    issuer = (made.intermediate, made.root, made.root)[place]
    parts[place] = forge_signature(certificate, issuer.key, identifier, used)
    return "".join(parts), made.leaf.key_pem


def _rsa_leaf(identifier: str, used: hashes.HashAlgorithm) -> tuple[str, str]:
    made = cas()
    leaf = forge_signature(made.rsa_leaf, made.rsa_root.key, identifier, used)
    return leaf + made.rsa_root.certificate_pem, made.rsa_leaf.key_pem


def _rsa_root(identifier: str, used: hashes.HashAlgorithm) -> tuple[str, str]:
    made = cas()
    root = forge_signature(made.rsa_root, made.rsa_root.key, identifier, used)
    return made.rsa_leaf.certificate_pem + root, made.rsa_leaf.key_pem


def _add_chain(name: str, make: Callable[[], tuple[str, str]]) -> None:
    assert name not in CASES
    CASES[name] = make


def _add_keys() -> None:
    made = cas()
    key = made.leaf.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    numbers = key.public_key().public_numbers()
    x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
    prime256 = encode(0x06, bytes.fromhex("2a8648ce3d030107"))
    point = {
        "compressed point": bytes([2 + numbers.y % 2]) + x,
        "hybrid point": bytes([6 + numbers.y % 2]) + x + y,
    }
    for name, content in point.items():
        add(name, changed_leaf, with_field(6, _public_key(prime256, content)))
    plain, pss = "06092a864886f70d010101", "06092a864886f70d01010a"
    for name, algorithm, exponent in (
        ("RSA key", plain + "0500", 65537),
        ("RSA key without NULL", plain, 65537),
        ("RSA-PSS key", pss, 65537),
        ("RSA-PSS key with NULL", pss + "0500", 65537),
        ("RSA key with exponent 1", plain + "0500", 1),
        ("RSA key with even exponent", plain + "0500", 65538),
        ("RSA key with long exponent", plain + "0500", 2**32 + 1),
    ):
        add(name, changed_rsa, functools.partial(_with_rsa_key, algorithm, exponent))
    keys: dict[str, Callable[[], PrivateKey]] = {
        "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "P-521": lambda: ec.generate_private_key(ec.SECP521R1()),
        "P-224": lambda: ec.generate_private_key(ec.SECP224R1()),
        "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
        "brainpool": lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
        "Ed25519": ed25519.Ed25519PrivateKey.generate,
        "RSA 1024": lambda: rsa.generate_private_key(65537, 1024),
        "RSA 2049": lambda: rsa.generate_private_key(65537, 2049),
        "RSA exponent 3": lambda: rsa.generate_private_key(3, 2048),
    }
    for name, generate in keys.items():
        key_once = functools.cache(generate)
        _add_chain(f"{name} key", functools.partial(_single, key_once))
        _add_chain(f"{name} root", functools.partial(_rooted, key_once))


def _with_rsa_key(algorithm: str, exponent: int, fields: bytes) -> bytes:
    key = cas().rsa_leaf.key
    assert isinstance(key, rsa.RSAPrivateKey)
    public = encode(0x30, _integer(key.public_key().public_numbers().n) + _integer(exponent))
    info = encode(0x30, encode(0x30, bytes.fromhex(algorithm)) + encode(0x03, b"\0" + public))
    return with_field(6, info)(fields)


def _single(key: Callable[[], PrivateKey]) -> tuple[str, str]:
    single = issue(HOSTNAME, [HOSTNAME], key=key())
    return single.certificate_pem, single.key_pem


def _rooted(key: Callable[[], PrivateKey]) -> tuple[str, str]:
    root = issue("Root", ca=True, key=key())
    leaf = issue(HOSTNAME, [HOSTNAME], root)
    return leaf.certificate_pem + root.certificate_pem, leaf.key_pem


def _public_key(parameters: bytes, point: bytes) -> bytes:
    algorithm = encode(0x30, encode(0x06, bytes.fromhex("2a8648ce3d0201")) + parameters)
    return encode(0x30, algorithm + encode(0x03, b"\0" + point))


def _integer(number: int) -> bytes:
    return encode(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _add_validity() -> None:
    made = cas()
    ago, day = datetime.timedelta(days=-400), datetime.timedelta(days=-1)
    old_root = issue("Old Root", ca=True, begins=ago, ends=day)
    cross = issue("Root", issuer=old_root, ca=True, key=made.root.key, begins=ago, ends=day)
    valid_cross = issue("Root", issuer=old_root, ca=True, key=made.root.key)
    start = made.leaf.certificate_pem + made.intermediate.certificate_pem
    for name, chain in {
        "expired cross-signed root": start + cross.certificate_pem,
        "cross-signed root": start + valid_cross.certificate_pem,
        "cross-signed root and expired root": start
        + valid_cross.certificate_pem
        + old_root.certificate_pem,
        "no root": start,
        "server alone": made.leaf.certificate_pem,
        "all": start + made.root.certificate_pem,
        "root twice": start + made.root.certificate_pem * 2,
        "wrong order": made.leaf.certificate_pem
        + made.root.certificate_pem
        + made.intermediate.certificate_pem,
    }.items():
        _add_chain(name, functools.partial(_unchanged, chain, made.leaf.key_pem))


def _unchanged(chain: str, key: str) -> tuple[str, str]:
    return chain, key


def changed_ca(change: Change) -> tuple[str, str]:
    """Return a changed root certificate with its own key, for what it issues itself."""
    ca = issue("Own Root", ca=True, ends=datetime.timedelta(days=4000))
    return forge(ca, change), ca.key_pem


def _add_cas() -> None:
    signature = bytes.fromhex("03020780")
    permitted = _constraint_values()
    for name, change in {
        "no keyCertSign": with_extension(KEY_USAGE, signature, critical=True),
        "client use": with_extension(USES, encode(0x30, CLIENT_USE)),
        "permits another domain": with_extension(CONSTRAINTS, permitted["permits another domain"]),
        "permits the domain": with_extension(
            CONSTRAINTS,
            encode(
                0x30,
                encode(
                    0xA0,
                    encode(0x30, encode(0x82, b"example.com"))
                    + encode(0x30, encode(0x87, b"\x0a\0\0\0\xff\0\0\0")),
                ),
            ),
        ),
    }.items():
        CA_CASES[name + ", CA"] = functools.partial(changed_ca, change)


_add_cas()
_add_paths()
_add_server_uses()
_add_signatures()
_add_keys()
_add_validity()
