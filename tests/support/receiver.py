"""A receiver of CNCF Distribution's notifications that containers can reach."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.docker import bridge_gateway


@dataclass
class Receiver:
    """What a receiver got."""

    port: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{bridge_gateway()}:{self.port}/events"

    def of(self, action: str, repository: str) -> list[dict[str, Any]]:
        """Return the events of an action on a repository."""
        return [
            event
            for event in self.events
            if event["action"] == action and event["target"].get("repository") == repository
        ]

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Receive events. The receiver keeps its port when it listens again."""
        server = ThreadingHTTPServer((bridge_gateway(), self.port), _handler(self))
        self.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.001,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.events += json.loads(body)["events"]
            receiver.headers.append(dict(self.headers))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    return Handler
