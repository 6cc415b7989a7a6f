"""A Git server over HTTPS, as Pulumi downloads packages from it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.certificates import issue

ADDRESS = "127.18.0.1"
"""A loopback address on which nothing else listens. Pulumi derives the directory of a package from
its URL, and Python creates no virtual environment in a path with a colon, so the port is 443."""


def git_server_is_unavailable() -> str | None:
    """Say why a Git server can't run; None if it can."""
    if shutil.which("git") is None:
        return "git is not on PATH"
    with socket.socket() as listener:
        try:
            listener.bind((ADDRESS, 443))
        except OSError as error:
            return f"port 443 of {ADDRESS} can't be used: {error.strerror}"
    return None


@contextlib.contextmanager
def git_server(repositories: Path, directory: Path) -> Iterator[tuple[str, Path]]:
    """Serve the bare repositories of a directory.

    Yields the server's URL, and the file of the certificate that clients must trust.

    :param directory: an existing directory for the certificate and its key.
    """
    issued = issue(ADDRESS, [ADDRESS])
    certificate, key = directory / "git-server.crt", directory / "git-server.key"
    certificate.write_text(issued.certificate_pem)
    key.write_text(issued.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    class Handler(_Handler):
        root = repositories

    server = ThreadingHTTPServer((ADDRESS, 443), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.001,), daemon=True)
    thread.start()
    try:
        yield f"https://{ADDRESS}", certificate
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Runs `git http-backend`, which is a CGI program."""

    root: Path

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Print nothing."""

    def _answer(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            env={
                **os.environ,
                "GIT_PROJECT_ROOT": str(self.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "safe.directory",
                "GIT_CONFIG_VALUE_0": "*",
                "PATH_INFO": url.path,
                "QUERY_STRING": url.query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            },
            capture_output=True,
            check=True,
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
