"""A stub of Palette's API: registrations, syncs, errors and injected failures.

It validates every request and every response against ``api_description.yaml``. A response that is
not as described is a defect of the stub, and fails the test (:attr:`PaletteStub.defects`).
"""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.docker import free_port
from tests.support.palette.description import Operation, load_description
from tests.support.palette.registrations import OCI, PACK, Kind, Registrations
from tests.support.palette.rules import spec_error
from tests.support.palette.traffic import Failure, Request, Response, error_body

API_KEY = "an-api-key-that-is-nowhere-to-be-seen"
HEADERS = frozenset(
    "ApiKey Host User-Agent Accept Accept-Encoding Connection Content-Type Content-Length".split()
)
PAGE_SIZE = 50


@dataclass
class PaletteStub:
    """Behavior of the API and the requests it received. Tests may change it at any time."""

    port: int = field(default_factory=free_port)
    api_key: str = API_KEY
    registrations: Registrations = field(default_factory=Registrations)
    failures: list[Failure] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    masks: bool = True
    extra_fields: bool = False
    sync_supported: bool = True
    sync_states: list[str] = field(default_factory=lambda: ["", "Pending", "InProgress", "Success"])
    """Status of a sync at each request; the last one is repeated."""
    sync_message: str = ""
    packs: int = 0
    """Number of packs of each registry."""
    newest: dict[str, str] = field(default_factory=dict)
    """Packs of each registry that a search lists, with their newest version."""
    in_use: bool = False
    """Whether cluster profiles use packs of each registry."""
    probe: Callable[[dict[str, Any]], str | None] = lambda _: None
    """Tests the spec of a validation or a sync. Returns the reason of a failure."""
    conflict_status: int = 409
    """Status for a name that is in use. Palette documents none."""
    page_size: int = PAGE_SIZE
    syncs: list[str] = field(default_factory=list)
    """UID for each sync that was started."""
    _states: dict[str, list[str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fail(self, method: str, path: str, status: int = 0, **options: Any) -> None:
        """Let the next matching requests fail."""
        self.failures.append(Failure(method, path, status, **options))

    def next_failure(self, request: Request) -> Failure | None:
        return next((failure for failure in self.failures if failure.matches(request)), None)

    def count(self, method: str, path: str) -> int:
        """Count the received requests with a method and a path, which is a regular expression."""
        return sum(
            request.method == method and re.fullmatch(path, request.path) is not None
            for request in self.requests
        )

    def add(self, name: str, **options: Any) -> str:
        """Add a registration of another owner and return its UID."""
        return self.registrations.add(name, **options)

    def only_spec(self) -> dict[str, Any]:
        """Return the spec of the only registration."""
        (registration,) = self.registrations.values()
        return registration.spec

    def respond(self, request: Request) -> Response:
        """Validate and process a request, and validate the response."""
        with self._lock:
            if request.headers.get("ApiKey") != self.api_key:
                return 401, error_body("InvalidApiKey", "the API key is not valid")
            description = load_description()
            found = description.find(request.method, request.path)
            if found is None:
                return 404, error_body("RouteNotFound", f"{request.method} {request.path}")
            operation, uid = found
            errors = [f"header {name}: unknown" for name in set(request.headers) - HEADERS]
            errors += description.request_errors(operation, request.query, request.body)
            if errors:
                return 400, error_body("InvalidRequest", "; ".join(errors))
            status, body = self._process(operation, uid, request.query, request.body)
            if isinstance(body, dict) and (name := operation.responses.get(status)):
                body = description.without_empty(name, body)
            self.defects += description.response_errors(operation, status, body)
            if isinstance(body, dict) and self.extra_fields:
                body = {**body, "aNewField": {"nested": ["value"]}}
            return status, body

    def _process(
        self, operation: Operation, uid: str, query: dict[str, str], body: Any
    ) -> Response:
        if operation.path == "/v1/packs/search":
            return self._search(query, body)
        kind = next(kind for kind in (PACK, OCI) if operation.path in kind.paths)
        action = kind.paths[operation.path], operation.method
        if action == ("all", "GET"):
            return self._list(kind, query)
        if action == ("all", "POST"):
            return self._create(kind, query, body)
        if action == ("validate", "POST"):
            return self._validate(kind, body)
        if uid not in self.registrations or self.registrations[uid].kind not in kind.names:
            return 404, error_body("ResourceNotFound", f"{kind.name} registry {uid} not found")
        actions: dict[tuple[str, str], Callable[[], Response]] = {
            ("item", "GET"): lambda: self._get(uid),
            ("item", "PUT"): lambda: self._put(kind, uid, body),
            ("item", "DELETE"): lambda: self._delete(uid),
            ("sync", "POST"): lambda: self._start_sync(uid),
            ("status", "GET"): lambda: (200, self._sync_status(uid)),
        }
        return actions[action]()

    def _search(self, query: dict[str, str], body: Any) -> Response:
        limit, start = int(query.get("limit", PAGE_SIZE)), int(query.get("offset", 0))
        (uid,) = body["filter"]["registryUid"]
        items = [
            {
                "metadata": {"name": name},
                "spec": {
                    "name": name,
                    "registries": [
                        {"uid": "0" * 24, "latestVersion": "of another registry"},
                        {"uid": uid, "latestVersion": version},
                    ],
                },
            }
            for name, version in list(self.newest.items())[start : start + limit]
        ]
        count = len(self.newest) or self.packs
        return 200, {"items": items, "listmeta": {"count": count, "limit": limit}}

    def _list(self, kind: Kind, query: dict[str, str]) -> Response:
        scope = query.get("scope", "all")
        found = self.registrations.of_kinds(kind.listed_names, scope)
        if kind is OCI:
            return 200, {"items": [self.registrations[uid].oci_summary(uid) for uid in found]}
        limit, start = int(query.get("limit", PAGE_SIZE)), int(query.get("offset", 0))
        if not 1 <= limit <= PAGE_SIZE:
            return 400, error_body("InvalidRequest", "limit must be from 1 to 50")
        page = found[start : start + min(self.page_size, limit)]
        end = start + len(page)
        listmeta = {"count": len(found), "limit": limit, "offset": start}
        token = {"continue": f"after-{end}"} if end < len(found) else {}
        return 200, {
            "items": [self._get(uid)[1] for uid in page],
            "listmeta": {**listmeta, **token},
        }

    def _create(self, kind: Kind, query: dict[str, str], body: Any) -> Response:
        if error := spec_error(body["spec"]):
            return 400, error_body("InvalidRequest", error)
        name = body.get("metadata", {}).get("name", "")
        if self.registrations.of_name(kind, name):
            message = f"a {kind.name} registry named {name} exists"
            return self.conflict_status, error_body("ResourceAlreadyExists", message)
        uid = self.registrations.create(kind.name, name, body["spec"])
        if query.get("skipPackSync", "false") == "false":
            self._start_sync(uid)
        return 201, {"uid": uid}

    def _validate(self, kind: Kind, spec: Any) -> Response:
        if error := spec_error(spec):
            return 400, error_body("InvalidRequest", error)
        if reason := self.probe(spec):
            return 400, error_body(f"{kind.name.capitalize()}RegistryValidationFailed", reason)
        return 204, None

    def _get(self, uid: str) -> Response:
        body = copy.deepcopy(self.registrations[uid].body(uid, masks=self.masks))
        key = "packSyncStatus" if self.registrations[uid].kind == PACK.name else "syncStatus"
        body["status"] = {key: {"isSyncSupported": self._syncs(uid)}}
        return 200, body

    def _put(self, kind: Kind, uid: str, body: Any) -> Response:
        if error := spec_error(body["spec"]):
            return 400, error_body("InvalidRequest", error)
        self.registrations[uid].spec = body["spec"]  # metadata.name cannot be updated
        return 204, None

    def _delete(self, uid: str) -> Response:
        if self.in_use:
            message = "registry is used by cluster profiles"
            details = {"profiles": ["production"]}
            return 400, error_body("RegistryInUse", message, details)
        del self.registrations[uid]
        return 204, None

    def _syncs(self, uid: str) -> bool:
        spec = self.registrations[uid].spec
        return self.sync_supported and bool(spec.get("isSyncSupported", "providerType" not in spec))

    def _start_sync(self, uid: str) -> Response:
        reason = self.probe(self.registrations[uid].spec)
        self._states[uid] = ["InProgress", "Failed"] if reason else list(self.sync_states)
        self.syncs.append(uid)
        return 202, None

    def _sync_status(self, uid: str) -> dict[str, Any]:
        states = self._states.get(uid, [""])
        status = states.pop(0) if len(states) > 1 else states[0]
        minute = self.syncs.count(uid)
        return {
            "isSyncSupported": self._syncs(uid),
            "lastRunTime": f"2026-11-24T00:{minute:02}:00.000Z",
            "status": status,
            "message": self.sync_message if status else "",
        }
