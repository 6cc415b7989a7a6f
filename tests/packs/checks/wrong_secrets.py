"""Packs with made-up secrets. No file of the repository has one of them as a whole."""

from __future__ import annotations

import base64
import textwrap
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tests.packs.checks.building import CHART_YAML, Changes, chart

LETTERS = "aB3dE5gH7jK9mN2pQ4rS6tU8vW1xY0z"
_KEY = generate_private_key(SECP256R1())


def pem(form: PrivateFormat, encryption: Any = None) -> str:
    """A private key as a PEM file."""
    return _KEY.private_bytes(Encoding.PEM, form, encryption or NoEncryption()).decode()


PKCS8 = pem(PrivateFormat.PKCS8)
OPENSSH = pem(PrivateFormat.OpenSSH)
ENCRYPTED = pem(PrivateFormat.PKCS8, BestAvailableEncryption(b"password"))
IN_BASE64 = base64.b64encode(PKCS8.encode()).decode()
JWT = ".".join(
    base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    for text in ('{"alg":"HS256"}', '{"sub":"hello","exp":1}', LETTERS)
)
TOKENS = {
    "AWS access key": f"AKIA{LETTERS.upper()[:16]}",
    "AWS secret access key": f'aws_secret_access_key = "{(LETTERS * 2)[:40]}"',
    "Azure storage account": f"AccountKey={(LETTERS * 3)[:86]}==",
    "Docker Hub token": f"dckr_pat_{LETTERS}",
    "GitHub token": f"ghp_{LETTERS}{LETTERS[:8]}",
    "GitHub token with fine grain": f"github_pat_{LETTERS}",
    "GitLab token": f"glpat-{LETTERS[:20]}",
    "Google API key": f"AIza{LETTERS}aB3d",
    "JSON web token": JWT,
    "npm token": f"npm_{LETTERS}aB3d",
    "PyPI token": f"pypi-{LETTERS}",
    "Slack token": f"xoxb-{LETTERS}",
    "Stripe key": f"sk_live_{LETTERS}",
    "Vault token": f"hvs.{LETTERS}",
}


def _values(text: str) -> Changes:
    return {"values.yaml": f"a: 1\n{text}"}


def _block(text: str) -> str:
    return "key: |\n" + textwrap.indent(text, "  ")


SECRETS: dict[str, Changes] = {
    "key in values": _values(_block(PKCS8)),
    "key of OpenSSH in values": _values(_block(OPENSSH)),
    "encrypted key in values": _values(_block(ENCRYPTED)),
    "key on one line": _values("key: " + repr(PKCS8).replace("'", '"')),
    "key in JSON": {"account.json": '{\n  "private_key": ' + repr(PKCS8).replace("'", '"') + "}"},
    "key in base64": {
        "manifests/hello.yaml": f"apiVersion: v1\nkind: Secret\ndata:\n  tls.key: {IN_BASE64}\n",
    },
    "key as a file": {"tls.key": PKCS8},
    "key of age": {"key.txt": f"AGE-SECRET-KEY-1{LETTERS.upper()}"},
    "key in a hidden file": {".ssh/id": OPENSSH},
    **{f"{kind} in values": _values(f"token: '{token}'\n") for kind, token in TOKENS.items()},
    "token in README": {"README.md": f"# Hello\n\nUse `ghp_{LETTERS}{LETTERS[:8]}`.\n"},
    "token in metadata": {
        "pack.json": f'{{\n  "name": "hello",\n  "a": "{TOKENS["Slack token"]}"\n}}'
    },
    "key in a chart (a warning)": {
        "charts/hello-1.0.0.tgz": chart(CHART_YAML, ("hello/files/tls.key", f"\n{PKCS8}")),
    },
    "key in a comment (a warning)": _values(textwrap.indent(_block(PKCS8), "# ") + "b: 1\n"),
}
NO_SECRETS: dict[str, Changes] = {
    "key with dots": _values(
        _block("-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----\n")
    ),
    "key that is cut off": _values(
        _block("\n".join([*PKCS8.splitlines()[:2], PKCS8.splitlines()[-1]]))
    ),
    "certificate": _values(
        _block("-----BEGIN CERTIFICATE-----\n" + "MIIB" * 20 + "\n-----END CERTIFICATE-----\n")
    ),
    "password": _values("password: hunter2\nadminPassword: Harbor12345\n"),
    "example of AWS": _values("key: AKIAIOSFODNN7EXAMPLE\n"),
    "filled token": _values("token: ghp_" + "x" * 36 + "\n"),
    "placeholder": _values("token: xoxb-your-bot-token\n"),
    "digest": _values("digest: sha256:" + "0123456789abcdef" * 4 + "\n"),
    "hash of a password": _values("hash: $2y$10$" + (LETTERS * 2)[:53] + "\n"),
}
