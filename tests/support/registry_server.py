"""A fake pack registry on the loopback interface, with configurable defects."""

from __future__ import annotations

import base64
import contextlib
import ssl
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.certificates import Issued


@dataclass
class Registry:
    """The server's behavior. Tests may change it while the server runs."""

    users: dict[str, str] = field(
        default_factory=lambda: {
            "admin": "correct horse battery staple",
            "spectro": "spectro's own password",
        }
    )
    health: list[int] = field(default_factory=lambda: [200])
    """Status codes of /health, in order. The last one is repeated."""
    open_catalog: bool = False
    any_password: bool = False
    routes: bool = True
    oci: bool = False
    """Whether it is CNCF Distribution, with the API /v2/ and without /health."""
    body: str = ""
    """The body of every response except 200."""
    seen: list[tuple[str, str]] = field(default_factory=list)
    """Path and Host header of every GET request."""
    writers: frozenset[str] = frozenset({"admin"})
    """Users who may start an upload."""
    upload: int = 202
    """Status of a started upload."""
    append: int = 202
    """Status of the content of an upload."""
    cancel: int = 204
    """Status of a cancelled upload."""
    location: str | None = "{origin}{path}"
    """Location of a started upload, with its origin and path; None for no header."""
    writes: list[str] = field(default_factory=list)
    """Method and path of every authorized request that writes."""

    def status(self, path: str, authorization: str | None) -> int:
        path = path.partition("?")[0]
        if not self.routes:
            return 404
        if path == "/elsewhere":
            return 200
        if path == "/health" and not self.oci:
            return self.health.pop(0) if len(self.health) > 1 else self.health[0]
        if path not in (("/v2/", "/v2/_catalog") if self.oci else ("/v1/_catalog",)):
            return 404
        if authorization is None:
            return 200 if self.open_catalog else 401
        user, _, password = _credentials(authorization)
        known = user in self.users if self.any_password else self.users.get(user) == password
        return 200 if known else 401


def _credentials(authorization: str) -> tuple[str, str, str]:
    """User, colon and password of a header."""
    return base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")


def _read_body(request: BaseHTTPRequestHandler) -> str:
    """Read the body of a request, and return its size; empty for a request without one."""
    size = len(request.rfile.read(int(request.headers["Content-Length"] or 0)))
    return f" ({size} bytes)" if size else ""


@contextlib.contextmanager
def serving(registry: Registry, issued: Issued | None, chain: str = "") -> Iterator[int]:
    """Run the server and yield its port.

    :param issued: its certificate; None for plain HTTP.
    :param chain: the PEM chain that it presents, if it is not only its certificate.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # otherwise answers wait for delayed acknowledgements

        def do_GET(self) -> None:
            registry.seen.append((self.path, self.headers["Host"]))
            status = registry.status(self.path, self.headers["Authorization"])
            body = b'{"repositories":[]}' if status == 200 else registry.body.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status in range(300, 400):
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            scheme = "https" if issued else "http"
            origin, path = f"{scheme}://{self.headers['Host']}", f"{self.path}uuid?_state=a%3D"
            location = (registry.location or "").format(origin=origin, path=path)
            self._write(registry.upload, location)

        def do_PATCH(self) -> None:
            self._write({"PATCH": registry.append, "DELETE": registry.cancel}[self.command])

        do_DELETE = do_PATCH  # noqa: N815 - the library's name

        def _write(self, status: int, location: str = "") -> None:
            user, _, password = _credentials(self.headers["Authorization"] or "")
            if not user or registry.users.get(user) != password:
                status = 401
            elif user not in registry.writers:
                status = 403
            else:
                registry.writes.append(f"{self.command} {self.path}{_read_body(self)}")
            body = b"" if status == 204 else registry.body.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    with listening(Handler, tls_of(issued, chain) if issued else None) as port:
        yield port


@contextlib.contextmanager
def listening(
    handler: type[BaseHTTPRequestHandler],
    tls: ssl.SSLContext | None = None,
    port: int = 0,
    address: str = "127.0.0.1",
) -> Iterator[int]:
    """Run a server on the loopback interface or another address, and yield its port."""
    server = _Quiet((address, port), handler)
    if tls:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.001}, daemon=True
    )
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # clients that do not trust the certificate disconnect


def tls_of(issued: Issued, chain: str = "") -> ssl.SSLContext:
    """Create the TLS context of a server that presents a certificate or a chain."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as directory:
        certificate, key = Path(directory, "tls.crt"), Path(directory, "tls.key")
        certificate.write_text(chain or issued.certificate_pem)
        key.write_text(issued.key_pem)
        context.load_cert_chain(certificate, key)
    return context
