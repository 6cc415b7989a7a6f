"""An OCI registry in memory, on the loopback interface, with failures on request."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.support.certificates import Issued
from tests.support.registry_server import listening, tls_of

ANY = ("GET", "HEAD", "POST", "PUT")
CUT = -1
"""Status of a failure: the connection is closed without an answer."""


@dataclass
class Failure:
    """Requests that fail."""

    status: int
    times: int = 1
    methods: tuple[str, ...] = ANY
    part: str = ""
    """Part of the paths."""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class OciServer:
    """The content and the behavior of the registry. Tests may change both while it runs."""

    users: dict[str, str] = field(
        default_factory=lambda: {"admin": "an admin's password", "spectro": "a reader's password"}
    )
    writers: frozenset[str] = frozenset({"admin"})
    page: int = 100
    """Names in one answer of the catalog."""
    is_open: bool = False
    """Whether it needs no password."""
    mounts: bool = True
    takes_whole_blobs: bool = False
    """Whether a POST can store a blob, and a repository without content is unknown: as in zot."""
    tells_digests: bool = True
    """Whether manifests have the header Docker-Content-Digest, which is optional."""
    blobs: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """By repository and digest."""
    manifests: dict[tuple[str, str], tuple[str, bytes]] = field(default_factory=dict)
    """Media type and content by repository and tag or digest."""
    requests: list[str] = field(default_factory=list)
    """Method and path of each request."""
    authorizations: list[str] = field(default_factory=list)
    received: int = 0
    """Bytes of the blobs that were received."""
    failures: list[Failure] = field(default_factory=list)
    before: Callable[[str, str], None] = lambda *_: None
    """Called with method and path before each request."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def failure(self, method: str, path: str) -> Failure | None:
        with self.lock:
            for each in self.failures:
                if each.times > 0 and method in each.methods and each.part in path:
                    each.times -= 1
                    return each
        return None

    def status_of(self, authorization: str, method: str) -> int:
        """Return 200 if a user may send a request."""
        self.authorizations.append(authorization)
        if self.is_open:
            return 200
        user, _, password = (
            base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        )
        if not authorization or self.users.get(user) != password:
            return 401
        return 200 if method in ("GET", "HEAD") or user in self.writers else 403

    def sent(self, method: str, part: str = "") -> int:
        """Return the number of requests with a method and a part of a path."""
        return sum(each.startswith(f"{method} ") and part in each for each in self.requests)

    def tag(self, repository: str, tag: str) -> dict[str, Any]:
        """Return the manifest of a tag."""
        return dict(json.loads(self.manifests[repository, tag][1]))


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class _Handler(BaseHTTPRequestHandler):
    state: ClassVar[OciServer]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        self.state.before(self.command, self.path)
        with self.state.lock:
            self.state.requests.append(f"{self.command} {self.path}")
        failure = self.state.failure(self.command, self.path)
        if failure and failure.status == CUT:
            self.rfile.read(int(self.headers["Content-Length"] or 0) // 2)
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        status = self.state.status_of(self.headers["Authorization"] or "", self.command)
        if failure:
            self._answer(failure.status, b"a failure", failure.headers)
        elif status != 200:
            self._answer(status)
        else:
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self._route(parts.path.removeprefix("/v2/"), query, body)

    do_GET = do_HEAD = do_POST = do_PUT = _handle  # noqa: N815 - the library's names

    def _route(self, path: str, query: dict[str, str], body: bytes) -> None:
        if path == "_catalog":
            self._catalog(query.get("last", ""))
        elif path.endswith("/tags/list"):
            repository = path.removesuffix("/tags/list")
            tags = [tag for name, tag in self.state.manifests if name == repository]
            self._answer(200, json.dumps({"tags": [t for t in tags if ":" not in t]}).encode())
        elif "/blobs/uploads/" in path:
            self._upload(path.partition("/blobs/uploads/")[0], query, body)
        elif "/manifests/" in path:
            repository, _, reference = path.partition("/manifests/")
            self._manifest(repository, reference, body)
        else:
            repository, _, digest = path.partition("/blobs/")
            found = self.state.blobs.get((repository, digest))
            self._answer(404 if found is None else 200, found or b"")

    def _catalog(self, last: str) -> None:
        names = sorted({name for name, _ in self.state.manifests if name > last})
        found = names[: self.state.page]
        link = f'</v2/_catalog?n=1000&last={found[-1]}>; rel="next"' if names != found else ""
        content = json.dumps({"repositories": found}).encode()
        self._answer(200, content, {"Link": link} if link else {})

    def _upload(self, repository: str, query: dict[str, str], body: bytes) -> None:
        if self.command == "POST" and self.state.takes_whole_blobs and "digest" in query:
            self._store(repository, query["digest"], body)
        elif self.command == "POST":
            mounted = (query.get("from", repository), query.get("mount", ""))
            if self.state.mounts and mounted in self.state.blobs:
                self.state.blobs[repository, mounted[1]] = self.state.blobs[mounted]
                self._answer(201)
            else:
                place = f"/v2/{repository}/blobs/uploads/1?state=a%3D"
                self._answer(202, headers={"Location": place})
        else:
            self._store(repository, query["digest"], body)

    def _store(self, repository: str, digest: str, body: bytes) -> None:
        if _digest(body) != digest:
            self._answer(400, b"DIGEST_INVALID")
            return
        with self.state.lock:
            self.state.received += len(body)
        self.state.blobs[repository, digest] = body
        self._answer(201)

    def _manifest(self, repository: str, reference: str, body: bytes) -> None:
        if self.command == "PUT":
            content = json.loads(body)
            needed = [content["config"], *content["layers"]]
            if any((repository, each["digest"]) not in self.state.blobs for each in needed):
                self._answer(404, b"BLOB_UNKNOWN")
                return
            stored = self.headers["Content-Type"], body
            self.state.manifests[repository, reference] = stored
            self.state.manifests[repository, _digest(body)] = stored
            self._answer(201)
            return
        media_type, found = self.state.manifests.get((repository, reference), ("", b""))
        if not found:
            self._answer(404, self._missing(repository))
            return
        headers = {"Content-Type": media_type}
        if self.state.tells_digests:
            headers["Docker-Content-Digest"] = _digest(found)
        self._answer(200, found, headers)

    def _missing(self, repository: str) -> bytes:
        state = self.state
        names = {name for name, _ in (*state.blobs, *state.manifests)}
        is_unknown = state.takes_whole_blobs and repository not in names
        code = "NAME_UNKNOWN" if is_unknown else "MANIFEST_UNKNOWN"
        return json.dumps({"errors": [{"code": code}]}, separators=(",", ":")).encode()

    def _answer(
        self, status: int, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        pass


@contextlib.contextmanager
def serving_oci(server: OciServer, issued: Issued | None = None) -> Iterator[str]:
    """Run the registry, and yield its URL.

    :param issued: its certificate; None for plain HTTP.
    """
    handler = type("Handler", (_Handler,), {"state": server})
    with listening(handler, tls_of(issued) if issued else None) as port:
        yield f"{'https' if issued else 'http'}://localhost:{port}"
