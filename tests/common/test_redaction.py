"""Text for users without credentials, tokens and private keys."""

from __future__ import annotations

import pytest

from common.redaction import redact

KEY = "-----BEGIN EC PRIVATE KEY-----\nMARKER\n-----END EC PRIVATE KEY-----"
TOKEN = "MARKERabcdefghijklmnopqrstuvwxyz0123456789"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (f"a {KEY} b", "a -----BEGIN EC PRIVATE KEY-----… b"),
        ("-----BEGIN PRIVATE KEY-----\nMARKER", "-----BEGIN PRIVATE KEY-----…"),
        ("https://ci:MARKER@example.com/v2/", "https://…@example.com/v2/"),
        ("https://ci:MAR/KER@example.com", "https://…@example.com"),
        ("tcp://ops:MARKER@10.0.0.5:2376", "tcp://ops:…@10.0.0.5:2376"),
        ("ssh://ops:MARKER@build-1", "ssh://ops:…@build-1"),
        ("ci:MARKER@example.com/packs:1.0", "ci:…@example.com/packs:1.0"),
        ('Get "https://example.com/?token=MARKER": EOF', 'Get "https://example.com/?…": EOF'),
        ("Authorization: Basic TUFSS0VSOk1BUktFUg==", "Authorization: Basic …"),
        ("Authorization: Bearer MARKER.1", "Authorization: Bearer …"),
        ('{"username": "ci", "password": "MARKER"}', '{"username": "…", "password": "…"}'),
        ("password=MARKER,vers=3.1.1", "password=…,vers=3.1.1"),
        ("AWS_SECRET_ACCESS_KEY=MARKER", "AWS_SECRET_ACCESS_KEY=…"),
        (f"token {TOKEN}", "token …"),
    ],
)
def test_secret_removed(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "registry.example.com",
        "ssh://ops@registry.example.com",
        "unix:///run/user/1000/docker.sock",
        f"localhost:5000/packs:1.0@sha256:{'0123456789abcdef' * 4}",
        "us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0",
        "fd00::5",
        "write to ops@example.com",
        "basic authentication",
        "-----BEGIN CERTIFICATE-----…",
        "tls.letsencrypt.directoryUrl must be https://acme.internal/directory",
        "pulumi config set --secret --path 'users[0].password'",
    ],
)
def test_other_text_unchanged(text: str) -> None:
    assert redact(text) == text


def test_redaction_is_idempotent() -> None:
    text = f"https://ci:MARKER@example.com?a=MARKER password=MARKER {KEY} {TOKEN}"
    assert redact(redact(text)) == redact(text)
    assert "MARKER" not in redact(text)
