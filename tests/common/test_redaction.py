"""Text for users without credentials, tokens and private keys."""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from common.redaction import (
    named_secrets,
    redact,
    redact_all,
    redact_value,
    register_environment,
    register_secrets,
)
from tests.support.cases import check_each
from tests.support.secret_shapes import MARKER, SECRETS
from tests.support.unit import EXAMPLES

KEY = "-----BEGIN EC PRIVATE KEY-----\nMARKER\n-----END EC PRIVATE KEY-----"
TOKEN = "MARKERabcdefghijklmnopqrstuvwxyz0123456789"
PEM = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    .decode()
)
BODY = "".join(PEM.splitlines()[1:-1])


SHOWN = [
    (f"a {KEY} b", "a -----BEGIN EC PRIVATE KEY-----… b"),
    ("-----BEGIN PRIVATE KEY-----\nMARKER", "-----BEGIN PRIVATE KEY-----…"),
    ("https://ci:MARKER@example.com/v2/", "https://…@example.com/v2/"),
    ("https://MARKER@example.com/v2/", "https://…@example.com/v2/"),
    ("https://ci:MAR/KER@example.com", "https://…@example.com"),
    ("tcp://ops:MARKER@10.0.0.5:2376", "tcp://ops:…@10.0.0.5:2376"),
    ("ssh://ops:MARKER@build-1", "ssh://ops:…@build-1"),
    ("ci:MARKER@example.com/packs:1.0", "ci:…@example.com/packs:1.0"),
    ('Get "https://example.com/?token=MARKER": EOF', 'Get "https://example.com/?token=…": EOF'),
    ("?page=2&X-Amz-Signature=MARKER", "?page=2&X-Amz-Signature=…"),
    ("Authorization: Basic TUFSS0VSOk1BUktFUg==", "Authorization: Basic …"),
    ("Authorization: Bearer MARKER.1", "Authorization: Bearer …"),
    ("with Bearer MARKER1234567890 in it", "with Bearer … in it"),
    ("Basic TUFSS0VSOk1BUktFUg==", "Basic …"),
    ("{'Authorization': 'Basic TUFSS0VSOk1BUktFUg=='}", "{'Authorization': 'Basic …'}"),
    ("X-Registry-Auth: MARKER1234", "X-Registry-Auth: …"),
    ('{"username": "ci", "password": "MARKER"}', '{"username": "ci", "password": "…"}'),
    ('{"password": "a\\"MARKER"}', '{"password": "…"}'),
    ('{\\"password\\": \\"MARKER\\"}', '{\\"password\\": \\"…\\"}'),
    ("{'password': 'MARKER'}", "{'password': '…'}"),
    ("{Username:ci Password:MARKER}", "{Username:ci Password:…}"),
    ("password: MARKER-1\nimage: x", "password: …\nimage: x"),
    ("password=MARKER,vers=3.1.1", "password=…,vers=3.1.1"),
    ('password="MARKER MARKER" x', 'password="…" x'),
    ("user=ci%MARKER,vers=3.1.1", "user=ci%…,vers=3.1.1"),
    ("AWS_SECRET_ACCESS_KEY=MARKER", "AWS_SECRET_ACCESS_KEY=…"),
    ("oras login --password MARKER h", "oras login --password … h"),
    ("curl -u admin:MARKER h", "curl -u admin:… h"),
    ("htpasswd: ci:$2y$05$" + "M" * 53, "htpasswd: ci:$2y$05$…"),
    (f"token {TOKEN}", "token …"),
    (f"x eyJ{'a' * 20}.eyJ{'b' * 20}.MARKER y", "x … y"),
    ("key wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY", "key …"),
    ("key AKIAIOSFODNN7EXAMPLE", "key …"),
]
"""Texts with secrets, and what is shown of them."""


def test_secret_removed() -> None:
    def check(case: tuple[str, str]) -> None:
        text, redacted = case
        assert redact(text) == redacted

    check_each(SHOWN, check)


