"""Requests, responses and injected failures of the stub."""

from __future__ import annotations

import re
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

    def matches(self, request: Request) -> bool:
        is_path = re.fullmatch(self.path, request.path) is not None
        return self.times > 0 and self.method == request.method and is_path


@dataclass
class Request:
    """A received request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    at: float


def error_body(code: str, message: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the body of an error. Palette leaves out empty fields."""
    body: dict[str, Any] = {"code": code, "message": message, "ref": "8f1c2d"}
    return {**body, "details": details} if details else body
