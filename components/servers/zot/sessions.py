"""Sessions of the web page, which end only after two hours.

If a client sends zot's header of the web page, zot answers a login with a cookie. The cookie is
accepted for two hours without a password, also after the password has changed. zot does this
without the web page too, and no option switches it off.

Without the web page, zot therefore gets an encryption key of a length that AES does not have. It
writes no cookie and reads none: a login with the header fails with status 500, and a request with
a cookie with 401.

With the web page, zot generates the keys at its start. Changed users therefore replace the server
(``files.py``), which ends all sessions.

Source: zot 2.1.20, `pkg/api/authn.go`, `pkg/api/cookiestore.go`, and gorilla/securecookie.
"""

from __future__ import annotations

import json
from typing import Any

from components.servers.paths import CONFIG_DIRECTORY
from components.servers.zot.paths import SESSION_KEYS_FILE
from components.servers.zot.zot_settings import ZotSettings


def session_options(settings: ZotSettings) -> dict[str, Any]:
    """Return the options of `http.auth` for sessions."""
    if not settings.zot.web:
        return {"sessionKeysFile": f"{CONFIG_DIRECTORY}/{SESSION_KEYS_FILE}"}
    # With a certificate, zot itself restricts cookies to HTTPS.
    return {"secureSession": True} if settings.public_endpoint.startswith("https://") else {}


def unusable_keys() -> str:
    """Return the file of a key that AES rejects. It is no secret."""
    return json.dumps({"encryptKey": "no sessions"})
