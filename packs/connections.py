"""Connections to a registry, and the bodies that are sent over them."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from typing import Any, BinaryIO

from requests.adapters import HTTPAdapter

BODY_PART = 2**17
"""Bytes of a body that are sent at once. http.client would send 16 KiB."""
CONNECTIONS = 10
"""Connections that stay open. More threads than that would open further ones for each request."""


class TlsAdapter(HTTPAdapter):
    """Connections that use one TLS context as it is."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_maxsize=CONNECTIONS)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Give new connections the context."""
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def cert_verify(self, *args: Any) -> None:
        """Add no public CA to the context."""


class ReportedBody:
    """The body of a request. Each part is reported as soon as it is sent."""

    def __init__(self, content: BinaryIO, report: Callable[[int], None]) -> None:
        self._content, self._report = content, report
        self._size = content.seek(0, os.SEEK_END)
        content.seek(0)

    def __len__(self) -> int:
        return self._size

    def read(self, size: int = -1) -> bytes:
        """Return the next part."""
        part = self._content.read(BODY_PART if size > 0 else size)
        self._report(len(part))
        return part
