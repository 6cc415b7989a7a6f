"""Load on a server by vegeta, and a server to put it on."""

from __future__ import annotations

import base64
import json
import shutil
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

import bcrypt
import docker
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.support.certificates import issue
from tests.support.docker import DEVELOPMENT_IMAGE, free_port, unique_name

PASSWORD = "the password of the load"  # noqa: S105 - of a server that lives for seconds on the loopback address


def vegeta() -> str:
    """Path of the load generator.

    :raises RuntimeError: where it is missing.
    """
    found = shutil.which("vegeta", path=str(Path(__file__).parent / ".bin")) or shutil.which(
        "vegeta"
    )
    if found is None:
        raise RuntimeError("vegeta is missing; `make bench` installs it where Go is on PATH")
    return found


@dataclass(frozen=True)
class Target:
    """What is asked, and how."""

    url: str
    ca_file: Path | None = None
    user: str = ""
    password: str = ""

    def line(self) -> str:
        """The target in vegeta's format."""
        if not self.user:
            return f"GET {self.url}\n"
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return f"GET {self.url}\nAuthorization: Basic {token}\n"


@dataclass(frozen=True)
class Answers:
    """What came back."""

    requests: int
    rate: float
    """Requests a second that were sent, which may be fewer than were asked for."""
    per_second: float
    """Requests a second that were answered well."""
    failed: int
    failed_seconds: float
    """From the first failure of each run of failures to the next answer, or to the end of the load, added up."""


@dataclass
class Attack:
    """A load under way, whose results go to a file: a pipe would fill up and hold it."""

    running: subprocess.Popen[bytes]
    results: IO[bytes]


def attack(
    target: Target, seconds: float, *, rate: int = 0, keepalive: bool = True, workers: int = 16
) -> Attack:
    """Start asking; a rate of 0 asks as fast as the server answers."""
    command = [
        vegeta(),
        "attack",
        f"-duration={seconds}s",
        f"-rate={rate}",
        f"-max-workers={workers}",
        f"-keepalive={str(keepalive).lower()}",
    ]
    command += [
        "-timeout=10s",
        *([f"-root-certs={target.ca_file}"] if target.ca_file else []),
        "-http2=false",
    ]
    with TemporaryFile() as targets:
        targets.write(target.line().encode())
        targets.seek(0)
        results = TemporaryFile()  # noqa: SIM115 - it is read when the attack is over
        return Attack(subprocess.Popen(command, stdin=targets, stdout=results), results)


def answers(attack: Attack) -> Answers:
    """Wait for an attack's end and count."""
    attack.running.wait()
    attack.results.seek(0)
    with attack.results as results:
        encoded = subprocess.run(
            [vegeta(), "encode", "--to=json"], stdin=results, capture_output=True, check=True
        ).stdout
    return counted([json.loads(line) for line in encoded.splitlines()])


def counted(hits: Sequence[Mapping[str, Any]]) -> Answers:
    """What a load's results come to.

    :param hits: one for each request, as vegeta writes them: `timestamp` (RFC 3339), `latency` (ns), `code` (0 where there was no answer).
    """
    ordered = sorted(
        (
            datetime.fromisoformat(hit["timestamp"]).timestamp(),
            hit["code"] == 200,
            hit["latency"] / 1e9,
        )
        for hit in hits
    )
    start, end = ordered[0][0], max(moment + latency for moment, _, latency in ordered)
    refused, began = 0.0, None
    for moment, well, _ in ordered:
        if well and began is not None:
            refused += moment - began
            began = None
        elif not well and began is None:
            began = moment
    if began is not None:
        refused += end - began
    answered = sum(well for _, well, _ in ordered)
    return Answers(
        len(ordered),
        len(ordered) / (end - start),
        answered / (end - start),
        len(ordered) - answered,
        refused,
    )


@contextmanager
def server(*, cost: int | None = 5, ecdsa: bool = True) -> Iterator[Target]:
    """The development image behind TLS, with one user at a bcrypt cost, or with no authentication."""
    name, port = unique_name("bench-server"), free_port()
    client = docker.from_env()
    with TemporaryDirectory() as directory:
        path = Path(directory)
        key = (
            ec.generate_private_key(ec.SECP256R1())
            if ecdsa
            else rsa.generate_private_key(public_exponent=65537, key_size=4096)
        )
        issued = issue("localhost", ["localhost"], key=key)
        (path / "tls.crt").write_text(issued.certificate_pem)
        (path / "tls.key").write_text(issued.encoded_key(serialization.NoEncryption()))
        environment = {
            "REGISTRY_HTTP_TLS_CERTIFICATE": "/files/tls.crt",
            "REGISTRY_HTTP_TLS_KEY": "/files/tls.key",
            "REGISTRY_LOG_LEVEL": "error",
        }
        if cost is not None:
            hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(cost)).decode()
            (path / "htpasswd").write_text(f"admin:{hashed}\n")
            environment |= {
                "REGISTRY_AUTH": "htpasswd",
                "REGISTRY_AUTH_HTPASSWD_REALM": "Registry Realm",
                "REGISTRY_AUTH_HTPASSWD_PATH": "/files/htpasswd",
            }
        container = client.containers.run(
            DEVELOPMENT_IMAGE,
            name=name,
            detach=True,
            environment=environment,
            ports={"5000/tcp": ("127.0.0.1", port)},
            volumes={directory: {"bind": "/files", "mode": "ro"}},
        )
        try:
            ca_file = path / "tls.crt"
            _wait(f"https://localhost:{port}/health", ca_file)
            yield Target(
                f"https://localhost:{port}", ca_file, "admin" if cost is not None else "", PASSWORD
            )
        finally:
            container.remove(force=True, v=True)


def _wait(url: str, ca_file: Path) -> None:
    context = ssl.create_default_context(cafile=str(ca_file))
    end = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, context=context, timeout=5):  # noqa: S310 - https, on the loopback address
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
