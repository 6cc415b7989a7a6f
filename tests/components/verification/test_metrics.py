"""Whether a server has metrics."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from components.verification import metrics
from components.verification.metrics import metrics_warning

SERIES = 'registry_http_in_flight_requests{handler="base"} 0\n'


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "ANSWER_SECONDS", 0.0)


@contextmanager
def serving(status: int, body: str) -> Iterator[int]:
    """Run a server that answers every request in the same way, and yield its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.001,), daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_server_with_metrics() -> None:
    with serving(200, SERIES) as port:
        assert metrics_warning("127.0.0.1", port, "host:5001") == ""


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [(404, "", "HTTP 404"), (200, "go_goroutines 5\n", "no series of a registry")],
)
def test_server_without_metrics(status: int, body: str, reason: str) -> None:
    with serving(status, body) as port:
        warning = metrics_warning("127.0.0.1", port, "host:5001")
    assert f"no metrics at http://host:5001/metrics ({reason})" in warning


def test_closed_port() -> None:
    with serving(200, "") as port:
        pass
    assert "Connection refused" in metrics_warning("127.0.0.1", port, "host:5001")
