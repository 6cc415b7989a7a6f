"""Names in certificates: the check accepts only hosts that Go and OpenSSL accept."""

from __future__ import annotations

import functools
import ipaddress
import subprocess
import sys

import pytest

from cli.paths import ROOT
from components.tls.name_constraints import Names
from components.tls.validation import (
    MAX_CHAIN_BYTES,
    check_ca_certificate,
    check_server_certificate,
)
from tests.support.certificates import Issued, issue
from tests.support.der_forgery import encode, forge, with_extension
from tests.support.hostile_certificates import CONSTRAINTS, SANS
from tests.support.hostile_chains import subtrees
from tests.support.odd_extensions import CASES
from tests.support.tls_clients import GO, Presented, go_errors, openssl_error

HOSTNAME, ADDRESS, ADDRESS_6 = "registry.example.com", "10.1.2.3", "fd00::1"
IDN = "xn--mnchen-3ya.example.com"
pytestmark = pytest.mark.skipif(GO is None, reason="Go is not installed")

DNS_NAMES = (
    ("*.example.com", True),
    ("*.EXAMPLE.com", True),
    ("Registry.Example.COM", True),
    ("*.com", False),
    ("*", False),
    ("r*.example.com", False),
    ("*y.example.com", False),
    ("*.*.com", False),
    ("**.example.com", False),
    ("registry.*.com", False),
    ("registry.example.com.", False),
    ("*.example.com.", False),
    (".example.com", False),
    ("example.com", False),
    ("registry.example.com ", False),
    (" registry.example.com", False),
    ("registry.example.com\0", False),
    ("registry.example.com\0.example.org", False),
    ("registry..example.com", False),
    ("registry.example.com:443", False),
    ("https://registry.example.com", False),
)
"""A DNS name in a certificate, and whether it is valid for the hostname."""

HOSTS: tuple[tuple[str, bytes, bool], ...] = (
    (IDN, encode(0x82, IDN.encode()), True),
    (IDN, encode(0x82, IDN.upper().encode()), True),
    (IDN, encode(0x82, b"*.example.com"), True),
    (IDN, encode(0x82, b"xn--*.example.com"), False),
    (IDN, encode(0x82, "münchen.example.com".encode()), False),
    ("a.b.example.com", encode(0x82, b"*.example.com"), False),
    ("a.b.example.com", encode(0x82, b"*.b.example.com"), True),
    ("example.com", encode(0x82, b"*.example.com"), False),
    ("registry", encode(0x82, b"registry"), True),
    ("registry", encode(0x82, b"*"), False),
    (ADDRESS, encode(0x87, ipaddress.ip_address(ADDRESS).packed), True),
    (ADDRESS, encode(0x82, ADDRESS.encode()), False),
    (ADDRESS, encode(0x82, b"*.1.2.3"), False),
    (ADDRESS, encode(0x87, ipaddress.ip_address("::ffff:10.1.2.3").packed), False),
    (ADDRESS_6, encode(0x87, ipaddress.ip_address(ADDRESS_6).packed), True),
    (ADDRESS_6, encode(0x82, ADDRESS_6.encode()), False),
    (ADDRESS_6, encode(0x82, b"[fd00::1]"), False),
    (HOSTNAME, encode(0x81, b"a@registry.example.com"), False),
    (HOSTNAME, encode(0x86, b"https://registry.example.com/"), False),
    *((HOSTNAME, encode(0x82, name.encode()), valid) for name, valid in DNS_NAMES),
)
"""A hostname, a name in its certificate, and whether clients accept it."""

BASES = {
    "permits another domain": subtrees(0xA0, encode(0x82, b"example.org")),
    "permits another domain and the address": subtrees(
        0xA0, encode(0x82, b"example.org"), encode(0x87, b"\x0a\0\0\0\xff\0\0\0")
    ),
    "excludes the domain": subtrees(0xA1, encode(0x82, b"example.com")),
    "excludes the address": subtrees(0xA1, encode(0x87, b"\x0a\0\0\0\xff\0\0\0")),
    "permits another network": subtrees(0xA0, encode(0x87, b"\xc0\0\0\0\xff\0\0\0")),
    "permits IPv6": subtrees(0xA0, encode(0x87, b"\xfd" + bytes(15) + b"\xff" + bytes(15))),
}
COMMON_NAMES = (
    HOSTNAME,
    "registry",
    ADDRESS,
    "a_b.example.com",
    "*.example.com",
    "registry.example.com ",
    "My Registry",
    ".x",
    "a-.example.com",
    "registry.example.com\0",
)


