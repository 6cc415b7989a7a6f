"""Reads the DER form of a certificate, for what ``cryptography`` does not show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cryptography import x509

BIT_STRING, OBJECT_IDENTIFIER = 0x03, 0x06
VERSION, EXTENSIONS = 0xA0, 0xA3


class Element(NamedTuple):
    """One element: its tag, its content, and both with the length between them."""

    tag: int
    content: bytes
    encoded: bytes


@dataclass(frozen=True)
class RawCertificate:
    """The parts of a certificate as they are written (RFC 5280, 4.1)."""

    signed_algorithm: bytes
    """The signature algorithm inside the signed part."""
    algorithm: bytes
    """The signature algorithm outside the signed part."""
    names: tuple[Element, Element]
    """Issuer and subject."""
    public_key: bytes
    """The SubjectPublicKeyInfo."""
    extensions: dict[bytes, tuple[bool, bytes]]
    """Whether an extension is critical, and its value, by the content of its object identifier."""


def elements(content: bytes) -> list[Element]:
    """Split the content of a constructed element.

    :raises ValueError: if it is not DER with definite lengths and one-byte tags.
    """
    found, position = [], 0
    while position < len(content):
        try:
            tag, length = content[position], content[position + 1]
            start = position + 2
            if length >= 0x80:
                start += length - 0x80
                length = int.from_bytes(content[position + 2 : start], "big")
        except IndexError:
            raise ValueError("an element is truncated") from None
        end = start + length
        if tag & 0x1F == 0x1F or end > len(content):
            raise ValueError("an element is truncated, or its tag has several bytes")
        found.append(Element(tag, content[start:end], content[position:end]))
        position = end
    return found


def raw_certificate(certificate: x509.Certificate) -> RawCertificate:
    """Return the parts of a certificate as they are written.

    :raises ValueError: if the certificate has another structure.
    """
    from cryptography.hazmat.primitives.serialization import Encoding

    [whole] = elements(certificate.public_bytes(Encoding.DER))
    signed, algorithm, _ = elements(whole.content)
    fields = elements(signed.content)
    if fields[0].tag == VERSION:
        fields = fields[1:]
    _, signed_algorithm, issuer, _, subject, public_key, *others = fields
    extensions = {}
    for group in (field for field in others if field.tag == EXTENSIONS):
        for extension in elements(elements(group.content)[0].content):
            identifier, *flag, value = elements(extension.content)
            is_critical = bool(flag) and flag[0].content != b"\0"
            extensions[identifier.content] = (is_critical, value.content)
    return RawCertificate(
        signed_algorithm.encoded,
        algorithm.encoded,
        (issuer, subject),
        public_key.encoded,
        extensions,
    )
