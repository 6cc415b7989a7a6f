"""HTTP and TLS requests to one registry.

A registry passes if it reports health without credentials, and serves its catalog only with them,
over TLS that trusts only the exported CA certificate. This is Palette's guide for a pack registry.

Requests connect to the address of the server, with the configured hostname in TLS and HTTP, as
`curl --connect-to` does. The hostname does not have to be in DNS yet.
"""

from __future__ import annotations

import base64
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from common.errors import root_cause
from common.wait import wait_until
from components.settings import ADMIN
from components.verification.tls_client import Endpoint, tls_context

if TYPE_CHECKING:
    import urllib3

REQUEST_SECONDS = 10.0
HEALTH_INTERVAL = 0.05
"""Seconds between two health requests to a server that starts."""

WATCH_INTERVAL = 0.25
"""Seconds between two health requests to a server that is watched."""

SINGLE_CONNECTION_REQUESTS = 10
"""Up to this number, requests share one connection: a TLS handshake costs more than all of them."""

_UNTRUSTED = "certificate verify failed"
"""OpenSSL's message for a certificate that is untrusted, expired, or for another name."""


@dataclass(frozen=True)
class RegistryApi:
    """The routes of a registry server and the responses that it must give."""

    health_path: str
    health_status: int
    """Status of the health path without credentials."""
    catalog_path: str
    """Path of the list of packs."""
    protected_paths: tuple[str, ...]
    """Paths that require credentials and that every user can read."""
    image: str
    """The image that serves this API, for messages."""
    upload_path: str
    """Path at which an upload starts, in a repository that no pack uses; empty for a server that
    is configured as read-only."""
    may_lack_uploads: bool = False
    """Whether an image of this flavor may take packs by another protocol."""
    upload_size: int = 0
    """Bytes that are uploaded before the upload is cancelled. 0 if the server already writes to its
    storage when an upload starts, so that a full disk is noticed then."""
    absent_path: str = ""
    """Path of what does not exist in the same repository; empty if it is unknown."""
    readers: tuple[str, ...] = ()
    """Users whose uploads the server must reject with 403."""
    delays_rejections: bool = False
    """Whether the server waits before it rejects a password or an upload."""


@dataclass(frozen=True)
class Failure:
    """A request with an unexpected response."""

    request: str
    response: str
    status: int | None = None
    """HTTP status. None if there was no response."""
    user: str | None = None
    """The user of the request. None for a request without credentials."""
    is_write: bool = False
    """Whether the request changes the storage."""


def wait_for_tls(
    endpoint: Endpoint, timeout: float, is_alive: Callable[[], bool]
) -> Failure | None:
    """Wait until a server answers a TLS handshake that names no host, in whatever way.

    A server with an ACME certificate answers it with an alert, and requests no certificate.

    :param timeout: seconds. The wait ends early if the server ends.
    :returns: the last failure. None if the server answers.
    """
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    address, response = (endpoint.address, endpoint.port), ""

    def is_final() -> bool:
        nonlocal response
        try:
            with (
                socket.create_connection(address, timeout=REQUEST_SECONDS) as plain,
                context.wrap_socket(plain),
            ):
                response = ""
        except OSError as error:
            # OpenSSL's name of an alert from the server, such as TLSV1_ALERT_INTERNAL_ERROR.
            is_alert = isinstance(error, ssl.SSLError) and "ALERT" in str(error.reason)
            response = "" if is_alert else root_cause(error)
        return not response or not is_alive()

    wait_until(is_final, timeout, HEALTH_INTERVAL)
    request = f"TLS handshake with {endpoint.address} on port {endpoint.port}"
    return Failure(request, response) if response else None


