"""Finds certificates that Python reads and Go refuses.

Registries, Palette and most of their clients are written in Go. A server does not start with a
certificate that Go can't parse, and a client rejects a chain that contains one. The rules are those
of Go's crypto/x509 and crypto/rsa.

Each reason completes a message that names the certificate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from components.tls import der
from components.tls.inspection import encoded_key

if TYPE_CHECKING:
    from cryptography import x509

MAX_RSA_BITS = 8192
"""Go's TLS refuses a peer's longer keys."""
MAX_RSA_EXPONENT = 2**31 - 1

SUBJECT_KEY_ID, AUTHORITY_KEY_ID = bytes.fromhex("551d0e"), bytes.fromhex("551d23")
ALTERNATIVE_NAMES = bytes.fromhex("551d11")
AUTHORITY_ACCESS = bytes.fromhex("2b06010505070101")
NAME_CONSTRAINTS = bytes.fromhex("551d1e")
POLICIES, POLICY_MAPPINGS = bytes.fromhex("551d20"), bytes.fromhex("551d21")
NEVER_CRITICAL = {
    SUBJECT_KEY_ID: "subject key identifier",
    AUTHORITY_KEY_ID: "authority key identifier",
    AUTHORITY_ACCESS: "authority information access",
}
"""RFC 5280, 4.2.1.1, 4.2.1.2 and 4.2.2.1."""

RSA_PSS = "1.2.840.113549.1.1.10"
EMAIL, DNS, URI, IP_ADDRESS = 0x81, 0x82, 0x86, 0x87
"""Tags of general names (RFC 5280, 4.2.1.6)."""

_PRINTABLE = re.compile(rb"[A-Za-z0-9 '()+,\-./:=?*&]*")
"""A PrintableString, and the two other characters that Go tolerates."""
_NO_CHARACTERS = re.compile("[\\ufdd0-\\ufdef\\ufffe\\uffff\\U00010000-\\U0010ffff]")
"""What Go refuses in a BMPString; a pair of surrogates decodes to the last range."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_HOST = re.compile(
    r"(?:[A-Za-z0-9._~!$&'()*+,;=:-]*@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=-]*)(?::\d*)?"
)
_ESCAPES = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")


def unparsable_parts(certificate: x509.Certificate) -> Iterator[str]:
    """Find out why Go can't parse a certificate, or can't use its key. Yields a reason for each."""
    try:
        raw = der.raw_certificate(certificate)
        reasons = [
            *_header(certificate, raw),
            *_key(certificate, raw),
            *(reason for name in raw.names for reason in _name(name)),
            *_extensions(raw),
        ]
    except ValueError:
        reasons = ["has an unreadable name or extension (RFC 5280). Issue it again."]
    yield from dict.fromkeys(reasons)


def is_valid_domain(name: str, *, is_constraint: bool = False) -> bool:
    """Report whether Go accepts a domain name in a constraint, or where constraints apply."""
    labels = name.removeprefix(".") if is_constraint else name
    if not labels:
        return not name
    return all(labels.split(".")) and all("!" <= character <= "~" for character in labels)


def _header(certificate: x509.Certificate, raw: der.RawCertificate) -> Iterator[str]:
    if certificate.serial_number < 0:
        yield (
            "has a negative serial number. Servers written in Go refuse it. "
            "Issue it again with a positive one (RFC 5280, 4.1.2.2)."
        )
    if raw.signed_algorithm != raw.algorithm:
        yield "names two different signature algorithms (RFC 5280, 4.1.1.2). Issue it again."


def _key(certificate: x509.Certificate, raw: der.RawCertificate) -> Iterator[str]:
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = certificate.public_key()
    if certificate.public_key_algorithm_oid.dotted_string == RSA_PSS:
        yield (
            "has an RSA-PSS key. Servers written in Go refuse it. "
            "Issue it for a plain RSA key, for example from `openssl genrsa 3072`."
        )
    elif encoded_key(key) != raw.public_key:
        yield (
            "has a key in an unusual encoding (RFC 3279, RFC 5480), which servers written in Go "
            "refuse. Issue it again, with an uncompressed key if it is an elliptic curve's."
        )
    if not isinstance(key, rsa.RSAPublicKey):
        return
    numbers = key.public_numbers()
    if key.key_size > MAX_RSA_BITS:
        yield (
            f"has a {key.key_size}-bit RSA key. Clients written in Go accept {MAX_RSA_BITS} bits "
            "at most. Use RSA of 2048 to 4096 bits, or an elliptic curve."
        )
    if not 3 <= numbers.e <= MAX_RSA_EXPONENT or numbers.e % 2 == 0 or numbers.n % 2 == 0:
        yield (
            "has an RSA key that Go refuses: its exponent must be odd, at least 3 and at most "
            f"{MAX_RSA_EXPONENT}. Use a key with the exponent 65537."
        )


