"""The stub of Palette's API as an HTTP server on the loopback interface."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.palette.stub import PaletteStub
from tests.support.palette.traffic import Request, Response, error_body
from tests.support.registry_server import listening


@contextlib.contextmanager
def serve(stub: PaletteStub) -> Iterator[PaletteStub]:
    """Serve the stub at its port.

    :raises AssertionError: at the end, if a response of the stub was not as described.
    """
    with listening(type("Handler", (_Handler,), {"stub": stub}), port=stub.port):
        yield stub
    assert stub.defects == [], "responses of the stub that Palette does not give"


class _Handler(BaseHTTPRequestHandler):
    stub: PaletteStub
    protocol_version = "HTTP/1.1"
    # Otherwise each response with a body waits for an acknowledgment that the client delays.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(length) if length else b""
        try:
            body = json.loads(content) if content else None
        except ValueError:
            self._send(400, error_body("InvalidRequest", "the body is not JSON"), None)
            return
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers, now = dict(self.headers), time.monotonic()
        request = Request(self.command, parts.path, query, headers, body, now)
        self.stub.requests.append(request)
        failure = self.stub.next_failure(request)
        response: Response = (0, None)
        if failure is None or failure.processed or not (failure.status or failure.drop):
            response = self.stub.respond(request)
        if failure:
            failure.times -= 1
            time.sleep(failure.delay)
            if failure.drop:
                self.close_connection = True
                return
            if failure.status:
                default = error_body("InjectedFailure", f"failure of {request.method}")
                response = failure.status, default if failure.body is None else failure.body
        self._send(*response, failure.retry_after if failure else None)

    def _send(self, status: int, body: Any, retry_after: str | None) -> None:
        text = "" if body is None else json.dumps(body, default=repr)
        content = body if isinstance(body, bytes) else text.encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        if 300 <= status < 400:
            self.send_header("Location", f"{self.stub.host}/elsewhere")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        pass