class Probe:
    """Sends requests to one registry, and ignores the proxies of the environment."""

    def __init__(self, endpoint: Endpoint, api: RegistryApi) -> None:
        """Prepare the connections. The first request opens them."""
        self.endpoint = endpoint
        self.api = api
        self._connections = _connection_pool(endpoint)
        scheme = "https" if endpoint.trust else "http"
        host = f"[{endpoint.hostname}]" if ":" in endpoint.hostname else endpoint.hostname
        self._host = f"{host}:{endpoint.port}"
        self._base_url = f"{scheme}://{self._host}"

    def expect(
        self, path: str, status: int, user: str | None = None, password: str = ""
    ) -> Failure | None:
        """Request a path. Returns None if the response has the expected status."""
        response = self.send("GET", path, status, user, password)
        return response if isinstance(response, Failure) else None

    def send(
        self,
        method: str,
        path: str,
        status: int,
        user: str | None = None,
        password: str = "",
        body: bytes | None = None,
    ) -> urllib3.BaseHTTPResponse | Failure:
        """Send a request. Returns a failure for any status but the expected one."""
        headers = {"Content-Type": "application/octet-stream"} if body is not None else {}
        return self._send(method, path, (status,), user, password, headers, body=body)

    def get(
        self,
        path: str,
        statuses: tuple[int, ...],
        user: str,
        password: str,
        *,
        accept: str = "",
        whole: bool = True,
    ) -> urllib3.BaseHTTPResponse | Failure:
        """Request a path as a user.

        :param statuses: the expected ones. The first one is named in messages.
        :param accept: media types; empty for any.
        :param whole: whether to read the body. Otherwise the caller does, and closes the response.
        """
        headers = {"Accept": accept} if accept else {}
        return self._send("GET", path, statuses, user, password, headers, whole=whole)

    def _send(
        self,
        method: str,
        path: str,
        statuses: tuple[int, ...],
        user: str | None,
        password: str,
        more_headers: Mapping[str, str] = MappingProxyType({}),
        *,
        body: bytes | None = None,
        whole: bool = True,
    ) -> urllib3.BaseHTTPResponse | Failure:
        import urllib3

        headers = {"Host": self._host, **more_headers}
        if user is not None:
            credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
            headers["Authorization"] = f"Basic {credentials}"
        request, is_write = self.describe(method, path, statuses[0], user), method != "GET"
        try:
            response = self._connections.request(
                method,
                path,
                body=body,
                headers=headers,
                redirect=False,
                preload_content=whole,
            )
            if response.status in statuses:
                return response
            shown = _printable(response.data[:200])
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return Failure(request, root_cause(error), user=user, is_write=is_write)
        text = f"{response.status}{': ' + shown if shown else ''}"
        return Failure(request, text, response.status, user, is_write)

    def describe(self, method: str, path: str, status: int, user: str | None) -> str:
        """Return a request and its expected status, for messages."""
        who = f"as {user}" if user is not None else "without credentials"
        return (
            f"{method} {self._base_url}{path} {who} "
            f"(connected to {self.endpoint.address}), expected status {status}"
        )

    def wait_for_health(self, timeout: float, is_alive: Callable[[], bool]) -> Failure | None:
        """Request the health until it is as expected.

        The wait ends early if the server ends, and on failures that time does not solve: an
        untrusted certificate, or a server that accepts requests without credentials.

        :param timeout: seconds.
        :returns: the last failure. None if the server is healthy.
        """
        failure: Failure | None = None

        def is_final() -> bool:
            nonlocal failure
            failure = self.expect(self.api.health_path, self.api.health_status)
            return (
                failure is None
                or not is_alive()
                or _UNTRUSTED in failure.response
                or failure.status == 200
            )

        wait_until(is_final, timeout, HEALTH_INTERVAL)
        return failure

    def check_catalog(self, passwords: Mapping[str, str]) -> list[Failure]:
        """Check who can read the protected paths: every user, and only with the right password."""
        credentials: list[tuple[int, str | None, str]] = [(401, None, "")]
        # Passwords in the settings can't contain control characters, so this one is always wrong.
        credentials += [(401, ADMIN, "\x7f")]
        credentials += [(200, user, password) for user, password in passwords.items()]
        requests = [(path, *who) for path in self.api.protected_paths for who in credentials]
        shares_connection = len(requests) <= SINGLE_CONNECTION_REQUESTS
        workers = 1 if shares_connection and not self.api.delays_rejections else 4
        with ThreadPoolExecutor(max_workers=workers) as pool:
            results = pool.map(lambda request: self.expect(*request), requests)
        return [failure for failure in results if failure]

    def check_reading(self, passwords: Mapping[str, str]) -> list[Failure]:
        """Check that the server opens a repository, for a server that can't write to one."""
        if ADMIN not in passwords or not self.api.absent_path:
            return []
        failure = self.expect(self.api.absent_path, 404, ADMIN, passwords[ADMIN])
        is_broken = failure is not None and (failure.status is None or failure.status >= 500)
        return [failure] if failure and is_broken else []

    def watch_health(self, seconds: float) -> list[Failure]:
        """Check that a responding server stays healthy, and return the failures.

        :param seconds: time after which the server's own checks of its health have taken effect.
        """
        failures: list[Failure] = []

        def has_failed() -> bool:
            failure = self.expect(self.api.health_path, self.api.health_status)
            failures.extend([failure] if failure else [])
            return failure is not None

        wait_until(has_failed, seconds, WATCH_INTERVAL)
        return failures


def _connection_pool(endpoint: Endpoint) -> urllib3.HTTPConnectionPool:
    import urllib3

    options: dict[str, Any] = {
        "timeout": REQUEST_SECONDS,
        "retries": False,
        "maxsize": 4,
        "block": True,
    }
    if endpoint.trust is None:
        return urllib3.HTTPConnectionPool(endpoint.address, endpoint.connect_port, **options)
    return urllib3.HTTPSConnectionPool(
        endpoint.address,
        endpoint.connect_port,
        ssl_context=tls_context(endpoint.trust),
        assert_hostname=endpoint.hostname,
        server_hostname=endpoint.hostname,
        **options,
    )


def _printable(body: bytes) -> str:
    """Return a response body as one line without control characters."""
    text = body.decode(errors="replace")
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