@functools.cache
def root_ca() -> Issued:
    return issue("Root", ca=True)


def are_accepted(asked: list[Presented]) -> list[bool]:
    errors = zip(asked, go_errors(asked), strict=True)
    return [not (go or openssl_error(presented)) for presented, go in errors]


def is_valid(presented: Presented) -> bool:
    return not [*check_server_certificate(presented.certificate, presented.key, presented.hostname)]


def test_hosts() -> None:
    asked = []
    for host, name, valid in HOSTS:
        leaf = issue("registry", issuer=root_ca())
        certificate = forge(leaf, with_extension(SANS, encode(0x30, name)), root_ca().key)
        chain = certificate + root_ca().certificate_pem
        asked.append(Presented(chain, leaf.key_pem, root_ca().certificate_pem, host))
        assert is_valid(asked[-1]) is valid, (host, name)
    expected = [valid for _, _, valid in HOSTS]
    accepted = dict(zip([host[:2] for host in HOSTS], are_accepted(asked), strict=True))
    assert list(accepted.values()) == expected, accepted


def test_common_name_alone_is_not_accepted() -> None:
    leaf = issue(HOSTNAME, issuer=root_ca())
    chain = leaf.certificate_pem + root_ca().certificate_pem
    asked = Presented(chain, leaf.key_pem, root_ca().certificate_pem, HOSTNAME)
    assert not is_valid(asked)
    assert go_errors([asked]) != [""]


def constrained_ca(base: bytes) -> tuple[Issued, str]:
    ca = issue("CA", ca=True)
    return ca, forge(ca, with_extension(CONSTRAINTS, base, critical=True))


@pytest.mark.parametrize("base", BASES)
def test_constraints_of_common_names(base: str) -> None:
    """OpenSSL takes a common name for a DNS name if the certificate has no DNS name."""
    ca, ca_pem = constrained_ca(BASES[base])
    asked = []
    for name in COMMON_NAMES:
        for sans in ([ADDRESS], [ADDRESS, ADDRESS_6], [ADDRESS, "a.example.org"]):
            leaf = issue(name, sans, ca)
            asked.append(Presented(leaf.certificate_pem + ca_pem, leaf.key_pem, ca_pem, ADDRESS))
    assert [is_valid(presented) for presented in asked] == are_accepted(asked)


@pytest.mark.parametrize("base", BASES)
def test_constraints_of_generated_certificate(base: str) -> None:
    """A generated certificate for an address has the address as its common name."""
    ca, ca_pem = constrained_ca(BASES[base])
    leaf = issue(ADDRESS, [ADDRESS], ca)
    accepted = are_accepted(
        [Presented(leaf.certificate_pem + ca_pem, leaf.key_pem, ca_pem, ADDRESS)]
    )
    problems = [*check_ca_certificate(ca_pem, ca.key_pem, Names.of_hosts([ADDRESS]))]
    assert [not problems] == accepted


@pytest.mark.parametrize(("count", "valid"), [(2400, True), (3000, False)])
def test_size_of_chain(count: int, valid: bool) -> None:
    names = [f"registry-{number:05}.internal.example.com" for number in range(count)]
    leaf = issue(HOSTNAME, [HOSTNAME, *names])
    asked = Presented(leaf.certificate_pem, leaf.key_pem, leaf.certificate_pem, HOSTNAME)
    assert is_valid(asked) is valid
    assert are_accepted([asked]) == [valid], MAX_CHAIN_BYTES


@pytest.mark.parametrize(("count", "valid"), [(98, True), (101, False)])
def test_length_of_chain(count: int, valid: bool) -> None:
    cas = [root_ca()]
    for number in range(count):
        cas.append(issue(f"CA {number}", issuer=cas[-1], ca=True))
    leaf = issue(HOSTNAME, [HOSTNAME], cas[-1])
    chain = leaf.certificate_pem + "".join(ca.certificate_pem for ca in reversed(cas))
    asked = Presented(chain, leaf.key_pem, root_ca().certificate_pem, HOSTNAME)
    assert is_valid(asked) is valid
    assert are_accepted([asked]) == [valid]


CHECK = """
import sys
from components.tls.validation import check_certificates

print(*check_certificates(sys.stdin.read()))
"""


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("serial number -1, single", "has a negative serial number"),
        ("serial number 0, single", ""),
        ("subject with a country of three letters, single", ""),
    ],
)
def test_warnings_of_library_do_not_stop_checks(case: str, reason: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CHECK],
        cwd=ROOT,
        input=CASES[case]()[0],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert reason in done.stdout
    assert bool(reason) is bool(done.stdout.strip())
