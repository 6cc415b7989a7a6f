"""Connections to a registry, and the bodies that are sent over them."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, cast

import requests
from requests.adapters import HTTPAdapter

SECONDS = 60.0
"""Time to connect, and between two parts of a response."""
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


class Sender:
    """Sends requests of one user to one server. No redirect is followed.

    A session prepares each request from nothing, which takes as long as sending it: it parses the
    URL, and merges headers, credentials, cookies and proxies. Here they are prepared once.
    """

    def __init__(self, session: requests.Session, url: str, username: str, password: str) -> None:
        """Prepare what all requests have in common.

        :param session: one of its adapters sends the requests.
        :param url: any URL of the server.
        """
        first = requests.Request("GET", url, auth=(username, password))
        self._headers = session.prepare_request(first).headers
        self._adapter = session.get_adapter(url)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | ReportedBody | None = None,
        stream: bool = False,
    ) -> requests.Response:
        """Send a request.

        :param stream: whether the caller reads the body of the response.
        :raises requests.RequestException: if the connection fails.
        """
        request = requests.PreparedRequest()
        request.method, request.url = method, url
        request.headers = self._headers.copy()
        request.headers.update(headers or {})
        if data is not None or method not in ("GET", "HEAD"):
            request.headers["Content-Length"] = str(len(data or b""))
        request.body = cast(bytes | None, data)
        response = self._adapter.send(request, stream=stream, timeout=SECONDS)
        if not stream:
            response.content  # noqa: B018 - reads it, so that the connection is free
        return response


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
