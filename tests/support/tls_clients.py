"""Whether real TLS stacks accept certificates: Go's, and OpenSSL as the verification uses it."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from components.verification.tls_client import TlsTrust, tls_context

GO = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
SOURCE = Path(__file__).parent / "go"


@dataclass(frozen=True)
class Presented:
    """What one side of a connection presents, and what the other side trusts."""

    certificate: str
    key: str
    trust: str
    hostname: str
    """Empty if the certificate is a client's."""


@functools.cache
def _verifier() -> Path:
    built = Path(tempfile.mkdtemp(prefix="verifier-")) / "verifier"
    settings = {"GOTOOLCHAIN": "local", "GOPROXY": "off", "GOFLAGS": "", "CGO_ENABLED": "0"}
    command = [str(GO), "build", "-o", str(built), "."]
    subprocess.run(command, cwd=SOURCE, env=os.environ | settings, check=True)
    return built


def go_errors(questions: Sequence[Presented]) -> list[str]:
    """Return Go's error for each question; empty if Go accepts it."""
    lines = "\n".join(json.dumps(asdict(question)) for question in questions)
    answered = subprocess.run(
        [str(_verifier())], input=lines, capture_output=True, text=True, check=True
    )
    errors = answered.stdout.split("\n")[:-1]
    assert len(errors) == len(questions)
    return errors


def openssl_error(presented: Presented) -> str:
    """Return the error of a client that trusts what the verification trusts; empty if none."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.set_ciphers("DEFAULT:@SECLEVEL=0")  # the server is not what is tested
    with tempfile.NamedTemporaryFile("w") as pair:
        pair.write(presented.key + presented.certificate)
        pair.flush()
        try:
            server.load_cert_chain(pair.name)
        except ssl.SSLError as error:
            return f"not loaded: {error}"
    return handshake_error(server, tls_context(TlsTrust(presented.trust)), presented.hostname)


def handshake_error(server: ssl.SSLContext, client: ssl.SSLContext, hostname: str) -> str:
    """Return the error of the client of a connection; empty if it succeeds."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server, server_hostname=hostname)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        try:
            asking.do_handshake()
            asking.read(1)  # a server refuses a client certificate after the client's handshake
        except ssl.SSLWantReadError:
            pass
        except (ssl.SSLError, ValueError) as error:
            return str(error)
        with contextlib.suppress(ssl.SSLError):  # the client reports what the server refuses
            answering.do_handshake()
    return ""
