"""Requests, responses and injected failures of the stub."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Response = tuple[int, Any]


@dataclass
class Failure:
    """A failure of the next requests that match."""

    method: str
    path: str
    """Regular expression for the whole path."""
    status: int = 0
    """Status of the response; 0 for the usual response."""
    times: int = 1
    retry_after: str | None = None
    delay: float = 0
    """Seconds before the response."""
    drop: bool = False
    """Close the connection without a response."""
    processed: bool = False
    """Process the request nevertheless."""
    body: Any = None


@dataclass
class Request:
    """A received request."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    at: float


def error_body(code: str, message: str) -> dict[str, Any]:
    """Return the body of an error."""
    return {"code": code, "message": message, "details": None, "ref": "8f1c2d"}
