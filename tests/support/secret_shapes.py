"""Secrets of every shape that the scrubber knows, each with a marker that no text may show."""

from __future__ import annotations

import base64

MARKER = "MARKER"

_RANDOM = "k7Qz0aMARKERb4Xv9cT2Ye8Rw1Ui6OpL3sD5fG"
_BASIC = base64.b64encode(b"ci:secret-1").decode()

SECRETS = {
    "private key": f"-----BEGIN PRIVATE KEY-----\n{_RANDOM}\n-----END PRIVATE KEY-----",
    "private key on one line": (
        f"-----BEGIN RSA PRIVATE KEY----- {_RANDOM} -----END RSA PRIVATE KEY-----"
    ),
    "private key with escaped line ends": (
        f"-----BEGIN EC PRIVATE KEY-----\\n{_RANDOM}\\n-----END EC PRIVATE KEY-----"
    ),
    "private key without end": f"-----BEGIN PRIVATE KEY-----\nMIIE{_RANDOM}\nMARKER\n",
    "private key without frame": f"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC{_RANDOM}",
    "PuTTY key": "PuTTY-User-Key-File-3: ssh-ed25519 MARKER",
    "age key": f"AGE-SECRET-KEY-1{MARKER}ABC",
    "https login": "https://ci:MARKER-1@registry.example.com",
    "https token": "https://MARKER1@registry.example.com",
    "ssh login": "ssh://ops:MARKER-1@registry.example.com",
    "tcp login": "tcp://ops:MARKER-1@10.0.0.5:2376",
    "login without scheme": "ci:MARKER-1@registry.example.com/packs:1.0",
    "database login": "postgres://ci:MARKER-1@db.example.com/packs",
    "Authorization header": "Authorization: Bearer MARKER-1",
    "Basic header": f"Authorization: Basic {_BASIC}MARKER",
    "Bearer token": "Bearer MARKER-1234567890",
    "JSON web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjaSJ9.MARKER",
    "AWS secret key": "wJalrXUtnFEMI/K7MDENG/MARKERbPxRfiCYz1K5",
    "AWS variable": "AWS_SECRET_ACCESS_KEY=MARKER-1",
    "bcrypt hash": "ci:$2y$05$" + "MARKER.aB" * 5 + "abcdefgh",
    "crypt hash": "$6$MARKER$abcdefgh",
    "password option": "password=MARKER-1",
    "user option": "user=ci%MARKER-1",
    "password in JSON": '{"password": "MARKER-1"}',
    "GitHub token": "ghp_MARKER" + "a1B" * 12,
    "Vault token": "hvs.MARKERabcdefghijklmnop",
    "query token": "https://example.com/?token=MARKER-1",
    "random string": _RANDOM,
}
"""By name."""
