"""Certificates that no library issues: the DER form is changed, then signed again."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from components.tls.der import Element, elements
from tests.support.certificates import Issued, PrivateKey


def encode(tag: int, content: bytes) -> bytes:
    """Return an element in DER."""
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(size)]) + size + content


def signed(fields: bytes, algorithm: bytes, signer: PrivateKey) -> bytes:
    """Return a certificate in DER.

    :param fields: the signed part.
    :param algorithm: the outer algorithm identifier.
    """
    match signer:
        case ec.EllipticCurvePrivateKey():
            signature = signer.sign(fields, ec.ECDSA(hashes.SHA256()))
        case rsa.RSAPrivateKey():
            signature = signer.sign(fields, padding.PKCS1v15(), hashes.SHA256())
        case ed25519.Ed25519PrivateKey():
            signature = signer.sign(fields)
    return encode(0x30, fields + algorithm + encode(0x03, b"\0" + signature))


def parts(certificate: x509.Certificate) -> tuple[bytes, bytes]:
    """Return the signed part of a certificate and its algorithm identifier."""
    [whole] = elements(certificate.public_bytes(Encoding.DER))
    fields, algorithm, _ = elements(whole.content)
    return fields.encoded, algorithm.encoded


def forge(
    issued: Issued, change: Callable[[bytes], bytes], signer: PrivateKey | None = None
) -> str:
    """Return a certificate in PEM, with a changed signed part.

    :param signer: the issuer's key; the certificate's own by default.
    """
    fields, algorithm = parts(issued.certificate)
    return ssl.DER_cert_to_PEM_cert(signed(change(fields), algorithm, signer or issued.key))


def with_field(index: int, change: bytes | Callable[[Element], bytes]) -> Callable[[bytes], bytes]:
    """Return a change of one field of the signed part.

    :param change: the new field, or what makes it from the old one.
    :param index: 0 version, 1 serial number, 2 algorithm, 3 issuer, 4 validity, 5 subject,
        6 public key, 7 extensions.
    """

    def changed(fields: bytes) -> bytes:
        [whole] = elements(fields)
        encoded = [field.encoded for field in elements(whole.content)]
        old = elements(whole.content)[index]
        encoded[index] = change if isinstance(change, bytes) else change(old)
        return encode(0x30, b"".join(encoded))

    return changed


def with_extension(
    identifier: str, value: bytes | None, *, critical: bool = False
) -> Callable[[bytes], bytes]:
    """Return a change that sets an extension of a version 3 certificate.

    :param identifier: the content of its object identifier in hex.
    :param value: its value in DER. None to remove the extension.
    """
    wanted = bytes.fromhex(identifier)

    def changed(field: Element) -> bytes:
        kept = [
            extension.encoded
            for extension in elements(elements(field.content)[0].content)
            if elements(extension.content)[0].content != wanted
        ]
        if value is not None:
            flag = encode(0x01, b"\xff") if critical else b""
            added = encode(0x06, wanted) + flag + encode(0x04, value)
            kept.append(encode(0x30, added))
        return encode(0xA3, encode(0x30, b"".join(kept)))

    return with_field(7, changed)


def forge_signature(
    issued: Issued, signer: PrivateKey, algorithm: str, used: hashes.HashAlgorithm
) -> str:
    """Return a certificate in PEM that is signed with an algorithm that libraries refuse.

    :param algorithm: the algorithm identifier in hex.
    """
    identifier = bytes.fromhex(algorithm)
    fields = with_field(2, identifier)(parts(issued.certificate)[0])
    match signer:
        case ec.EllipticCurvePrivateKey():
            signature = signer.sign(fields, ec.ECDSA(used))
        case rsa.RSAPrivateKey():
            signature = signer.sign(fields, padding.PKCS1v15(), used)
        case _:
            raise TypeError("no hash to choose")
    whole = encode(0x30, fields + identifier + encode(0x03, b"\0" + signature))
    return ssl.DER_cert_to_PEM_cert(whole)
