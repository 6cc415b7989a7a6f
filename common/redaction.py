"""The scrubber: removes secrets from every text that users see.

Errors (``common/errors.py``), the console of the commands (``cli/console.py``), Pulumi's log, logged
messages and tracebacks (``common/redaction_hooks.py``) and violations of policies call it. It knows
secrets by their values (:func:`register_secrets`) and by their shapes.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from common.secret_shapes import (
    CRYPT_HASH,
    JSON_WEB_TOKEN,
    LDAP_HASH,
    OTHER_KEYS,
    VENDOR_TOKENS,
    is_random,
)
from common.types.password_strength import is_common

HIDDEN = "…"
"""What the scrubber shows in place of a secret."""

MIN_KNOWN = 8
"""Characters of the shortest secret that is removed by its value.

A shorter one, or a common word such as "registry", occurs in ordinary sentences.
"""
_MAX_COMMON = 72

_lock = threading.Lock()
_known: set[str] = set()
_known_pattern: re.Pattern[str] | None = None

# --- Names -----------------------------------------------------------------------------------

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

# --- Private keys ----------------------------------------------------------------------------

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

# --- Tokens ----------------------------------------------------------------------------------

_PUBLIC_PEM = (
    r"-----BEGIN (?:(?:TRUSTED |X509 )?CERTIFICATE|CERTIFICATE REQUEST|PUBLIC KEY|X509 CRL)-----"
    r"[^-]*-----END [A-Z0-9 ]*-----"
)
_DIGEST = r"(?i:\bsha(?:1|256|384|512)[:-])[A-Za-z0-9+/=]{20,}"
_RUN = r"(?<![A-Za-z0-9_+/=-])[A-Za-z0-9_+/=-]{20,}"


def _hide_run(match: re.Match[str]) -> str:
    """Hide a random string, and the rest of it on the next line if it ends in base64's padding."""
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

