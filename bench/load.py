"""Load by vegeta, and a server to load."""

from __future__ import annotations

import base64
import json
import shutil
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from time import monotonic
from typing import IO, Any

import bcrypt
import docker
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from common.wait import wait_until
from packs.workers import WORKERS
from tests.support.certificates import issue
from tests.support.docker import DEVELOPMENT_IMAGE, free_port, unique_name

NO_TARGETS = "no targets to attack"
"""What vegeta reports at the end of a list of targets, as if it were a request."""
PASSWORD = "the password of the load"  # noqa: S105 - of a temporary server


def vegeta() -> str:
    """Return the path of the load generator.

    :raises RuntimeError: if it is missing.
    """
    found = shutil.which("vegeta", path=str(Path(__file__).parent / ".bin")) or shutil.which(
        "vegeta"
    )
    if found is None:
        raise RuntimeError("vegeta is missing; `make bench` builds it with Go")
    return found


@dataclass(frozen=True)
class Target:
    """The URL and credentials of requests."""

    url: str
    ca_file: Path | None = None
    user: str = ""
    password: str = ""

    def to_vegeta(self) -> str:
        """Return the target in vegeta's format."""
        if not self.user:
            return f"GET {self.url}\n"
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return f"GET {self.url}\nAuthorization: Basic {token}\n"


@dataclass(frozen=True)
class Answers:
    """The result of a load."""

    requests: int
    rate: float
    """Sent requests per second, which may be below the requested rate."""
    per_second: float
    """Successful requests per second."""
    failed: int
    failed_seconds: float
    """Sum of all outages, each from its first failure to the next success or the end."""


@dataclass
class Attack:
    """A running load. Its results go to a file, because a full pipe would block it."""

    running: subprocess.Popen[bytes]
    results: IO[bytes]


def attack(
    target: Target, seconds: float, *, rate: int = 0, keepalive: bool = True, workers: int = 16
) -> Attack:
    """Start sending requests. A rate of 0 sends as fast as the server answers."""
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
        targets.write(target.to_vegeta().encode())
        targets.seek(0)
        results = TemporaryFile()  # noqa: SIM115 - answers() closes it
        return Attack(subprocess.Popen(command, stdin=targets, stdout=results), results)


def ask_once(urls: Sequence[str], user: str, password: str, ca_file: Path) -> float:
    """Send one HEAD request to each URL, as fast as the server answers. Return the seconds.

    :raises RuntimeError: if one does not succeed.
    """
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    targets = "\n".join(f"HEAD {url}\nAuthorization: Basic {token}\n" for url in urls)
    options = ["-lazy", "-duration=0", "-rate=0", f"-max-workers={WORKERS}", "-http2=false"]
    began = monotonic()
    done = subprocess.run(
        [vegeta(), "attack", *options, f"-root-certs={ca_file}"],
        input=targets.encode(),
        capture_output=True,
        check=True,
    )
    seconds = monotonic() - began
    encoded = subprocess.run(
        [vegeta(), "encode", "--to=json"], input=done.stdout, capture_output=True, check=True
    )
    hits = map(json.loads, encoded.stdout.splitlines())
    codes = [hit["code"] for hit in hits if hit["error"] != NO_TARGETS]
    if codes != [200] * len(urls):
        raise RuntimeError(f"{len(urls)} requests had the statuses {sorted(set(codes))}")
    return seconds


def answers(attack: Attack) -> Answers:
    """Wait for the end of a load and count its results."""
    attack.running.wait()
    attack.results.seek(0)
    with attack.results as results:
        encoded = subprocess.run(
            [vegeta(), "encode", "--to=json"], stdin=results, capture_output=True, check=True
        ).stdout
    return count_results([json.loads(line) for line in encoded.splitlines()])


def count_results(hits: Sequence[Mapping[str, Any]]) -> Answers:
    """Count the results of a load.

    :param hits: the requests in vegeta's format: `timestamp` (RFC 3339), `latency` (ns), and `code`
        (0 without a response).
    """
    ordered = sorted(
        (
            datetime.fromisoformat(hit["timestamp"]).timestamp(),
            hit["code"] == 200,
            hit["latency"] / 1e9,
        )
        for hit in hits
    )
    start, end = ordered[0][0], max(time + latency for time, _, latency in ordered)
    refused, began = 0.0, None
    for time, success, _ in ordered:
        if success and began is not None:
            refused += time - began
            began = None
        elif not success and began is None:
            began = time
    if began is not None:
        refused += end - began
    answered = sum(success for _, success, _ in ordered)
    return Answers(
        len(ordered),
        len(ordered) / (end - start),
        answered / (end - start),
        len(ordered) - answered,
        refused,
    )


@contextmanager
def server(*, cost: int | None = 5, ecdsa: bool = True) -> Iterator[Target]:
    """Run the development image with TLS and one user.

    :param cost: the bcrypt cost of the password; None switches authentication off.
    """
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
        (path / "tls.crt").write_text(issued.certificate_pem, encoding="utf-8")
        (path / "tls.key").write_text(
            issued.encoded_key(serialization.NoEncryption()), encoding="utf-8"
        )
        environment = {
            "REGISTRY_HTTP_TLS_CERTIFICATE": "/files/tls.crt",
            "REGISTRY_HTTP_TLS_KEY": "/files/tls.key",
            "REGISTRY_LOG_LEVEL": "error",
        }
        if cost is not None:
            hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(cost)).decode()
            (path / "htpasswd").write_text(f"admin:{hashed}\n", encoding="utf-8")
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

    def answers_requests() -> bool:
        try:
            urllib.request.urlopen(url, context=context, timeout=5).close()  # noqa: S310 - https only
        except OSError:
            return False
        return True

    if not wait_until(answers_requests, 30, 0.05):
        raise RuntimeError(f"{url} does not answer")
