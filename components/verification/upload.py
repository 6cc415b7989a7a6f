"""Verifies that packs can be pushed: starts an upload as admin, and cancels it.

The upload has no content, unless the server needs it (``RegistryApi.upload_size``). Distribution 3
removes it, but then stores its hash state again: one file of about 100 bytes remains below
`_uploads`. Its catalog lists no repository without a manifest.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import SplitResult, urlsplit

from components.settings import ADMIN
from components.verification.probe import Failure, Probe

ACCEPTED, NO_CONTENT, FORBIDDEN = 202, 204, 403
"""Statuses of the OCI distribution specification for a started, a cancelled and a denied upload."""
MISSING_ROUTE = (404, 405)
CHECKED_READERS = 4
"""Readers whose uploads are tried: as many as the connections of a probe."""
DEFAULT_PORTS = {"http": 80, "https": 443}


def check_roles(probe: Probe, passwords: Mapping[str, str]) -> list[Failure]:
    """Check that the server rejects uploads of readers. Returns the failures.

    The server has one policy for all readers of the same repositories, so a few readers show it.

    :param passwords: password by username, for users with a known password.
    """
    path = probe.api.upload_path
    users = [user for user in probe.api.readers if user in passwords and path][:CHECKED_READERS]
    with ThreadPoolExecutor(max_workers=CHECKED_READERS) as pool:
        results = pool.map(
            lambda user: probe.send("POST", path, FORBIDDEN, user, passwords[user]), users
        )
        return [result for result in results if isinstance(result, Failure)]


def check_upload(probe: Probe, password: str, endpoint: str) -> list[Failure]:
    """Start an upload as admin and cancel it. Returns the failures.

    The upload is cancelled at the server itself, bypassing any proxy.

    :param password: admin's password.
    :param endpoint: the URL of the registry as clients reach it.
    """
    path = probe.api.upload_path
    if not path:
        return []
    started = probe.send("POST", path, ACCEPTED, ADMIN, password)
    if isinstance(started, Failure):
        # The protocol of an official pack registry's uploads is not published.
        is_other_protocol = probe.api.may_lack_uploads and started.status in MISSING_ROUTE
        return [] if is_other_protocol else [started]
    location = started.headers.get("Location", "")
    target = urlsplit(location)
    failures = []
    if shown := _misplaced(target, urlsplit(endpoint), path) if location else "none":
        request = f"{probe.describe('POST', path, ACCEPTED, ADMIN)} and a Location at {endpoint}"
        failures.append(Failure(request, f"{ACCEPTED} with Location {shown}", ACCEPTED, ADMIN))
    if location:
        session = _server_path(target, path)
        if size := probe.api.upload_size:
            sent = probe.send("PATCH", session, ACCEPTED, ADMIN, password, bytes(size))
            failures += [sent] if isinstance(sent, Failure) else []
        cancelled = probe.send("DELETE", session, NO_CONTENT, ADMIN, password)
        failures += [cancelled] if isinstance(cancelled, Failure) else []
    return failures


def _misplaced(location: SplitResult, endpoint: SplitResult, upload_path: str) -> str:
    """Return the part of a Location that does not belong to the endpoint; empty if it all does."""
    if location.netloc and _origin(location) != _origin(endpoint):
        return f"{location.scheme}://{location.netloc}"
    if not location.path.startswith(endpoint.path.rstrip("/") + upload_path):
        return location._replace(query="", fragment="").geturl()
    return ""


def _origin(url: SplitResult) -> tuple[str, str, int | None]:
    scheme = url.scheme.lower()
    try:
        port = url.port
    except ValueError:  # a server may send anything
        port = 0
    return scheme, url.hostname or "", DEFAULT_PORTS.get(scheme) if port is None else port


def _server_path(location: SplitResult, upload_path: str) -> str:
    """Return the path and query of a location at the server, without the path of a proxy."""
    path = upload_path + location.path.rpartition(upload_path)[2]
    return f"{path}?{location.query}" if location.query else path
