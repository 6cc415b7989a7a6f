"""Chains that clients or servers refuse, and chains that look odd but work."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa

from components.tls.der import elements
from tests.support.certificates import Issued, issue
from tests.support.der_forgery import (
    encode,
    forge,
    with_extension,
    with_field,
)

HOSTNAME = "registry.example.com"
Change = Callable[[bytes], bytes]
CASES: dict[str, Callable[[], tuple[str, str]]] = {}
"""A chain and its key in PEM, by what is special about it."""

SUBJECT_KEY, KEY_USAGE, SANS, BASIC = "551d0e", "551d0f", "551d11", "551d13"
CONSTRAINTS, CRLS, POLICIES, MAPPINGS = "551d1e", "551d1f", "551d20", "551d21"
AUTHORITY_KEY, POLICY_CONSTRAINTS, USES, ANY_POLICY = "551d23", "551d24", "551d25", "551d36"
AUTHORITY_ACCESS, STAPLING, UNKNOWN = "2b06010505070101", "2b06010505070118", "2a0304"
HOST_DER = encode(0x82, HOSTNAME.encode())


@dataclass(frozen=True)
class CaSet:
    """A root, an intermediate CA, and a server certificate of each key type."""

    root: Issued
    intermediate: Issued
    leaf: Issued

    @functools.cached_property
    def rsa_root(self) -> Issued:
        return issue("RSA Root", ca=True, key=rsa.generate_private_key(65537, 2048))

    @functools.cached_property
    def rsa_leaf(self) -> Issued:
        key = rsa.generate_private_key(65537, 2048)
        return issue(HOSTNAME, [HOSTNAME], self.rsa_root, key=key)

    @property
    def issuers_pem(self) -> tuple[str, str]:
        return self.intermediate.certificate_pem, self.root.certificate_pem

    @property
    def issuers(self) -> str:
        return "".join(self.issuers_pem)


@functools.cache
def cas() -> CaSet:
    root = issue("Root", ca=True)
    intermediate = issue("Intermediate", issuer=root, ca=True)
    return CaSet(root, intermediate, issue(HOSTNAME, [HOSTNAME], intermediate))


def changed_leaf(change: Change) -> tuple[str, str]:
    """Return the chain with a changed server certificate."""
    made = cas()
    return forge(made.leaf, change, made.intermediate.key) + made.issuers, made.leaf.key_pem


def changed_intermediate(change: Change) -> tuple[str, str]:
    """Return the chain with a changed intermediate certificate."""
    made = cas()
    forged = forge(made.intermediate, change, made.root.key)
    chain = made.leaf.certificate_pem + forged + made.root.certificate_pem
    return chain, made.leaf.key_pem


def changed_root(change: Change) -> tuple[str, str]:
    """Return the chain with a changed root certificate."""
    made = cas()
    forged = forge(made.root, change)
    chain = made.leaf.certificate_pem + made.intermediate.certificate_pem + forged
    return chain, made.leaf.key_pem


def changed_single(change: Change) -> tuple[str, str]:
    """Return a changed self-signed server certificate."""
    made = issue(HOSTNAME, [HOSTNAME])
    return forge(made, change), made.key_pem


def changed_rsa(change: Change) -> tuple[str, str]:
    """Return the RSA chain with a changed server certificate."""
    made = cas()
    forged = forge(made.rsa_leaf, change, made.rsa_root.key)
    return forged + made.rsa_root.certificate_pem, made.rsa_leaf.key_pem


PLACES = {
    "server": changed_leaf,
    "intermediate": changed_intermediate,
    "root": changed_root,
    "single": changed_single,
}


def add(name: str, place: Callable[[Change], tuple[str, str]], change: Change) -> None:
    assert name not in CASES
    CASES[name] = functools.partial(place, change)


def add_everywhere(name: str, change: Change) -> None:
    for place, make in PLACES.items():
        add(f"{name}, {place}", make, change)


def in_turn(first: Change, second: Change, fields: bytes) -> bytes:
    return second(first(fields))


def names_of(*names: bytes) -> bytes:
    return encode(0x30, b"".join(names))


def subject_of(tag: int, value: bytes) -> bytes:
    attribute = encode(0x06, bytes.fromhex("550403")) + encode(tag, value)
    return encode(0x30, encode(0x31, encode(0x30, attribute)))


def _add_fields() -> None:
    for name, serial in {
        "serial number 0": "00",
        "serial number -1": "ff",
        "serial number -128": "80",
        "serial number of 21 bytes": "7f" * 21,
        "serial number of 200 bytes": "7f" * 200,
        "negative serial number of 20 bytes": "80" + "11" * 19,
        "serial number without bytes": "",
        "serial number with padding": "000001",
    }.items():
        content = encode(0x02, bytes.fromhex(serial))
        add_everywhere(name, with_field(1, content))
    for version in range(4):
        content = encode(0xA0, encode(0x02, bytes([version])))
        add_everywhere(f"version {version}", with_field(0, content))
    other = bytes.fromhex("300a06082a8648ce3d040303")
    add_everywhere("two algorithms", with_field(2, other))
    for name, tag, value in (
        ("printable with underscore", 0x13, b"a_b"),
        ("printable with at sign", 0x13, b"a@b"),
        ("printable with star", 0x13, b"*.example.com"),
        ("printable with ampersand", 0x13, b"A & B"),
        ("printable with umlaut", 0x13, "ä".encode("latin-1")),
        ("UTF-8", 0x0C, "Käse".encode()),
        ("invalid UTF-8", 0x0C, b"\xff"),
        ("Teletex", 0x14, "ä".encode("latin-1")),
        ("IA5", 0x16, b"a@b"),
        ("IA5 with umlaut", 0x16, b"\xe4"),
        ("BMP", 0x1E, "ab".encode("utf-16-be")),
        ("odd BMP", 0x1E, b"\0a\0"),
        ("numeric", 0x12, b"12 3"),
        ("numeric with letter", 0x12, b"12a"),
        ("universal", 0x1C, "ab".encode("utf-32-be")),
        ("visible", 0x1A, b"ab"),
        ("bits", 0x03, b"\0a"),
        ("empty", 0x0C, b""),
    ):
        change = with_field(5, subject_of(tag, value))
        add(f"subject {name}", changed_leaf, change)
        both = functools.partial(in_turn, with_field(3, subject_of(tag, value)), change)
        add(f"subject and issuer {name}", changed_single, both)
    add(
        "subject of the issuer's in another string type",
        changed_leaf,
        with_field(3, subject_of(0x13, b"Intermediate")),
    )


def _add_extensions() -> None:
    critical = {
        "subject key identifier": (SUBJECT_KEY, encode(0x04, b"12345")),
        "authority information access": (AUTHORITY_ACCESS, encode(0x30, b"")),
        "unknown extension": (UNKNOWN, b"\x05\0"),
        "stapling": (STAPLING, encode(0x30, encode(0x02, b"\5"))),
        "revocation lists": (CRLS, encode(0x30, b"")),
        "policies": (POLICIES, encode(0x30, encode(0x30, bytes.fromhex("0604551d2000")))),
        "no policy constraints": (POLICY_CONSTRAINTS, encode(0x30, encode(0x81, b"\0"))),
        "any policy inhibited": (ANY_POLICY, encode(0x02, b"\0")),
    }
    for name, (identifier, value) in critical.items():
        add_everywhere(f"critical {name}", with_extension(identifier, value, critical=True))
        add(f"{name} that is not critical", changed_leaf, with_extension(identifier, value))
    add_everywhere(
        "critical authority key identifier",
        with_extension(AUTHORITY_KEY, encode(0x30, b""), critical=True),
    )
    for name, names in {
        "directory": encode(0xA4, subject_of(0x0C, b"x")),
        "registered": encode(0x88, b"\x2a\x03"),
        "URI": encode(0x86, b"https://example.com/a"),
        "URI without scheme": encode(0x86, b"//example.com/a"),
        "URI with space": encode(0x86, b"https://exa mple.com"),
        "URI with bad escape": encode(0x86, b"https://example.com/%zz"),
        "URI with bad port": encode(0x86, b"https://example.com:x/"),
        "URI with empty label": encode(0x86, b"https://a..b/"),
        "URN": encode(0x86, b"urn:uuid:1"),
        "URI with umlaut": encode(0x86, b"https://\xe4/"),
        "mail": encode(0x81, b"a@example.com"),
        "mail without at": encode(0x81, b"a"),
        "mail with umlaut": encode(0x81, b"\xe4@b"),
        "DNS with umlaut": encode(0x82, b"\xe4.example.com"),
        "DNS with underscore": encode(0x82, b"a_b.example.com"),
        "DNS with final dot": encode(0x82, b"a.example.com."),
        "DNS empty": encode(0x82, b""),
        "DNS with space": encode(0x82, b"a b"),
        "address of 3 bytes": encode(0x87, b"abc"),
        "address with mask": encode(0x87, b"\x0a\0\0\0\xff\0\0\0"),
        "other": encode(0xA0, bytes.fromhex("06032a0304a0020500")),
    }.items():
        change = with_extension(SANS, names_of(HOST_DER, names))
        add(f"alternative name {name}", changed_leaf, change)
        critical_change = with_extension(SANS, names_of(names), critical=True)
        add(
            f"critical alternative name {name}, intermediate", changed_intermediate, critical_change
        )
    twice = encode(0x30, bytes.fromhex("0603" + SUBJECT_KEY) + encode(0x04, encode(0x04, b"1")))

    def duplicate(field):  # type: ignore[no-untyped-def]
        inner = elements(field.content)[0].content
        return encode(0xA3, encode(0x30, inner + twice))

    add_everywhere("duplicate extension", with_field(7, duplicate))


_add_fields()
_add_extensions()
