"""What is plainly a secret: a complete private key, or a token with its vendor's prefix.

Passwords by their names are none: the values of most charts have such defaults.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pydantic_core import SchemaValidator, core_schema

from common.secret_shapes import JWT_FORMAT, OTHER_KEYS, VENDOR_TOKENS, is_random

_BODY = rb"((?:[^-]|-(?!----)){0,40000}?)"
_BEGIN = rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_PEM = re.compile(_BEGIN + _BODY + rb"-----END [A-Z0-9 ]{0,40}PRIVATE KEY")
_BASE64_PEM = re.compile(rb"LS0tLS1CRUdJTi(?:[A-Za-z0-9+/]++(?:\r?\n[ \t]*+(?=[A-Za-z0-9+/]))?+)++")
_ACCOUNT_KEY = re.compile(rb"AccountKey=([A-Za-z0-9+/]{86}==)")
_SECRET_KEY = re.compile(
    rb"(?i:access[_-]?key)[\"']?\s{0,4}[:=]\s{0,4}[\"']?([A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])"
)
_PLACEHOLDER = re.compile(rb"(?i)example|your|placeholder|changeme|xxxx|\*\*\*|dummy|john doe")
_MAX_LENGTH = 65536
"""Bytes of a secret."""
_MAX_CANDIDATES = 1000
"""Places in a file that are compared with a pattern, so that no file takes minutes."""
_MIN_DISTINCT = 8
"""Different characters of a token that is not filled up, as in ``ghp_aaaaaaaa``."""


@dataclass(frozen=True)
class _Kind:
    """A kind of secrets."""

    noun: str
    hints: tuple[bytes, ...]
    """Beginnings of the secret, or of the name in front of it."""
    pattern: re.Pattern[bytes]
    is_secret: Callable[[re.Match[bytes]], bool]


def find_secrets(content: bytes) -> Iterator[tuple[int, str]]:
    """Yield the positions of secrets, with a noun for each.

    Searching for a fixed beginning is many times as fast as searching for a pattern. Most files
    have none of the beginnings.
    """
    if not _ANY_HINT.isinstance_python(content.decode("latin-1")):
        return
    for kind in _KINDS:
        for hint in kind.hints:
            yield from ((position, kind.noun) for position in _positions(content, hint, kind))


def _positions(content: bytes, hint: bytes, kind: _Kind) -> Iterator[int]:
    end = 0
    for _ in range(_MAX_CANDIDATES):
        position = content.find(hint, end)
        if position < 0:
            return
        found = kind.pattern.match(content, position, position + _MAX_LENGTH)
        if found and kind.is_secret(found):
            yield position
        end = found.end() if found else position + len(hint)


def _is_token(found: re.Match[bytes]) -> bool:
    return len(set(found[0])) >= _MIN_DISTINCT and not _PLACEHOLDER.search(found[0])


def _is_random_key(found: re.Match[bytes]) -> bool:
    return is_random(found[1].decode()) and not _PLACEHOLDER.search(found[1])


def _has_key(found: re.Match[bytes]) -> bool:
    text = _decoded(re.sub(rb"\s", b"", found[0]))
    return any(_is_key(inner) for inner in _PEM.finditer(text))


def _is_key(found: re.Match[bytes]) -> bool:
    """Whether a PEM block is a complete key, and not a few letters and dots.

    It may be indented, a comment, or in a string with escaped line ends.
    """
    lines = re.split(rb"(?:\\r)?\\n|\r?\n", found[1])
    cleaned = [re.sub(rb"^[\s#\"',]+|[\s\"',\\]+$", b"", line) for line in lines]
    has_headers = any(b":" in line for line in cleaned)
    text = b"".join(line for line in cleaned if b":" not in line and not line.startswith(b"="))
    content = _decoded(text)
    if len(content) < 32:
        return False
    is_pgp = b"BLOCK" in found[0][:60]
    is_openssh = content.startswith(b"openssh-key-v1\0")
    return has_headers or is_pgp or is_openssh or _is_der(content)  # headers: it is encrypted


def _is_der(content: bytes) -> bool:
    """Whether a sequence of ASN.1 is complete."""
    if content[0] != 0x30:
        return False
    count = content[1] & 0x7F if content[1] & 0x80 else 0
    length = int.from_bytes(content[2 : 2 + count], "big") if count else content[1]
    return 2 + count + length == len(content)


def _decoded(text: bytes) -> bytes:
    text = text.rstrip(b"=")
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is_jwt(found: re.Match[bytes]) -> bool:
    header, payload, _ = found[0].split(b".")
    try:
        algorithm = json.loads(base64.urlsafe_b64decode(header + b"==")).get("alg")
        content = base64.urlsafe_b64decode(payload + b"==")
    except (binascii.Error, ValueError, AttributeError, RecursionError):
        return False
    return bool(algorithm) and not _PLACEHOLDER.search(content)


def _vendor(noun: str, *hints: bytes) -> _Kind:
    return _Kind(noun, hints, re.compile(VENDOR_TOKENS.encode()), _is_token)


_KINDS = (
    _Kind("a private key", (b"-----BEGIN ",), _PEM, _is_key),
    _Kind("a private key in base64", (b"LS0tLS1CRUdJTi",), _BASE64_PEM, _has_key),
    _Kind(
        "a private key",
        tuple(each.encode() for each in OTHER_KEYS.split("|")),
        re.compile(rb"(?:" + OTHER_KEYS.encode() + rb")(?:-\d: \S|[0-9A-Z]{20})"),
        bool,
    ),
    _Kind("a JSON web token", (b"eyJ",), re.compile(JWT_FORMAT.encode()), _is_jwt),
    _vendor("an AWS access key", b"AKIA", b"ASIA"),
    _vendor("a GitHub token", b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
    _vendor("a GitLab token", b"glpat-"),
    _vendor("a Slack token", b"xox"),
    _vendor("a Stripe key", b"sk_live_", b"sk_test_"),
    _vendor("a Vault token", b"hvs.", b"hvb.", b"hvr."),
    _vendor("a Docker Hub token", b"dckr_pat_"),
    _vendor("an npm token", b"npm_"),
    _vendor("a PyPI token", b"pypi-"),
    _vendor("a Google API key", b"AIza"),
    _vendor("a Pulumi token", b"pul-"),
    _Kind("a key of an Azure storage account", (b"AccountKey=",), _ACCOUNT_KEY, _is_random_key),
    _Kind(
        "an AWS secret access key",
        (b"access_key", b"accessKey", b"AccessKey", b"access-key", b"ACCESS_KEY"),
        _SECRET_KEY,
        _is_random_key,
    ),
)
_ANY_HINT = SchemaValidator(
    core_schema.str_schema(
        pattern="|".join(re.escape(hint.decode()) for kind in _KINDS for hint in kind.hints)
    )
)
"""Whether a text has a beginning of any kind. pydantic's regular expressions are those of Rust:
they search for all beginnings at once, in a tenth of the time of one search for each."""