ORDINARY = [
    "registry.example.com",
    "ssh://ops@registry.example.com",
    "unix:///run/user/1000/docker.sock",
    f"localhost:5000/packs:1.0@sha256:{'0123456789abcdef' * 4}",
    f"https://example.com/v2/packs@sha256:{'0123456789abcdef' * 4}",
    "us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0",
    "fd00::5",
    "write to ops@example.com",
    "mailto:ops@example.com",
    'hostname: invalid value "ops@example.com"',
    "Docker error on ssh://ops@10.0.0.5: connection closed by ops@10.0.0.5",
    "https://docs.docker.com/engine/install/ or write to ops@example.com",
    "https://www.npmjs.com/package/@scope/name",
    "https://example.com:8443/@scope/name",
    "https://example.com/?page=2#install",
    "basic authentication",
    "Basic authentication failed",
    "CA certificates need the basic constraints).",
    "Basic Constraints: critical",
    "the bearer of the key, and bearer tokens.",
    'Www-Authenticate: Bearer realm="https://auth.example.com/token",service="registry"',
    "Basic realm=Registry",
    "Authorization: header is missing",
    "the token expired, the password is wrong: a secret is no password",
    "token: expired",
    "users[0].password: invalid value (sensitive value hidden).",
    "imagePassword is set without imageUsername",
    "-----BEGIN CERTIFICATE-----…",
    "Must be a key that starts with -----BEGIN PRIVATE KEY-----, or its RSA or EC form.",
    'Must be a PEM private key (for example, "-----BEGIN PRIVATE KEY-----…").',
    "tls.letsencrypt.directoryUrl must be https://acme.internal/directory",
    "pulumi config set --secret --path 'users[0].password'",
    "pulumi config set --secret imagePassword",
    "make outputs OUTPUT=json SECRETS=1",
    "PALETTE_API_KEY=... make register-key",
    "set ALLOW_EMPTY_PASSPHRASE=1.",
    "echo $TOKEN, password=$PASSWORD, --password-stdin --password PASSWORD",
    "bypass=all compass=north",
    "urn:pulumi:dev::pack-registry::random:index/randomPassword:RandomPassword::registry-password",
    "tls:index/privateKey:PrivateKey: registry-key",
    "/Users/Anna/Projects2/PackRegistry/components/docker/SmokeTest.py",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg",
    "docker run -u registry:registry packs",
    "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
    "test_smoke_test_unpauses_paused_server_2026",
    "-----BEGIN CERTIFICATE-----\n" + f"{BODY}\n" + "-----END CERTIFICATE-----\n",
]


def test_other_text_unchanged() -> None:
    def check(text: str) -> None:
        assert redact(text) == text
        assert redact(f"Error: {text}\nFix: {text}") == f"Error: {text}\nFix: {text}"

    check_each(ORDINARY, check)


