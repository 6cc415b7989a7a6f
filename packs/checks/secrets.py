"""Secrets in the files of a pack: everybody who can pull the pack can read them.

Only what is plainly a secret counts: a complete private key, a token with its vendor's prefix.
Passwords by their names do not, because the values of most charts have such defaults. No message
shows a secret.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator

from common.secret_shapes import JWT_FORMAT, OTHER_KEYS, VENDOR_TOKENS, is_random
from packs.checks.archive import Archive
from packs.checks.files import PackFiles
from packs.checks.report import Report
from packs.checks.text import shown

CHARTS = "charts/"
"""Charts are often the work of others, with keys for their own tests: a finding is a warning."""
_HINTS = (
    *(b"PRIVATE KEY", b"LS0tLS1CRUdJTi", b"PuTTY-User", b"AGE-SECRET", b"AKIA", b"ASIA"),
    *(b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_", b"glpat-", b"xox"),
    *(b"sk_live_", b"sk_test_", b"hvs.", b"hvb.", b"hvr.", b"dckr_pat_", b"npm_", b"pypi-"),
    *(b"AIza", b"pul-", b"eyJ", b"AccountKey=", b"ecret"),
)
"""Parts of all secrets that are found. Most files have none of them."""
_BODY = rb"((?:[^-]|-(?!----)){0,40000}?)"
_PEM = re.compile(
    rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    + _BODY
    + rb"-----END [A-Z0-9 ]{0,40}PRIVATE KEY"
)
_BASE64_PEM = re.compile(rb"LS0tLS1CRUdJTi(?:[A-Za-z0-9+/]++(?:\r?\n[ \t]*+(?=[A-Za-z0-9+/]))?+)++")
_TOKENS = re.compile(VENDOR_TOKENS.encode())
_JWT = re.compile(JWT_FORMAT.encode())
_OTHER_KEY = re.compile(rb"(?:" + OTHER_KEYS.encode() + rb")[-:\w]*[0-9A-Z]")
_CLOUD_KEYS = re.compile(
    rb"AccountKey=([A-Za-z0-9+/]{86}==)"
    rb"|(?i:secret[_-]?access[_-]?key)[\"']?\s{0,4}[:=]\s{0,4}[\"']?([A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])"
)
_PLACEHOLDER = re.compile(rb"(?i)example|your|placeholder|changeme|xxxx|\*\*\*|dummy|john doe")
_VENDORS = (
    (b"AKIA", "an AWS access key"),
    (b"ASIA", "an AWS access key"),
    (b"gh", "a GitHub token"),
    (b"git", "a GitHub token"),
    (b"gl", "a GitLab token"),
    (b"xox", "a Slack token"),
    (b"sk_", "a Stripe key"),
    (b"hv", "a Vault token"),
    (b"dckr", "a Docker Hub token"),
    (b"npm", "an npm token"),
    (b"pypi", "a PyPI token"),
    (b"AIza", "a Google API key"),
    (b"pul", "a Pulumi token"),
)
_MIN_DISTINCT = 8
"""Different characters of a token that is not filled up, as in ``ghp_aaaaaaaa``."""


def check_secrets(files: PackFiles, report: Report) -> None:
    """Report secrets in all files. Archives of charts are read by their own check."""
    for name in sorted(files.files):
        content = files.read(name)
        if content is None:
            continue
        for position, kind in find_secrets(content):
            line = content.count(b"\n", 0, position) + 1
            is_certain = not name.startswith(CHARTS) and not _is_comment(content, position)
            add = report.error if is_certain else report.warning
            add(
                name,
                f"The file has {kind}. Remove it, and revoke it if others could read it.",
                line,
            )


def report_archive_secrets(name: str, archive: Archive, report: Report) -> None:
    """Report secrets in a chart archive."""
    for position, kind in find_secrets(archive.data):
        member = archive.member_at(position)
        if member:
            line = archive.data.count(b"\n", member.start, position) + 1
            message = f"{shown(member.name)} in the archive, line {line}: the file has {kind}."
            report.warning(name, message)


def find_secrets(content: bytes) -> Iterator[tuple[int, str]]:
    """Yield the positions of secrets, with a noun for each."""
    if not any(hint in content for hint in _HINTS):
        return
    for found in _PEM.finditer(content):
        if _is_key(found[1]):
            yield found.start(), "a private key"
    for found in _BASE64_PEM.finditer(content):
        if _has_key(_decoded(re.sub(rb"\s", b"", found[0]))):
            yield found.start(), "a private key in base64"
    for found in _OTHER_KEY.finditer(content):
        yield found.start(), "a private key"
    for found in _TOKENS.finditer(content):
        if _is_token(found[0]):
            noun = next((text for start, text in _VENDORS if found[0].startswith(start)), "a token")
            yield found.start(), noun
    for found in _JWT.finditer(content):
        if _is_jwt(found[0]):
            yield found.start(), "a JSON web token"
    for found in _CLOUD_KEYS.finditer(content):
        value = found[1] or found[2]
        if is_random(value.decode()) and _is_token(value):
            yield found.start(), "a key of a cloud account"


def _is_comment(content: bytes, position: int) -> bool:
    """Whether a position is in a line that starts with ``#``: an example in YAML."""
    start = content.rfind(b"\n", 0, position) + 1
    return content[start:position].lstrip().startswith(b"#")


def _is_token(token: bytes) -> bool:
    return len(set(token)) >= _MIN_DISTINCT and not _PLACEHOLDER.search(token)


def _has_key(text: bytes) -> bool:
    return any(_is_key(found[1]) for found in _PEM.finditer(text))


def _is_key(body: bytes) -> bool:
    """Whether the body of a PEM block is a complete key, and not a few letters and dots.

    It may be indented, a comment, or in a string with escaped line ends.
    """
    lines = re.split(rb"(?:\\r)?\\n|\r?\n", body)
    cleaned = [re.sub(rb"^[\s#\"',]+|[\s\"',\\]+$", b"", line) for line in lines]
    headers = [line for line in cleaned if b":" in line]
    text = b"".join(line for line in cleaned if b":" not in line and not line.startswith(b"="))
    content = _decoded(text)
    if len(content) < 32:
        return False
    if headers or content.startswith(b"openssh-key-v1\0"):  # encrypted, OpenSSH or PGP
        return True
    return _is_der(content) or content[0] & 0x80 != 0  # PGP packets have the first bit


def _is_der(content: bytes) -> bool:
    """Whether a sequence of ASN.1 is complete."""
    if content[0] != 0x30:
        return False
    count = content[1] & 0x7F if content[1] & 0x80 else 0
    length = int.from_bytes(content[2 : 2 + count], "big") if count else content[1]
    return 2 + count + length == len(content)


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(
            text.rstrip(b"=") + b"=" * (-len(text.rstrip(b"=")) % 4), validate=True
        )
    except (binascii.Error, ValueError):
        return b""


def _is_jwt(token: bytes) -> bool:
    header, payload, _ = token.split(b".")
    try:
        algorithm = json.loads(base64.urlsafe_b64decode(header + b"==")).get("alg")
        content = base64.urlsafe_b64decode(payload + b"==")
    except (binascii.Error, ValueError, AttributeError, RecursionError):
        return False
    return bool(algorithm) and not _PLACEHOLDER.search(content)
