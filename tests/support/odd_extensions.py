"""More cases of :mod:`tests.support.hostile_certificates`: rare extensions, dates and names."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from components.tls.der import elements
from tests.support.der_forgery import encode, with_extension, with_field
from tests.support.hostile_certificates import (
    ANY_POLICY,
    AUTHORITY_ACCESS,
    AUTHORITY_KEY,
    BASIC,
    CASES,
    CONSTRAINTS,
    CRLS,
    HOST_DER,
    KEY_USAGE,
    PLACES,
    POLICIES,
    SUBJECT_KEY,
    USES,
    add_everywhere,
    subject_of,
)
from tests.support.hostile_chains import subtrees

__all__ = ["CASES"]

NETSCAPE_TYPE, PROXY, POISON = "6086480186f8420101", "2b0601050507010e", "2b06010401d679020403"
TIMESTAMPS, TEMPLATE, ISSUER_NAMES = "2b06010401d679020402", "2b0601040182371402", "551d12"
KEY_PERIOD, DELTA_CRLS, DIRECTORY = "551d10", "551d2e", "551d09"
PERMITTED, EXCLUDED = 0xA0, 0xA1
CLIENT, EMAIL, ANY = "06082b06010505070302", "06082b06010505070304", "0604551d2500"
MICROSOFT_GATED, NETSCAPE_GATED = "060a2b0601040182370a0303", "06096086480186f8420401"
"""Uses of the 1990s, with which browsers allowed strong ciphers."""


def dns(name: bytes) -> bytes:
    return encode(0x82, name)


def point(name: bytes) -> bytes:
    """Return the distribution points of a revocation list."""
    return encode(0x30, encode(0x30, encode(0xA0, encode(0xA0, name))))


def access(name: bytes) -> bytes:
    return encode(0x30, encode(0x30, bytes.fromhex("06082b06010505073002") + name))


def distance(end: str) -> bytes:
    """Return name constraints with a minimum or maximum."""
    tree = dns(b"example.com") + bytes.fromhex(end)
    return encode(0x30, encode(PERMITTED, encode(0x30, tree)))


def _values() -> dict[str, Mapping[str, bytes]]:
    policy = encode(0x30, bytes.fromhex("06032a0304"))
    return {
        **_fields(),
        **_issuers(),
        CONSTRAINTS: _constraints(),
        PROXY: _from_hex({"inherit all": "300c300a06082b06010505071501"}),
        POLICIES: {
            "same policy twice": encode(0x30, policy * 2),
            "two policies": encode(0x30, policy + encode(0x30, bytes.fromhex("06032a0305"))),
            "garbage": b"\5\0",
            "none": b"\x30\0",
        },
        ANY_POLICY: _from_hex({"after 0": "020100", "negative": "0201ff"}),
        POISON: _from_hex({"present": "0500"}),
        TIMESTAMPS: _from_hex({"garbage": "0500"}),
        ISSUER_NAMES: {"DNS": encode(0x30, dns(b"x"))},
        KEY_PERIOD: {"start": encode(0x30, encode(0x80, b"20200101000000Z"))},
        DELTA_CRLS: {"URI": point(encode(0x86, b"http://a/b"))},
        DIRECTORY: {"empty": b"\x30\0"},
        TEMPLATE: {"name": encode(0x1E, "Web".encode("utf-16-be"))},
    }


def _fields() -> dict[str, Mapping[str, bytes]]:
    uses = {
        "Microsoft's gated": MICROSOFT_GATED,
        "Netscape's gated": NETSCAPE_GATED,
        "gated and client": MICROSOFT_GATED + CLIENT,
        "mail and client": EMAIL + CLIENT,
        "any and client": ANY + CLIENT,
        "OCSP": "06082b06010505070309",
        "server and unknown": "06082b0601050507030106032a0305",
        "garbage": "0500",
    }
    return {
        NETSCAPE_TYPE: _from_hex(
            {
                "client": "03020780",
                "server": "03020640",
                "object signing": "03020410",
                "CA": "03020204",
                "all": "030200ff",
                "none": "030100",
                "garbage": "05",
            }
        ),
        USES: {name: encode(0x30, bytes.fromhex(value)) for name, value in uses.items()},
        BASIC: _from_hex(
            {
                "path length without CA": "3003020100",
                "negative path length": "30060101ff0201ff",
                "path length 0": "30060101ff020100",
                "huge path length": "300a0101ff02050100000000",
                "CA": "30030101ff",
                "true as 1": "3003010101",
                "explicit false": "3003010100",
            }
        ),
        KEY_USAGE: _from_hex(
            {
                "signatures and certificates": "03020284",
                "nothing": "030100",
                "nine bits": "0303078680",
                "decipher only": "0303070080",
                "padding bits": "030207ff",
            }
        ),
        SUBJECT_KEY: _from_hex({"empty": "0400", "garbage": "0500"}),
    }


def _issuers() -> dict[str, Mapping[str, bytes]]:
    nobody = encode(0xA1, encode(0xA4, subject_of(0x0C, b"Nobody")))
    directory = encode(0xA4, subject_of(0x0C, b"x"))
    return {
        AUTHORITY_KEY: {
            "garbage": b"\5\0",
            "issuer alone": encode(0x30, nobody),
            "other issuer": encode(0x30, nobody + encode(0x82, b"\5")),
        },
        CRLS: {
            "URI": point(encode(0x86, b"http://a/b")),
            "directory": point(directory),
            "URI with umlaut": point(encode(0x86, b"http://\xe4")),
            "issuer alone": encode(0x30, encode(0x30, encode(0xA2, directory))),
            "garbage": b"\5\0",
        },
        AUTHORITY_ACCESS: {
            "directory": access(directory),
            "URI with umlaut": access(encode(0x86, b"http://\xe4")),
            "garbage": b"\5\0",
        },
    }


def _constraints() -> dict[str, bytes]:
    all_addresses = encode(0x30, encode(0x87, bytes(8))) + encode(0x30, encode(0x87, bytes(32)))
    domain = encode(PERMITTED, encode(0x30, dns(b"example.com")))
    return {
        "minimum 1": distance("800101"),
        "minimum 0": distance("800100"),
        "maximum 5": distance("810105"),
        "permits a wildcard": subtrees(PERMITTED, dns(b"*.example.com")),
        "excludes a wildcard": subtrees(EXCLUDED, dns(b"*.example.com")),
        "excludes subdomains": subtrees(EXCLUDED, dns(b".example.com")),
        "excludes the host": subtrees(EXCLUDED, HOST_DER),
        "excludes below the host": subtrees(EXCLUDED, dns(b"a.registry.example.com")),
        "permits the domain, excludes the host": encode(
            0x30, domain + encode(EXCLUDED, encode(0x30, HOST_DER))
        ),
        "permits two domains": subtrees(PERMITTED, dns(b"other.org"), dns(b"example.com")),
        "excludes IPv4": subtrees(EXCLUDED, encode(0x87, bytes(8))),
        "permits the domain, excludes addresses": encode(
            0x30, domain + encode(EXCLUDED, all_addresses)
        ),
        "excludes mail": subtrees(EXCLUDED, encode(0x81, b"")),
        "permits an umlaut": subtrees(PERMITTED, dns("exämple.com".encode())),
    }


NAMES = {
    NETSCAPE_TYPE: "Netscape type",
    USES: "uses",
    BASIC: "basic constraints",
    KEY_USAGE: "usage",
    SUBJECT_KEY: "subject key",
    AUTHORITY_KEY: "authority key",
    PROXY: "proxy",
    POLICIES: "policies",
    CRLS: "revocation lists",
    AUTHORITY_ACCESS: "access",
    CONSTRAINTS: "name constraints",
    ANY_POLICY: "inhibited policy",
    POISON: "poison",
    TIMESTAMPS: "timestamps",
    ISSUER_NAMES: "issuer names",
    KEY_PERIOD: "key period",
    DELTA_CRLS: "delta lists",
    DIRECTORY: "directory attributes",
    TEMPLATE: "template",
}


def _from_hex(values: Mapping[str, str]) -> dict[str, bytes]:
    return {name: bytes.fromhex(value) for name, value in values.items()}


def _add_values() -> None:
    for identifier, values in _values().items():
        for name, value in values.items():
            for critical in (False, True):
                change = with_extension(identifier, value, critical=critical)
                kind = "critical " if critical else ""
                add_everywhere(f"{kind}{NAMES[identifier]} {name}", change)


DATES = {
    "GeneralizedTime before 2050": ("18:20200101000000Z", "18:20300101000000Z"),
    "no seconds": ("17:2001010000Z", "17:300101000000Z"),
    "time zone": ("17:200101000000+0100", "17:300101000000Z"),
    "fraction": ("18:20200101000000.5Z", "18:20300101000000Z"),
    "no end": ("17:200101000000Z", "18:99991231235959Z"),
    "local time": ("17:200101000000Z", "18:20510101000000"),
    "reversed": ("17:300101000000Z", "17:200101000000Z"),
    "February 30": ("17:200230000000Z", "17:300101000000Z"),
    "year 0": ("18:00000101000000Z", "17:300101000000Z"),
    "1950": ("17:500101000000Z", "17:300101000000Z"),
    "leap second": ("17:161231235960Z", "17:300101000000Z"),
    "hour 24": ("17:161231240000Z", "17:300101000000Z"),
    "2051": ("17:200101000000Z", "18:20510101000000Z"),
}
"""Start and end of a validity, each after its tag in hex."""


def _add_dates() -> None:
    for name, ends in DATES.items():
        times = [end.split(":") for end in ends]
        content = b"".join(encode(int(tag, 16), time.encode()) for tag, time in times)
        add_everywhere(f"validity {name}", with_field(4, encode(0x30, content)))


def with_unique_id(fields: bytes) -> bytes:
    """Return the signed part with an issuerUniqueID, which only old certificates have."""
    [whole] = elements(fields)
    encoded = [field.encoded for field in elements(whole.content)]
    return encode(0x30, b"".join([*encoded[:7], encode(0x81, b"\0abc"), *encoded[7:]]))


def _add_names() -> None:
    name, organization = (bytes.fromhex(text) for text in ("0603550403", "060355040a"))
    first = encode(0x30, name + encode(0x0C, b"a"))
    second = encode(0x30, organization + encode(0x0C, b"b"))
    country = encode(0x30, bytes.fromhex("0603550406") + encode(0x13, b"DEU"))
    for kind, subject in {
        "empty": b"",
        "twice": encode(0x31, first) * 2,
        "of two values": encode(0x31, first + second),
        "with an empty set": encode(0x31, b""),
        "with a country of three letters": encode(0x31, country),
    }.items():
        add_everywhere(f"subject {kind}", with_field(5, encode(0x30, subject)))
    for kind, value in {"long": b"a" * 200, "with NUL": b"a\0b"}.items():
        add_everywhere(f"subject {kind}", with_field(5, subject_of(0x0C, value)))
    for place, make in PLACES.items():
        CASES[f"unique ID, {place}"] = functools.partial(make, with_unique_id)


_add_values()
_add_dates()
_add_names()
