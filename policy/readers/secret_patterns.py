"""What a secret looks like: by its name or by its value."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from common.secret_shapes import (
    BCRYPT_HASH,
    JWT_FORMAT,
    LDAP_HASH,
    OTHER_KEYS,
    VENDOR_TOKENS,
    is_random,
)

_KEYS = (
    "API|ACCESS|PRIVATE|PRIV|SIGNING|ENCRYPTION|SECRET|AUTH|MASTER|SESSION|LICENSE|ACCOUNT|STORAGE"
    "|SSH|GPG|PGP|DEPLOY|HMAC|JWT|COOKIE"
)
_NAME = re.compile(
    r"(^|_)((?!HTPASSWD)[A-Z0-9]*(PASSWOR[DT]S?|PASSWD|PASSPHRASE|PASSCODE)|(?!COMPASS|BYPASS)[A-Z]*PASS|PAT"
    r"|[A-Z]*SECRET[A-Z]*|[A-Z]*TOKENS?|BEARER|CREDS?|CREDENTIALS?|AUTH_CONFIG|(DB|SQL|ROOT)PWD"
    rf"|[A-Z]*({_KEYS})_?KEYS?)[0-9]*(_|$)"
    r"|(^|_)PWD_|._PWD$"  # not PWD, the working directory
)
_MAY_BE_SECRET = re.compile(
    r"(^|_)((?!MONKEY|TURKEY)[A-Z]*(KEY|SALT|PEPPER|SEED|MNEMONIC|NONCE)|(SIG|SIGNATURE|DSN|CONN|CODE)"
    r"|CONN(ECTION)?_?(STR|STRING|STRINGS|URL|URI)|SAS|AUTH|LOGIN|PW|PWORD|PSWD|[A-Z]*PHRASE|JWT"
    r"|COOKIE|SESSION|LICEN[CS]E|IDENTITY|WEBHOOK|API|ENCRYPTION|SIGNING|MASTER|ADMIN|ROOT)[0-9]*(_|$)"
)
"""Names that may be those of secrets: their values decide."""
_MAY_BE_NUMBER = re.compile(r"(^|_)([A-Z]?OTP|PIN|TAN|MFA|PASSKEY)(_CODE|_KEY|_SEED)?[0-9]*(_|$)")
"""Names of secrets that may be digits only."""
_NOT_SECRET = re.compile(
    r"(^|_)(PUB|PUBLIC|CERT|CERTIFICATE|FINGERPRINT|DIGEST|CHECKSUM)(_|KEY|$)"
    r"|_(NAME|TYPE|SIZE|LENGTH|ALGORITHM|ALG|FORMAT|MODE|USER|HOST|PORT|TTL|URL_PATH)$"
)
_NOT_A_TOKEN = re.compile(r"_AUTH_TOKEN_(REALM|SERVICE|ISSUER|ROOTCERTBUNDLE|AUTOREDIRECT\w*)$")
"""Variables of the registry that say where it gets tokens."""
_LOGIN_NAME = re.compile(r"(^|_)\w*AUTH$")
_LOGIN = re.compile(r"[^\s:{/]+:[^\s/]+")
_FILE_NAME = re.compile(r"_(FILE|PATH|DIR|DIRECTORY)$|^CREDENTIALS$")
_PATH = re.compile(r"(/|\./|[A-Za-z]:\\|file:)\S*")
_VALUE = re.compile(
    r"-----\s*BEGIN [A-Z ]*PRIVATE KEY"
    rf"|{OTHER_KEYS}|{BCRYPT_HASH}|{LDAP_HASH}|{VENDOR_TOKENS}|{JWT_FORMAT}"
    r"|\$(apr1|[156]|y)\$[./A-Za-z0-9$=,]{8,}"  # other hashes of passwords
    r"|\bhooks\.slack\.com/services/\w+/\w+/\w+"
    r"|[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@$]*:(?!\$)[^/\s@]+@"  # a URL with a password
    r"|[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@$]{20,}@"  # a URL with a token
    r"|(?:^|[\s='\"/])[\w.%+-]+:[^\s:@/$]{2,}@(?!sha\d+:)[\w(.-]+"  # a login without a scheme
    r"|\bAuthorization\W{1,4}(Basic|Bearer)\s+(?!\$)[\w+/=.~-]{8,}"
)
_ASSIGNMENT = re.compile(
    r"""(?:^|[\s,;&?{("'])-{0,2}(?P<name>[A-Za-z][\w.-]*)["']?\s*[=:]\s*["']?(?P<value>[^\s,;&"'{}()\[\]][^\s,;&"'})]*)"""
)
_FLAG = re.compile(r"""(?:^|\s)--?(?P<name>[A-Za-z][\w-]*)\s+["']?(?P<value>[^\s"'-][^\s"']*)""")
_USER_FLAG = re.compile(
    r"""\b(?:curl|https?|xh)\s(?:.*\s)?(?:-[A-Za-z]*u|--user|-a|--auth)[\s=]*["']?[\w.@-]+:(?![$\d]+\b)[^\s"'$]{3,}"""
)
_TOOL = re.compile(
    r"\b(mysql|mariadb)\w*\s(.*\s)?-p[^\s$]\S*|\bredis-cli\s(.*\s)?-a\s*[^\s$]\S*|\bsshpass\s+-p\s*[^\s$]"
    r"|\blogin\s(.*\s)?-p[\s=]*[\"']?[^\s$\"'-]|\bmongo\w*\s(.*\s)?-p[\s=]*[\"']?[^\s$\"'-]"
    r"|\bldap\w+\s(.*\s)?-w\s*[\"']?[^\s$\"'-]"
    r"|\bhtpasswd\s+-(?=\w*b)(?=\w*n)\w+(\s+[^\s$]+){2}|\bhtpasswd\s+-(?=\w*b)(?!\w*n)\w+(\s+[^\s$]+){3}"
    r"|(^|[,\s])user(name)?=[^,%\s]*%[^,\s]+"
    r"|\bsumologic\.com/receiver/v1/http/\S{20}|\bhooks\.slack\.com/services/\S{20}"
)
"""Options and addresses that don't say that their value is a password."""
_BASE64_PEM = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/=]+")


def is_secret_value(text: str) -> bool:
    """Whether a string contains what looks like a secret."""
    return bool(_VALUE.search(text)) or any(
        b"PRIVATE KEY" in _decode(match[0]) for match in _BASE64_PEM.finditer(text)
    )


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text.rstrip("=")[: len(text) // 4 * 4])
    except ValueError:  # not base64, or not ASCII
        return b""


def is_secret(name: str, value: str) -> bool:
    """Whether a named value is a secret, by its name or its value.

    A name such as PASSWORD_FILE is harmless only if the value is a path.
    """
    words = re.sub(r"[-. ]", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).upper()
    if not value or _is_reference(value):
        return False
    is_file = _FILE_NAME.search(words) and _PATH.fullmatch(value)
    login = _decode(value).decode(errors="ignore")
    is_login = _LOGIN_NAME.search(words) and any(map(_LOGIN.fullmatch, (value, login)))
    is_named = _NAME.search(words) and not is_file and not _NOT_A_TOKEN.search(words)
    if is_secret_value(value) or is_named or is_login:
        return True
    if is_file or _NOT_SECRET.search(words):
        return False
    if words == "PWD":  # the working directory of a shell, and a password elsewhere
        return not _PATH.fullmatch(value)
    if _MAY_BE_NUMBER.search(words):
        return bool(re.fullmatch(r"[\d -]{4,}", value)) or looks_secret(value)
    return bool(_MAY_BE_SECRET.search(words)) and looks_secret(value)


def looks_secret(value: str) -> bool:
    """Whether a value is too irregular for a word, a path, an address or a version."""
    text = value.strip("\"'")
    if len(text) < 8 or _PATH.fullmatch(text) or re.match(r"[A-Za-z][\w+.-]*://", text):
        return False
    if is_random(text) or re.fullmatch(r"[0-9a-fA-F]{16,}", text):
        return True
    if re.search(r"[!#%^&*~?]", text) and not re.search(r"\s", text):
        return True
    parts = [part for part in re.split(r"[^A-Za-z0-9]+", text) if part]
    return any(_is_irregular(part) for part in parts)


def _is_irregular(part: str) -> bool:
    """Whether letters and digits alternate, unlike in v2, sha256, 10m and eu1."""
    has_both = re.search(r"[A-Za-z]", part) and re.search(r"\d", part)
    is_ordinary = len(part) < 6 or re.fullmatch(r"(?i)(sha|rsa|aes|ed|es|rs|hs|utf|x)\d+", part)
    is_mixed = len(re.findall(r"[a-z][A-Z]|[A-Z][a-z]", part)) >= 5
    return bool((has_both and not is_ordinary) or is_mixed)


def _is_reference(value: str) -> bool:
    """Whether a value only names a variable of a shell or of a container in Kubernetes."""
    return bool(re.fullmatch(r"\$\{?\w+\}?|\$\(\w+\)", value))


def secrets_in(text: str) -> Iterator[str]:
    """The names of the secrets in a command line, a list of options or another string."""
    if is_secret_value(text) or _USER_FLAG.search(text) or _TOOL.search(text):
        yield "a value"
    for pattern in (_ASSIGNMENT, _FLAG):
        for match in pattern.finditer(text):
            if is_secret(match["name"], match["value"]):
                yield match["name"]
