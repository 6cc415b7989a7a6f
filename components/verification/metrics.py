"""Checks that a server answers at its port with metrics.

An image may lack metrics, or Prometheus' format. The registry works without them, so this is a
warning.
"""

from __future__ import annotations

import http.client

from common.wait import wait_until
from components.verification.probe import REQUEST_SECONDS

METRICS_PATH = "/metrics"
SERIES = "registry_http_"
"""Beginning of the names of series that CNCF Distribution has."""
ANSWER_SECONDS = 3.0
"""Time for the port to open, which happens after the server answers."""


def metrics_warning(address: str, port: int, shown: str) -> str:
    """Return a warning if a server has no metrics; empty if it has.

    :param shown: the address and port as users know them.
    """
    response = ""

    def answers() -> bool:
        nonlocal response
        response = _unexpected_response(address, port)
        return not response

    if wait_until(answers, ANSWER_SECONDS, interval=0.3):
        return ""
    return (
        f"The server has no metrics at http://{shown}{METRICS_PATH} ({response}). The registry "
        "works without them, but Prometheus reports it as down. Use an image that has metrics, or "
        "remove metrics.port."
    )


def _unexpected_response(address: str, port: int) -> str:
    connection = http.client.HTTPConnection(address, port, timeout=REQUEST_SECONDS)
    try:
        connection.request("GET", METRICS_PATH)
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()
    if response.status != http.HTTPStatus.OK:
        return f"HTTP {response.status}"
    # Series of requests appear after the first request. Those of running requests always exist.
    return "" if SERIES in text else "no series of a registry"