def _name(name: der.Element) -> Iterator[str]:
    for part in der.elements(name.content):
        for attribute in der.elements(part.content):
            value = der.elements(attribute.content)[1]
            if not _is_valid_string(value.tag, value.content):
                yield (
                    "has a name with characters that its string type does not allow "
                    "(RFC 5280, 4.1.2.4), which servers written in Go refuse. "
                    "Issue it again with names in UTF-8."
                )


def _is_valid_string(tag: int, content: bytes) -> bool:
    """Report whether Go reads a string in a name."""
    match tag:
        case 0x0C:  # UTF8String
            valid = _decodes(content, "utf-8")
        case 0x12:  # NumericString
            valid = re.fullmatch(rb"[0-9 ]*", content) is not None
        case 0x13:  # PrintableString
            valid = _PRINTABLE.fullmatch(content) is not None
        case 0x14:  # T61String, which Go reads as Latin-1
            valid = True
        case 0x16:  # IA5String
            valid = content.isascii()
        case 0x1E:  # BMPString
            valid = len(content) % 2 == 0 and _decodes(content, "utf-16-be")
            valid = valid and not _NO_CHARACTERS.search(content.decode("utf-16-be"))
        case _:
            valid = False
    return valid


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _extensions(raw: der.RawCertificate) -> Iterator[str]:
    for identifier, name in NEVER_CRITICAL.items():
        if raw.extensions.get(identifier, (False, b""))[0]:
            yield (
                f"marks its {name} as critical (RFC 5280, 4.2), which servers written in Go "
                "refuse. Issue it again with that extension not critical."
            )
    _, names = raw.extensions.get(ALTERNATIVE_NAMES, (False, b""))
    for group in der.elements(names):
        for general_name in der.elements(group.content):
            if not _is_valid_general_name(general_name):
                yield (
                    "has a subject alternative name that Go can't parse. "
                    "Issue it again, with absolute URIs and ASCII names."
                )
    yield from _policies(raw)
    _, constraints = raw.extensions.get(NAME_CONSTRAINTS, (False, b""))
    for group in der.elements(constraints):
        subtrees = [
            tree for subset in der.elements(group.content) for tree in der.elements(subset.content)
        ]
        bases = [der.elements(tree.content)[0] for tree in subtrees]
        if not bases or not all(map(_is_valid_constraint, bases)):
            yield "has name constraints that Go can't parse (RFC 5280, 4.2.1.10). Issue it again."


def _policies(raw: der.RawCertificate) -> Iterator[str]:
    _, policies = raw.extensions.get(POLICIES, (False, b""))
    for group in der.elements(policies):
        identifiers = [der.elements(one.content)[0] for one in der.elements(group.content)]
        if len(identifiers) != len(set(identifiers)):
            yield "names a certificate policy twice (RFC 5280, 4.2.1.4). Issue it again."
    _, mappings = raw.extensions.get(POLICY_MAPPINGS, (False, b""))
    for group in der.elements(mappings):
        pairs = [der.elements(pair.content) for pair in der.elements(group.content)]
        if any([part.tag for part in pair[:2]] != [der.OBJECT_IDENTIFIER] * 2 for pair in pairs):
            yield "has policy mappings that Go can't parse (RFC 5280, 4.2.1.5). Issue it again."


def _is_valid_general_name(name: der.Element) -> bool:
    match name.tag:
        case t if t in {EMAIL, DNS}:
            return name.content.isascii()
        case t if t == IP_ADDRESS:
            return len(name.content) in {4, 16}
        case t if t == URI:
            return name.content.isascii() and _is_valid_uri(name.content.decode())
    return True


def _is_valid_uri(uri: str) -> bool:
    """Report whether Go parses a URI. Relative URIs and some rare ones are refused here as well."""
    scheme = _SCHEME.match(uri)
    if not scheme or any(character <= " " or character == "\x7f" for character in uri):
        return False
    rest = uri[scheme.end() :]
    if not _ESCAPES.fullmatch(rest):
        return False
    if not rest.startswith("//"):
        return True
    host = _HOST.fullmatch(re.split("[/?#]", rest[2:], maxsplit=1)[0])
    return host is not None and is_valid_domain(host[1])


def _is_valid_constraint(base: der.Element) -> bool:
    match base.tag:
        case t if t in {EMAIL, DNS, URI}:
            if not base.content.isascii():
                return False
            local, at, domain = base.content.decode().rpartition("@")
            if t == EMAIL and at:
                return bool(local and domain) and is_valid_domain(domain)
            return (
                not at
                and is_valid_domain(domain, is_constraint=True)
                and not (t == URI and re.fullmatch(r"[0-9.]+|.*:.*", domain))
            )
        case t if t == IP_ADDRESS:
            half = len(base.content) // 2
            mask = "".join(f"{byte:08b}" for byte in base.content[half:])
            return len(base.content) in {8, 32} and "01" not in mask
    return True