WORDS = (
    "a the of is not must be bearer basic Basic Bearer token tokens password secret key private "
    "constraints). authentication registry certificate: hostname image=4.7 port=8443 user=1000 "
    "(for example, users[0].password: tls.mode https://registry.example.com/v2/ ssh://ops@build-1 "
    "ops@example.com 10.0.0.5:8443 fd00::5 /srv/pack-registry CAP_NET_BIND_SERVICE SHA-256 x509: "
    "realm=packs PEM. credentials, --path --secret `make up` STACK=prod 2026-11-26T00:31:00Z %"
).split()


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
@settings(max_examples=EXAMPLES * 5 // 2)
def test_sentences_unchanged(sentence: str) -> None:
    assert redact(sentence) == sentence


@pytest.mark.parametrize("secret", SECRETS)
@given(
    words=st.lists(st.sampled_from(WORDS), max_size=3), end=st.sampled_from(["", ".", '"', "\n"])
)
@settings(max_examples=min(25, EXAMPLES))
def test_secret_in_sentence_removed(secret: str, words: list[str], end: str) -> None:
    before = " ".join(words)
    shown = redact(f"{before} {SECRETS[secret]}{end}\nFix: something.")
    assert MARKER not in shown
    assert shown.startswith(before), "the words before the secret stay"
    assert redact(shown) == shown


LETTERS = string.ascii_letters + string.digits
PASSWORDS = st.text(alphabet=LETTERS + "!#$%*+-./:=?_~", min_size=8, max_size=40).map(
    lambda text: f"x1{text}Y"
)


@given(PASSWORDS)
def test_password_in_url_removed(password: str) -> None:
    for scheme in ("https://", "ssh://", "tcp://", "s3://", ""):
        shown = redact_value(f"{scheme}ci:{password}@registry.example.com/v2")
        assert password not in shown
        assert shown.endswith("@registry.example.com/v2")


@given(PASSWORDS.filter(lambda text: "/" not in text and "?" not in text))
def test_password_in_url_in_sentence_removed(password: str) -> None:
    for scheme in ("https://", "ssh://", "tcp://", "s3://", ""):
        shown = redact(f"Error: GET {scheme}ci:{password}@registry.example.com/v2 failed")
        assert password not in shown
        assert shown.endswith("@registry.example.com/v2 failed")


@given(PASSWORDS)
def test_named_password_removed(password: str) -> None:
    quoted = json.dumps({"adminPassword": password})
    for text in (
        f"password={password}",
        f"DB_PASSWORD={password}",
        quoted,
        json.dumps(quoted),
        repr({"token": password}),
        f"Authorization: Bearer {password}",
        f"--password {password}",
    ):
        assert password not in redact(text), text


@given(st.binary(min_size=24, max_size=64))
@example(bytes(range(32)))
def test_random_base64_removed(data: bytes) -> None:
    text = base64.b64encode(data).decode()
    if len(set(data)) < 20:  # not random
        return
    shown = redact(f"key {text} end")
    assert text[:20] not in shown
    assert shown.endswith("end")


MANGLINGS: dict[str, Callable[[str], str]] = {
    "one line": lambda pem: pem.replace("\n", " "),
    "no line ends": lambda pem: pem.replace("\n", ""),
    "escaped line ends": lambda pem: pem.replace("\n", "\\n"),
    "twice escaped line ends": lambda pem: pem.replace("\n", "\\\\n"),
    "CRLF": lambda pem: pem.replace("\n", "\r\n"),
    "CR": lambda pem: pem.replace("\n", "\r"),
    "indented": lambda pem: "".join(f"    {line}\n" for line in pem.splitlines()),
    "quoted lines": lambda pem: "".join(f'"{line}\\n"\n' for line in pem.splitlines()),
    "without end": lambda pem: pem.partition("-----END")[0],
    "without beginning": lambda pem: pem.partition("KEY-----\n")[2],
    "without frame": lambda _: BODY,
    "body in lines": lambda pem: "\n".join(pem.splitlines()[1:-1]),
    "lower-case frame": lambda pem: pem.replace("BEGIN PRIVATE KEY", "begin private key"),
    "fewer dashes": lambda pem: pem.replace("-----", "---"),
    "no dashes": lambda pem: pem.replace("-----", ""),
    "no spaces in frame": lambda pem: pem.replace("PRIVATE KEY", "PRIVATEKEY"),
    "underscores in frame": lambda pem: pem.replace(" ", "_"),
    "byte order mark": lambda pem: f"\ufeff{pem}",
    "in base64": lambda pem: base64.b64encode(pem.encode()).decode(),
    "in JSON": json.dumps,
    "in a URL": lambda pem: quote(pem, safe=""),
    "type of OpenSSH": lambda pem: pem.replace("PRIVATE", "OPENSSH PRIVATE"),
    "type of PGP": lambda pem: pem.replace("PRIVATE KEY", "PGP PRIVATE KEY BLOCK"),
    "encrypted": lambda pem: pem.replace(
        "KEY-----\nM", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nM"
    ),
}


def test_mangled_private_key_removed() -> None:
    parts = [BODY[start : start + 16] for start in range(0, len(BODY) - 16, 4)]

    def check(mangling: str) -> None:
        mangled = MANGLINGS[mangling](PEM)
        for text in (mangled, f"tls: {mangled}", f'tls.mode: invalid value "{mangled}"'):
            for shown in (redact(text), redact_value(text)):
                assert [part for part in parts if part in shown] == []

    check_each(MANGLINGS, check)


@given(st.text(max_size=80))
@example(f"https://ci:MARKER@example.com?a=MARKER password=MARKER {KEY} {TOKEN}")
def test_redaction_is_idempotent(text: str) -> None:
    assert redact(redact(text)) == redact(text)
    assert redact(redact_value(text)) == redact_value(text)


@pytest.mark.parametrize(
    "part", ["a", "a:", "a=", "a ", "/a", "-", "\\", "BEGIN ", "token=", "Aa0", "@"]
)
def test_long_text_is_fast(part: str) -> None:
    redact(part * 20_000)
    redact_value(part * 20_000)


@pytest.mark.parametrize(
    "secret", ["Zaphod-42-x", 'quo"ted\\MARKER', "ümläut-MARKER", "two\nMARKER lines"]
)
def test_known_secret_removed(secret: str) -> None:
    register_secrets({"users": [secret]}, 5, None)
    for form in (secret, json.dumps(secret), repr(secret), quote(secret, safe="")):
        shown = redact(f"server said: {form} is wrong")
        assert shown.startswith("server said: ")
        assert shown.endswith(" is wrong")
        assert secret.splitlines()[-1] not in shown
        assert "MARKER" not in shown


@pytest.mark.parametrize("secret", ["", "short", "registry", "palette-registry", "aaaaaaaaaa"])
def test_common_word_is_no_known_secret(secret: str) -> None:
    register_secrets(secret)
    assert (
        redact("the short registry of palette-registry") == "the short registry of palette-registry"
    )


def test_named_values_of_object_known() -> None:
    extra = {
        "redis": {"addrs": ["redis-1:6379"], "password": "Zaphod-42"},
        "a": [{"token": "Ford-4242"}],
    }
    register_secrets(*named_secrets(extra))
    assert redact("redis-1:6379 said Zaphod-42, Ford-4242") == "redis-1:6379 said …, …"


def test_secret_variables_known() -> None:
    register_environment({"PULUMI_CONFIG_PASSPHRASE": "correct horse", "HOME": "/home/horses"})
    assert redact("correct horse in /home/horses") == "… in /home/horses"


def test_directories_of_shell_shown() -> None:
    register_environment({"PWD": "/srv/registry", "OLDPWD": "/srv", "DB_PWD": "Zaphod-42"})
    assert redact("/srv/registry.old has Zaphod-42") == "/srv/registry.old has …"


def test_objects_redacted() -> None:
    assert redact_all({"a": ["ci:MARKER@example.com", 1, None]}) == {
        "a": ["ci:…@example.com", 1, None]
    }
