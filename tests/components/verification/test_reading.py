"""Packs that are read from a registry whose blobs are elsewhere, or too large."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from components.servers.distribution.routes import REGISTRY_APIS
from components.settings import Flavor
from components.verification.probe import Probe
from components.verification.reading import Blob, PackReader
from components.verification.tls_client import Endpoint

CONTENT = b"a layer" * 100_000
BLOB = Blob(f"sha256:{hashlib.sha256(CONTENT).hexdigest()}", len(CONTENT))
BLOBS = 10
"""More than the connections of a probe."""
HANG_SECONDS = 60


@contextlib.contextmanager
def reading(*, redirects: bool) -> Iterator[PackReader]:
    """Yield a reader of a server with one blob.

    :param redirects: whether the server redirects requests for it.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            is_redirect = redirects and self.path.startswith("/v1/")
            body = b"elsewhere" if is_redirect else CONTENT
            self.send_response(307 if is_redirect else 200)
            if is_redirect:
                self.send_header("Location", f"http://127.0.0.1:{port}/bucket")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):  # the reader may end before
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, port = True, server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.001,), daemon=True).start()
    try:
        endpoint = Endpoint("127.0.0.1", "127.0.0.1", port, None)
        yield PackReader(Probe(endpoint, REGISTRY_APIS[Flavor.PACK]), "admin", "password")
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(("redirects", "limit"), [(True, 2 * BLOB.size), (False, 1)])
def test_unread_responses_keep_no_connections(redirects: bool, limit: int) -> None:
    sizes: list[int] = []
    with reading(redirects=redirects) as reader:

        def read() -> None:
            sizes.extend(reader.check_blob("packs/a", BLOB, limit) for _ in range(BLOBS))

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        thread.join(HANG_SECONDS)
    assert len(sizes) == BLOBS, "the reader waits for a connection"
