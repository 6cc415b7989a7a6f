"""Writes certificates and keys as the PEM that every server and provider reads.

Python reads PEM that Go does not: a byte order mark, indentation, missing line ends, other line
ends, text and other blocks around it. Settings are checked with Python, so everything that passes
the checks is written again before a server, a provider or an output gets it.
"""

from __future__ import annotations

from components.tls import inspection


def standard_certificates(text: str) -> str:
    """Return the certificates of a text in PEM (RFC 7468), without anything else.

    A text that is in this form already is returned as it is, with or without its final newline.

    :raises ValueError: if a certificate is missing or unreadable.
    """
    from cryptography.hazmat.primitives.serialization import Encoding

    written = "".join(
        certificate.public_bytes(Encoding.PEM).decode()
        for certificate in inspection.read_certificates(text)
    )
    return text if f"{text}\n" == written else written


def standard_key(text: str) -> str:
    """Return a private key in PEM, without anything else.

    A key in PKCS #8 or in its own form (PKCS #1, SEC 1) is returned as it is, with or without its
    final newline. Any other text becomes PKCS #8, which Go and the TLS provider read.

    :raises ValueError: if the text is not a supported, unencrypted private key.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = inspection.read_private_key(text)
    forms = [PrivateFormat.PKCS8]
    if isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        forms.append(PrivateFormat.TraditionalOpenSSL)
    written = [key.private_bytes(Encoding.PEM, form, NoEncryption()).decode() for form in forms]
    return text if text in written or f"{text}\n" in written else written[0]


def with_final_newline(text: str) -> str:
    """Return PEM that other blocks can follow."""
    return text if text.endswith("\n") else f"{text}\n"