_PATTERNS: tuple[tuple[str, _Replacement], ...] = (
    # A private key in PEM: on one line, with escaped line ends, or without its end.
    (rf"(?s)({_BEGIN}){_NO_BODY}.*?(?:{_END}|\Z)", r"\1…"),
    # The end of a private key whose beginning was cut off.
    (rf"(?<![A-Za-z0-9+/=\s\\])[A-Za-z0-9+/=\s\\]{{16,}}+({_DASHES}END{_KEY_WORDS}-*+)", r"…\1"),
    (rf"({OTHER_KEYS})[^…\n].*", r"\1…"),
    # The user and password of a URL. A user alone is a token in https://, and a login in ssh://.
    (
        r"(?i)(?<![\w+.-])(https?://)(?:[^\s/@\"'`<>]{1,256}|[^\s/:@\"'`<>]{0,64}:"
        r"(?!\d{1,5}[/?#])[^\s\"'`<>]{1,256})@(?!sha\d)",
        r"\1…@",
    ),
    (
        r"(?<![\w+.-])([A-Za-z][\w+.-]{0,20}://[^\s/:@\"'`<>]{0,64}:)(?!\d{1,5}[/?#])"
        r"[^\s\"'`<>]{1,256}@(?!sha\d)",
        r"\1…@",
    ),
    # user:password@host without a scheme.
    (
        r"(?<![\w+.@/-])((?!mailto:|sips?:|xmpp:)[\w.%+-]{1,64}:)(?!//|\d{1,5}[/?#])"
        r"[^\s\"'`<>@,]{1,256}@(?!sha\d)(?=[\w\[(.-])",
        r"\1…@",
    ),
    # A header with credentials, with and without the scheme.
    (
        r"(?i)((?<![\w-])(?:proxy-)?authorization\\*[\"']?\s{0,4}[:=]\s{0,4}\[?\\*[\"']?"
        r"(?:[a-z][\w-]{1,20}(?:\s|%20|\+)+)?)(?!…(?:[\s\"\'\\,.]|$))(?=[^\s\"'\\]*[^\s\"'\\a-z…])[^\s\"'\\]{4,}",
        r"\1…",
    ),
    (
        r"(?i)((?<![\w-])(?:x-[\w-]{0,40}(?:auth|token|api-?key|secret|password)|api-?key|"
        r"(?:set-)?cookie)\\*[\"']?\s{0,4}:\s{0,4}\[?\\*[\"']?)(?!…(?:[\s\"\'\\,.]|$))(?=[^\s\"'\\]*[\d=])[^\s\"'\\]{4,}",
        r"\1…",
    ),
    (
        r"(?i)(?P<scheme>\b(?:bearer|basic)(?:\s|%20)+)(?P<token>[^\s\"'`<>\\,…]{6,})",
        _hide_credentials,
    ),
    # "password": "..." in JSON, also if it is escaped, and in Python's form.
    (
        rf"(?i)((?<!\\)(\\{{0,4}}+[\"']){SECRET_NAME}\2\s*[:=]\s*\[?)(\\*[\"'])(?:(?!\3)(?:\\.|[^\n\\]))*(\3|$)",
        r"\1\3…\4",
    ),
    (rf"(?i)([\"']{SECRET_NAME}[\"']\s*:\s*)-?\d{{4,}}", r"\1…"),
    # password=..., password="...", Password:...
    (
        rf"(?i)(?<![\w.$-])(-{{0,2}}{SECRET_NAME}[ \t]*=[ \t]*)([\"']){_PLACEHOLDER}"
        r"(?:(?!\2)[^\n])+(\2|$)",
        r"\1\2…\3",
    ),
    (rf"(?i)(?<![\w.$-])(-{{0,2}}{SECRET_NAME}[ \t]*=[ \t]*){_PLACEHOLDER}[^\s,;&\"'`]+", r"\1…"),
    (rf"(?i)(?<![\w.$/:-])({SECRET_NAME}:)(?!//|:){_PLACEHOLDER}[^\s,;&\"'`)\]}}:]+(?!:)", r"\1…"),
    (
        rf"(?i)(?<![\w.$/-])({SECRET_NAME}:[ \t]+)([\"']){_PLACEHOLDER}(?:(?!\2)[^\n])+(\2|$)",
        r"\1\2…\3",
    ),
    (
        rf"(?i)(?<![\w.$/-])(?P<name>{SECRET_NAME}:[ \t]+)(?P<value>[^\s,;&\"'`)\]}}…]+)(?=[,;}}]|\s*$|\s*\n)",
        _hide_strong,
    ),
    # user=name%password, an option of mount.cifs.
    (r"(?i)\b(user(?:name)?=[^\s,;&\"'%…]{0,64}%)[^\s,;&\"']+", r"\1…"),
    # --password ..., and curl -u user:password.
    (
        r"(?i)(?<![\w-])(--?(?:\w+-){0,3}(?:password|passwd|passphrase|token|api-?key|access-key|"
        rf"secret-key|client-secret)[ \t]+)(?!-){_PLACEHOLDER}[^\s\"'`…][^\s\"'`]*",
        r"\1…",
    ),
    (
        r"(\b(?:curl|wget|https?|xh)\s(?:[^\n]{0,200}?\s)?(?:-u|--user)[ \t=]*[\"']?[\w.@-]+:)"
        r"(?![$…\d])[^\s\"'`]+",
        r"\1…",
    ),
    # Hashes of passwords, and tokens.
    (rf"(?P<kind>\$2[abxy]?\$[0-9]{{2}}\$)(?<=\$)[./A-Za-z0-9]{{20,}}", r"\g<kind>…"),
    (CRYPT_HASH, HIDDEN),
    (LDAP_HASH, HIDDEN),
    (JSON_WEB_TOKEN, HIDDEN),
    (VENDOR_TOKENS, HIDDEN),
    # A random string: a token, a key of S3, a line of a private key.
    (rf"{_PUBLIC_PEM}|{_DIGEST}|(?P<run>{_RUN})", _hide_run),
)
"""Patterns of secrets, and what replaces them. ``re`` compiles them when they are first used."""

