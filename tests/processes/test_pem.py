"""Go and OpenSSL read the PEM that the program writes, and the program reads theirs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from components.tls import pem
from tests.support.hostile_certificates import HOSTNAME
from tests.support.pem_forms import FORMS
from tests.support.pem_keys import KEYS, issued, root_ca, traditional
from tests.support.tls_clients import GO, Presented, go_errors

needs_go = pytest.mark.skipif(GO is None, reason="Go is not installed")


@needs_go
@pytest.mark.parametrize("kind", KEYS)
def test_go_reads_what_is_written(kind: str) -> None:
    made = issued(kind)
    chain = made.certificate_pem + root_ca().certificate_pem
    keys = [made.key_pem] if kind == "Ed25519" else [made.key_pem, traditional(made.key)]
    written = [
        Presented(
            pem.standard_certificates(change(chain)),
            pem.standard_key(change(key)),
            root_ca().certificate_pem,
            HOSTNAME,
        )
        for change in FORMS.values()
        for key in keys
    ]
    assert go_errors(written) == [""] * len(written)


@needs_go
def test_go_refuses_unusual_forms() -> None:
    made = issued("P-256")
    asked = [
        Presented(
            change(made.certificate_pem),
            change(made.key_pem),
            root_ca().certificate_pem,
            HOSTNAME,
        )
        for change in FORMS.values()
    ]
    refused = [form for form, error in zip(FORMS, go_errors(asked), strict=True) if error]
    assert {"byte order mark", "indentation", "one line", "CR line ends"} <= set(refused)


def test_converted_certificate_is_read(tmp_path: Path) -> None:
    """The commands of the messages work."""
    text = root_ca().certificate_pem
    file = tmp_path / "file"
    for write, read in (
        (["x509", "-trustout", "-addtrust", "serverAuth"], ["x509"]),
        (["crl2pkcs7", "-nocrl", "-certfile", "/dev/stdin"], ["pkcs7", "-print_certs"]),
    ):
        file.write_text(run_openssl(*write, stdin=text), encoding="utf-8")
        assert pem.standard_certificates(run_openssl(*read, "-in", str(file))) == text


def run_openssl(*arguments: str, stdin: str = "") -> str:
    done = subprocess.run(
        ["openssl", *arguments], input=stdin, capture_output=True, text=True, check=True
    )
    return done.stdout
