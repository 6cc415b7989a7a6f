"""What a secret looks like: by its name or by its value."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

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
_NOT_A_TOKEN = re.compile(r"_AUTH_TOKEN_(REALM|SERVICE|ISSUER|ROOTCERTBUNDLE|AUTOREDIRECT\w*)$")
"""Variables of the registry that say where it gets tokens."""
_LOGIN_NAME = re.compile(r"(^|_)\w*AUTH$")
_LOGIN = re.compile(r"[^\s:{/]+:[^\s/]+")
_FILE_NAME = re.compile(r"_(FILE|PATH|DIR|DIRECTORY)$|^CREDENTIALS$")
_PATH = re.compile(r"(/|\./|[A-Za-z]:\\|file:)\S*")
_VALUE = re.compile(
    r"-----\s*BEGIN [A-Z ]*PRIVATE KEY"
    r"|PuTTY-User-Key-File|AGE-SECRET-KEY-1"
    r"|\$2[abxy]?\$[0-9]{2}\$[./A-Za-z0-9]{53}"  # a bcrypt hash
    r"|\$(apr1|[156]|y)\$[./A-Za-z0-9$=,]{8,}|\{SSHA\d*\}|\{SHA\}"  # other hashes of passwords
    r"|\b(AKIA|ASIA)[0-9A-Z]{16}\b"  # an AWS access key ID
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_\w{22,}|\bglpat-[\w-]{20,}"  # Git hosts
    r"|\bxox[abeprs]-[\w-]{10,}|\bsk_(live|test)_\w{16,}|\bhv[sbr]\.[\w-]{20,}|\bdckr_pat_[\w-]{20,}"
    r"|\bnpm_\w{30,}|\bpypi-[\w-]{30,}|\bAIza[\w-]{35}|\bpul-[0-9a-f]{40}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\."  # a JSON web token
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
    return is_secret_value(value) or bool(is_named or is_login)


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