_VALUE_PATTERNS: tuple[tuple[str, str], ...] = (
    _PATTERNS[0],  # type: ignore[assignment]
    # The user and password of a URL. Spaces and slashes in the password are common mistakes.
    (r"(?i)(https?://)[^\n\"]*@(?!sha256:)", r"\1…@"),
    # user:password@, with and without a scheme.
    (r"((?:\w{1,20}://)?[^\s:/@\"']{1,256}:)(?!//)[^\n\"]*@(?!sha256:)", r"\1…@"),
    # The query and the fragment of a URL.
    (r"(://[^\s?#\"]*)[?#][^\n\"]+", r"\1?…"),
    (r"[?#][^\s?#\"]{0,64}=[^\n\"]*", r"?…"),
    (r"(?i)\b(user(?:name)?\s*=\s*)[^\s,;&\"']+", r"\1…"),
    (rf"(?i)\b({SECRET_NAME}\s*[=:]\s*)[^\n,;&\"']+", r"\1…"),
    (r"(?i)((?:proxy-)?authorization\s*[:=]\s*(?:\w+\s+)?)[^\n\"]+", r"\1…"),
)
_MAX_VALUE = 2048
"""Characters of a value that are inspected. Messages show fewer."""


def redact(text: str) -> str:
    """Return a text without credentials, tokens and private keys.

    What remains still shows what kind of value it was, for example
    ``https://…@registry.example.com``. Ordinary sentences are unchanged.
    """
    text = _without_known(text)
    for pattern, replacement in _PATTERNS:
        text = re.sub(pattern, replacement, text)
    return text


def redact_value(value: str) -> str:
    """Return one value that a user typed without what can be a secret, also if that removes more.

    A message quotes the result.
    """
    value = _without_known(value)[:_MAX_VALUE]
    for pattern, replacement in _VALUE_PATTERNS:
        value = re.sub(pattern, replacement, value)
    return redact(value)


def redact_all(value: Any) -> Any:
    """Return lists and objects with all their strings redacted."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {key: redact_all(item) for key, item in value.items()}
    return [redact_all(item) for item in value] if isinstance(value, list) else value


def register_secrets(*values: Any) -> None:
    """Remember secrets, so that :func:`redact` removes them by their values.

    :param values: strings, or lists and objects of strings. Anything else is ignored.
    """
    global _known_pattern  # noqa: PLW0603 - derived from the values
    new = {form for text in _strings(values) for form in _forms(text)} - _known
    if new:
        with _lock:
            _known.update(new)
            # A secret may contain another one.
            longest = sorted(_known, key=lambda form: (-len(form), form))
            _known_pattern = re.compile("|".join(map(re.escape, longest)))


def register_environment(environment: Mapping[str, str]) -> None:
    """Remember the variables that are secret by their names, such as PULUMI_CONFIG_PASSPHRASE."""
    for name, value in environment.items():
        if re.fullmatch(SECRET_NAME, name, re.IGNORECASE):
            register_secrets(value)


def forget_secrets() -> None:
    """Forget all secrets, so that one test does not change the messages of another."""
    global _known_pattern  # noqa: PLW0603 - derived from the values
    with _lock:
        _known.clear()
        _known_pattern = None


def _without_known(text: str) -> str:
    return _known_pattern.sub(HIDDEN, text) if _known_pattern else text


def _strings(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            yield from _strings(value.values())
        elif isinstance(value, list | tuple | set | frozenset):
            yield from _strings(value)


def _forms(secret: str) -> Iterator[str]:
    """The forms in which a secret appears in messages: as it is, and escaped in JSON and URLs."""
    lines = secret.splitlines()
    for text in {secret, secret.strip(), *(lines if len(lines) > 1 else ())}:
        is_frame = text.startswith("-----")
        if len(text) < MIN_KNOWN or is_frame or (len(text) <= _MAX_COMMON and is_common(text)):
            continue
        yield text
        yield json.dumps(text)[1:-1]
        yield json.dumps(text, ensure_ascii=False)[1:-1]
        yield repr(text)[1:-1]
        yield quote(text, safe="", errors="replace")
