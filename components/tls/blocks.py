"""Reads the blocks of a PEM text, and explains what is wrong with others.

Consoles, mails and environment variables change PEM on its way into a setting. What they add is
ignored. What they cut off or garble is reported: clients would miss a block that is skipped.
"""

from __future__ import annotations

import base64
import re

CERTIFICATE_BLOCKS = "blocks that start with -----BEGIN CERTIFICATE-----"

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_ADDED = re.compile(r"\\+[nrt]?|\s+")
"""Empty lines, indentation, and line ends that are written as ``\\n``."""
_MARKER = re.compile(
    r"\b(BEGIN|END)\s+(CERTIFICATE|[A-Z ]*PRIVATE KEY)\s*[-\u2010-\u2015]", re.IGNORECASE
)
"""The lines around a block, as text processors change them."""
_PRIVATE_KEY = re.compile(r"\b(?:BEGIN|END)\s+[A-Z ]*PRIVATE KEY", re.IGNORECASE)

_CONVERSIONS = {
    "TRUSTED CERTIFICATE": "openssl x509 -in FILE",
    "X509 CERTIFICATE": "openssl x509 -in FILE",
    "PKCS7": "openssl pkcs7 -print_certs -in FILE",
    "OPENSSH PRIVATE KEY": 'ssh-keygen -p -N "" -m PEM -f FILE',
}
"""Labels that servers do not read, and the commands that convert their blocks."""


def certificate_blocks(text: str) -> list[str]:
    """Return the certificates of a PEM text, each with a final newline."""
    return [f"{block}\n" for block in _CERTIFICATE.findall(text)]


def tidy(text: str) -> str:
    r"""Return a PEM text without what is no part of its blocks' content.

    Invisible characters, empty lines and line ends that are written as ``\n`` are removed.
    Text outside of blocks, and blocks with headers, are left as they are.
    """
    visible = "".join(char for char in text if char.isprintable() or char.isspace())
    return _BLOCK.sub(_tidy_block, visible)


def _tidy_block(block: re.Match[str]) -> str:
    label, content = block[1], block[2]
    if ":" in content:  # headers (RFC 1421), for example of an encrypted key
        return block[0]
    return f"-----BEGIN {label}-----\n{_ADDED.sub('', content)}\n-----END {label}-----"


def contains_private_key(text: str) -> bool:
    """Report whether a text contains a private key, even a damaged one."""
    return _PRIVATE_KEY.search(text) is not None


def check_certificate_blocks(text: str, allowed: str) -> None:
    """Check that a tidy text has certificates, and that none of them is cut off.

    :param allowed: what the setting allows.
    :raises ValueError: if there is none, if one is incomplete, or has a label of other programs.
    """
    blocks = certificate_blocks(text)
    _check_labels(text)
    if not _is_complete(text, "CERTIFICATE", len(blocks)):
        raise ValueError(
            "has an incomplete certificate. Each must start with the line "
            "-----BEGIN CERTIFICATE----- and end with the line -----END CERTIFICATE-----."
        )
    if not blocks and "CERTIFICATE REQUEST-----" in text:
        raise ValueError(
            "is a certificate request, which a CA must sign. Set the certificate that the CA "
            "issued."
        )
    if not blocks:
        raise ValueError(f"not a certificate in PEM. Must be {allowed}.")


def certificate_error(block: str, place: int) -> ValueError:
    """Return why a complete block is not a certificate.

    :param place: its number in the text.
    """
    content = "".join(block.split("-----")[2].split())
    if other := re.search(r"[^A-Za-z0-9+/=]", content):
        return ValueError(
            f'certificate {place} is damaged: it contains "{other[0]}". Copy it again from its '
            "file."
        )
    try:
        is_sequence = base64.b64decode(content, validate=True)[:1] == b"0"
    except ValueError:
        is_sequence = False
    if is_sequence:
        return ValueError(
            f"certificate {place} can't be parsed (RFC 5280). If it is complete, issue it again."
        )
    return ValueError(f"certificate {place} is damaged. Copy it again from its file.")


def check_key_blocks(text: str) -> None:
    """Check that a tidy text has a private key that is not cut off.

    :raises ValueError: if it has none, or an incomplete one, or one with a label of OpenSSH.
    """
    keys = [block for block in _BLOCK.finditer(text) if block[1].endswith("PRIVATE KEY")]
    _check_labels(text)
    if not _is_complete(text, "PRIVATE KEY", len(keys)):
        raise ValueError(
            "has an incomplete private key. Copy it again from its file, with its first and last "
            "line."
        )
    for label, name in (("PUBLIC KEY", "public key"), ("CERTIFICATE", "certificate")):
        if not keys and f"-----BEGIN {label}-----" in text:
            raise ValueError(
                f"is a {name}, not a private key. Set the private key that belongs to it."
            )


def _check_labels(text: str) -> None:
    for label, command in _CONVERSIONS.items():
        if f"-----BEGIN {label}-----" in text:
            raise ValueError(
                f"has a block with the label {label}, which servers do not read. "
                f"Convert it with `{command}`."
            )


def _is_complete(text: str, label: str, blocks: int) -> bool:
    """Report whether all first and last lines of blocks belong to blocks that were found."""
    markers = [
        marker[1].upper() for marker in _MARKER.finditer(text) if marker[2].upper().endswith(label)
    ]
    return markers == ["BEGIN", "END"] * blocks
