"""The patterns of the scrubber (``common/redaction.py``): each with what replaces a secret."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

from common.secret_shapes import (
    CRYPT_HASH,
    JWT_FORMAT,
    LDAP_HASH,
    OTHER_KEYS,
    VENDOR_TOKENS,
    is_random,
)

HIDDEN = "…"
"""What the scrubber shows in place of a secret."""

_KEYS = (
    "api|access|private|priv|signing|encryption|secret|auth|master|session|account|storage|ssh|"
    "shared|hmac|client|deploy|license"
)
_WORDS = (
    r"(?<!ht)pass(?:word|wort|wd|phrase|code)s?2?|(?<!by)(?<!com)pass2?|pwd|cred(?:ential)?s?|secret|token|"
    rf"signature|bearer|(?:{_KEYS})[_-]?key(?:[_-]?id|[_-]?pem)?|secret[_-]?access[_-]?key"
)
SECRET_NAME = rf"(?:[\w.-]{{0,64}}(?:{_WORDS})|(?:[\w.-]{{0,64}}[_.-])?(?:otp|pat|dsn|sig|apikey))"
"""Names of secrets, in any case, with any prefix: ``AWS_SECRET_ACCESS_KEY``, ``adminPassword``."""

_PLACEHOLDER = (
    r"(?!(?:\.{3}|<[\w -]+>|\$\{?[A-Z_][A-Z0-9_]*\}?|\$\([^)]*\)|\*{3,}|\[\w+\]|[01]|true|false|yes"
    r"|no|null|none|VALUE|TOKEN|PASSWORD|SECRET|KEY|FILE|NAME|…)(?:[\s,;&\"'`)\]}.\\]|$))"
)
"""Values that name no secret, as in ``PALETTE_API_KEY=...`` and ``SECRET=1``."""

_SPACE = r"(?:[\s_\\+-]|%20|\\u0020|\\[rnt])"
_KEY_WORDS = (
    rf"{_SPACE}{{0,4}}+(?:[A-Z0-9]{{1,12}}{_SPACE}{{1,4}}+){{0,3}}PRIVATE{_SPACE}{{0,4}}+KEY"
    rf"(?:{_SPACE}?BLOCK)?"
)
_DASHES = r"(?<!-)-{2,}+[\s_+]{0,4}+"
_BEGIN = rf"(?:(?i:{_DASHES}BEGIN{_KEY_WORDS})|BEGIN{_KEY_WORDS})[^\S\r\n]*+-*+"
_END = rf"(?i:(?:{_DASHES})?END{_KEY_WORDS}[^\S\r\n]*+-*+)"
_NO_BODY = r"(?!(?:…|\\u2026)(?![A-Za-z0-9+/])|\Z|[\"'`)]|[,.;:](?:\s|\Z)|\s*[a-z]{1,12}\s+[a-z(])"
"""After the frame of a key: what a sentence continues with, and not the key itself."""

_NOT_HIDDEN = r"(?!…(?:[\s\"'\\,.]|$))"
_PUBLIC_PEM = (
    r"-----BEGIN (?:(?:TRUSTED |X509 )?CERTIFICATE|CERTIFICATE REQUEST|PUBLIC KEY|X509 CRL)-----"
    r"[^-]*-----END [A-Z0-9 ]*-----"
)
_DIGEST = r"(?i:\bsha(?:1|256|384|512)[:-])[A-Za-z0-9+/=]{20,}"
_RUN = r"(?<![A-Za-z0-9_+/=-])[A-Za-z0-9_+/=-]{20,}"


def _hide_run(match: re.Match[str]) -> str:
    """Hide a random string, and a private key in base64. Certificates and digests stay."""
    text = match["run"]
    if text is None or not (_is_base64_key(text) or (is_random(text) and not _is_public(text))):
        return match[0]
    return HIDDEN


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.rstrip("=")[: len(text.rstrip("=")) // 4 * 4])
    except binascii.Error:
        return b""


def _is_base64_key(text: str) -> bool:
    return text.startswith("LS0tLS1CRUdJTi") and b"PRIVATE" in _decoded(text)


def _is_public(text: str) -> bool:
    """Whether a string is a certificate in PEM in base64."""
    return text.startswith("LS0tLS1CRUdJTi") and _decoded(text).startswith(b"-----BEGIN CERT")


def _hide_credentials(match: re.Match[str]) -> str:
    """Hide what follows Basic or Bearer, unless it is a word of a sentence."""
    return f"{match['scheme']}{HIDDEN}" if _is_token(match["token"]) else match[0]


def _is_token(text: str) -> bool:
    """Whether a string is a token, and not a word such as "constraints)." or "realm=..."."""
    text = text.rstrip(".,;:)")
    if len(text) < 8 or "=" in text.rstrip("=") or not re.fullmatch(r"[A-Za-z0-9._~+/=-]+", text):
        return False
    if b":" in _decoded(text) and _decoded(text).isascii():
        return True
    words = [word for word in re.split(r"[-._~+/=]+", text) if word]
    if all(re.fullmatch(r"[A-Z]?[a-z]*|[A-Z]*", word) for word in words):
        is_padded = re.fullmatch(r"[A-Za-z0-9+/]+={1,2}", text) and len(text) % 4 == 0
        return bool(is_padded) or max(map(len, words), default=0) >= 24
    return bool(re.search(r"\d", text)) or is_random(text) or _is_mixed(text)


def _is_mixed(text: str) -> bool:
    return len(re.findall(r"[a-z][A-Z]", text)) >= 3


def _hide_strong(match: re.Match[str]) -> str:
    """Hide an unquoted value after ``password: ``, unless it is a word of a sentence."""
    value = match["value"]
    is_strong = len(value) >= 8 and re.search(r"\d", value) and re.search(r"[A-Za-z]", value)
    return f"{match['name']}{HIDDEN}" if is_strong else match[0]


_Replacement = str | Callable[[re.Match[str]], str]

PATTERNS: tuple[tuple[str, _Replacement], ...] = (
    # A private key in PEM: on one line, with escaped line ends, or without its end.
    (rf"(?s)({_BEGIN}){_NO_BODY}.*?(?:{_END}|\Z)", r"\1…"),
    # The end of a private key whose beginning was cut off.
    (rf"(?<![A-Za-z0-9+/=\s\\])[A-Za-z0-9+/=\s\\]{{16,}}+({_DASHES}END{_KEY_WORDS}-*+)", r"…\1"),
    (rf"\b(?=[PA])({OTHER_KEYS})[^…\n].*", r"\1…"),
    # The user and password of a URL. A user alone is a token in https://, and a login in ssh://.
    (
        (
            r"(?i)(?<![\w+.-])(https?://)(?:[^\s/@\"'`<>]{1,256}|[^\s/:@\"'`<>]{0,64}:"
            r"(?!\d{1,5}[/?#])[^\s\"'`<>]{1,256})@(?!sha\d)"
        ),
        r"\1…@",
    ),
    (
        (
            r"(?<![\w+.-])([A-Za-z][\w+.-]{0,20}://[^\s/:@\"'`<>]{0,64}:)(?!\d{1,5}[/?#])"
            r"[^\s\"'`<>]{1,256}@(?!sha\d)"
        ),
        r"\1…@",
    ),
    # user:password@host without a scheme.
    (
        (
            r"(?<![\w+.@/-])((?!mailto:|sips?:|xmpp:)[\w.%+-]{1,64}:)(?!//|\d{1,5}[/?#])"
            r"[^\s\"'`<>@,]{1,256}@(?!sha\d)(?=[\w\[(.-])"
        ),
        r"\1…@",
    ),
    # A header with credentials, with and without the scheme.
    (
        (
            r"(?i)((?<![\w-])(?:proxy-)?authorization\\*[\"']?\s{0,4}[:=]\s{0,4}\[?\\*[\"']?"
            rf"(?:[a-z][\w-]{{1,20}}(?:\s|%20|\+)+)?){_NOT_HIDDEN}"
            r"(?=[^\s\"'\\]*[^\s\"'\\a-z…])[^\s\"'\\]{4,}"
        ),
        r"\1…",
    ),
    (
        (
            r"(?i)((?<![\w-])(?:x-[\w-]{0,40}(?:auth|token|api-?key|secret|password)|api-?key|"
            rf"(?:set-)?cookie)\\*[\"']?\s{{0,4}}:\s{{0,4}}\[?\\*[\"']?){_NOT_HIDDEN}"
            r"(?=[^\s\"'\\]*[\d=])[^\s\"'\\]{4,}"
        ),
        r"\1…",
    ),
    (
        r"(?i)(?P<scheme>\bb(?:earer|asic)(?:\s|%20)+)(?P<token>[^\s\"'`<>\\,…]{6,})",
        _hide_credentials,
    ),
    # "password": "..." in JSON, also if it is escaped, and in Python's form.
    (
        (
            rf"(?i)((?<!\\)(\\{{0,4}}+[\"']){SECRET_NAME}\2\s*[:=]\s*\[?)"
            r"(\\*[\"'])(?:(?!\3)(?:\\.|[^\n\\]))*(\3|$)"
        ),
        r"\1\3…\4",
    ),
    (rf"(?i)([\"']{SECRET_NAME}[\"']\s*:\s*)-?\d{{4,}}", r"\1…"),
    # password=..., password="...", Password:...
    (
        (
            rf"(?i)(?<![\w.$-])"
            rf"(?=[\w.-]{{1,80}}[ \t]*=)(-{{0,2}}{SECRET_NAME}[ \t]*=[ \t]*)([\"']){_PLACEHOLDER}"
            r"(?:(?!\2)[^\n])+(\2|$)"
        ),
        r"\1\2…\3",
    ),
    (
        (
            rf"(?i)(?<![\w.$-])"
            rf"(?=[\w.-]{{1,80}}[ \t]*=)(-{{0,2}}{SECRET_NAME}[ \t]*=[ \t]*)"
            rf"{_PLACEHOLDER}[^\s,;&\"'`]+"
        ),
        r"\1…",
    ),
    (
        (
            rf"(?i)(?<![\w.$/:-])"
            rf"(?=[\w.-]{{1,80}}:)({SECRET_NAME}:)(?!//|:){_PLACEHOLDER}[^\s,;&\"'`)\]}}:]+(?!:)"
        ),
        r"\1…",
    ),
    (
        (
            rf"(?i)(?<![\w.$/-])"
            rf"(?=[\w.-]{{1,80}}:)({SECRET_NAME}:[ \t]+)([\"']){_PLACEHOLDER}(?:(?!\2)[^\n])+(\2|$)"
        ),
        r"\1\2…\3",
    ),
    (
        (
            rf"(?i)(?<![\w.$/-])(?=[\w.-]{{1,80}}:)(?P<name>{SECRET_NAME}:[ \t]+)"
            r"(?P<value>[^\s,;&\"'`)\]}…]+)(?=[,;}]|\s*$|\s*\n)"
        ),
        _hide_strong,
    ),
    # user=name%password, an option of mount.cifs.
    (r"(?i)\b(user(?:name)?=[^\s,;&\"'%…]{0,64}%)[^\s,;&\"']+", r"\1…"),
    # --password ..., and curl -u user:password.
    (
        (
            r"(?i)(?<![\w-])(--?(?:\w+-){0,3}(?:password|passwd|passphrase|token|api-?key|access-key|"
            rf"secret-key|client-secret)[ \t]+)(?!-){_PLACEHOLDER}[^\s\"'`…][^\s\"'`]*"
        ),
        r"\1…",
    ),
    (
        (
            r"(\b(?:curl|wget|https?|xh)\s(?:[^\n]{0,200}?\s)?(?:-u|--user)[ \t=]*[\"']?[\w.@-]+:)"
            r"(?![$…\d])[^\s\"'`]+"
        ),
        r"\1…",
    ),
    # Hashes of passwords, and tokens.
    (r"(\$2[abxy]?\$[0-9]{2}\$)[./A-Za-z0-9]{20,}", r"\1…"),
    (CRYPT_HASH, HIDDEN),
    (LDAP_HASH, HIDDEN),
    (JWT_FORMAT, HIDDEN),
    (VENDOR_TOKENS, HIDDEN),
    # A random string: a token, a key of S3, a line of a private key.
    (rf"{_PUBLIC_PEM}|{_DIGEST}|(?P<run>{_RUN})", _hide_run),
)
"""Patterns of secrets, and what replaces them. ``re`` compiles them when they are first used."""

NAMED_PATTERNS = frozenset(pattern for pattern, _ in PATTERNS if SECRET_NAME in pattern)
"""Slow patterns, for texts with :data:`NAME_HINT`."""
NAME_HINT = (
    r"(?i)pass|pwd|cred|secret|token|signature|bearer|key|(?:otp|pat|dsn|sig)[\\\"']*\s*[:=]"
)

VALUE_PATTERNS: tuple[tuple[str, str], ...] = (
    PATTERNS[0],  # type: ignore[assignment]
    # The user and password of a URL. Spaces and slashes in the password are common mistakes.
    (r"(?i)(https?://)[^\n\"]*@(?!sha256:)", r"\1…@"),
    # user:password@, with and without a scheme.
    (r"((?:\w{1,20}://)?[^\s:/@\"']{1,256}:)(?!//)[^\n\"]*@(?!sha256:)", r"\1…@"),
    # The query and the fragment of a URL.
    (r"(://[^\s?#\"]*)[?#][^\n\"]+", r"\1?…"),
    (r"[?#][^\s?#\"]{0,64}=[^\n\"]*", "?…"),
    (r"(?i)\b(user(?:name)?\s*=\s*)[^\s,;&\"']+", r"\1…"),
    (rf"(?i)\b({SECRET_NAME}\s*[=:]\s*)[^\n,;&\"']+", r"\1…"),
    (r"(?i)((?:proxy-)?authorization\s*[:=]\s*(?:\w+\s+)?)[^\n\"]+", r"\1…"),
)
"""More patterns for one value that a user typed. They remove more than secrets."""
