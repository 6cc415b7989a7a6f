"""A stub of Palette's API: documented paths, codes, bodies and errors, and injected failures.

It is strict: an undocumented or a missing header, field or parameter results in status 400.
"""

from __future__ import annotations

import copy
import functools
import re
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.docker import free_port
from tests.support.palette.bodies import OCI, PACK, Kind, form_error, spec_error
from tests.support.palette.traffic import Failure, Request, Response, error_body

API_KEY = "an-api-key-that-is-nowhere-to-be-seen"
PROJECT = "5f0c2d9b3e4f5a6b7c8d9e6a"
MASK = "*****"
HEADERS = frozenset(
    "ApiKey ProjectUid Host User-Agent Accept Accept-Encoding Connection Content-Type "
    "Content-Length".split()
)


@dataclass
class PaletteStub:
    """Behavior of the API and the requests it received. Tests may change it at any time."""

    port: int = field(default_factory=free_port)
    api_key: str = API_KEY
    registrations: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By UID. `project` is the project of the scope. OCI registries have a provider type."""
    failures: list[Failure] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    masks: bool = True
    extra_fields: bool = False
    sync_supported: bool = True
    sync_states: list[str] = field(default_factory=lambda: ["", "Pending", "InProgress", "Success"])
    """Status of a sync at each request; the last one is repeated."""
    sync_message: str = ""
    probe: Callable[[dict[str, Any]], str | None] = lambda _: None
    """Tests the spec of a validation or a sync. Returns the reason of a failure."""
    conflict_status: int = 409
    """Status for a name that is in use. Palette documents none."""
    page_size: int = 50
    _syncs: dict[str, list[str]] = field(default_factory=dict)
    _sync_counts: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fail(self, method: str, path: str, status: int = 0, **options: Any) -> None:
        """Let the next matching requests fail."""
        self.failures.append(Failure(method, path, status, **options))

    def next_failure(self, request: Request) -> Failure | None:
        matching = (
            failure
            for failure in self.failures
            if failure.times > 0
            and failure.method == request.method
            and re.fullmatch(failure.path, request.path)
        )
        return next(matching, None)

    def count(self, method: str, path: str) -> int:
        """Count the received requests with a method and a path, which is a regular expression."""
        return sum(
            request.method == method and re.fullmatch(path, request.path) is not None
            for request in self.requests
        )

    def add(
        self,
        name: str,
        endpoint: str = "https://elsewhere.example.com",
        username: str = "admin",
        project: str = "",
        oci: bool = False,
    ) -> str:
        """Add a registration of another owner and return its UID."""
        uid = uuid.uuid4().hex[:24]
        tls = {"enabled": True, "ca": "", "certificate": "", "key": "", "insecureSkipVerify": False}
        auth = {"type": "basic", "username": username, "password": "another password", "tls": tls}
        scope = "project" if project else "tenant"
        spec: dict[str, Any] = {"endpoint": endpoint, "auth": auth, "scope": scope}
        if oci:
            paths = {"basePath": "", "baseContentPath": ""}
            spec |= {"providerType": "pack", **paths, "isSyncSupported": True}
        else:
            spec |= {"name": name, "private": True}
        self.registrations[uid] = {"metadata": {"name": name}, "spec": spec, "project": project}
        return uid

    def only_spec(self) -> dict[str, Any]:
        """Return the spec of the only registration."""
        (registration,) = self.registrations.values()
        spec: dict[str, Any] = registration["spec"]
        return spec

    def respond(self, request: Request, query: dict[str, str]) -> Response:
        """Process a request."""
        with self._lock:
            project = request.headers.get("ProjectUid", "")
            if request.headers.get("ApiKey") != self.api_key:
                return 401, error_body("InvalidApiKey", "the API key is not valid")
            if project not in ("", PROJECT):
                return 403, error_body("UserForbidden", f"no access to the project {project}")
            if unknown := set(request.headers) - HEADERS:
                return 400, error_body("InvalidRequest", f"unknown headers {sorted(unknown)}")
            for (method, path), operation in self._operations().items():
                match = re.fullmatch(path, request.path)
                if method == request.method and match:
                    return operation(request.body, query, project, **match.groupdict())
            return 404, error_body("RouteNotFound", f"{request.method} {request.path}")

    def _operations(self) -> dict[tuple[str, str], Callable[..., Response]]:
        operations: dict[tuple[str, str], Callable[..., Response]] = {}
        for kind in (PACK, OCI):
            of_kind: dict[tuple[str, str], Callable[..., Response]] = {
                ("GET", kind.list_path): self._list,
                ("POST", kind.create_path): self._create,
                ("POST", f"{kind.create_path}/validate"): self._validate,
                ("GET", kind.item_path): self._get,
                ("PUT", kind.item_path): self._put,
                ("DELETE", kind.item_path): self._delete,
                ("POST", f"{kind.item_path}/sync"): self._sync,
                ("GET", f"{kind.item_path}/sync/status"): self._sync_status,
            }
            operations |= {key: functools.partial(run, kind) for key, run in of_kind.items()}
        return operations

    def _list(self, kind: Kind, body: Any, query: dict[str, str], project: str) -> Response:
        numbers = [query.get("limit", "50"), query.get("offset", "0")]
        valid = set(query) <= kind.list_parameters and all(map(str.isdecimal, numbers))
        if body is not None or not valid or not 1 <= int(numbers[0]) <= 50:
            return 400, error_body("InvalidRequest", f"invalid parameters {query}")
        uids = self._uids(kind, project)
        if not kind.list_parameters:
            return 200, self._extended({"items": [self._summary(uid) for uid in uids]})
        limit, start = map(int, numbers)
        page = uids[start : start + min(self.page_size, limit)]
        end = start + len(page)
        listmeta: dict[str, Any] = {"count": len(uids), "limit": 50, "offset": start}
        listmeta |= {"continue": f"after-{end}"} if end < len(uids) else {}
        items = [self._summary(uid) for uid in page]
        return 200, self._extended({"items": items, "listmeta": listmeta})

    def _create(self, kind: Kind, body: Any, query: dict[str, str], project: str) -> Response:
        error = form_error(body, kind.entity) or spec_error(body["spec"], project)
        if error or query:
            return 400, error_body("InvalidRequest", error or "unknown parameters")
        if conflict := self._conflict(kind, body, project):
            return conflict
        uid = uuid.uuid4().hex[:24]
        self.registrations[uid] = {**body, "project": project}
        return 201, self._extended({"uid": uid})

    def _validate(self, kind: Kind, body: Any, query: dict[str, str], project: str) -> Response:
        error = form_error(body, kind.spec) or spec_error(body, project)
        if error or query:
            return 400, error_body("InvalidRequest", error or "unknown parameters")
        if reason := self.probe(body):
            return 400, error_body(f"{kind.name.capitalize()}RegistryValidationFailed", reason)
        return 204, None

    def _get(
        self, kind: Kind, body: Any, query: dict[str, str], project: str, uid: str
    ) -> Response:
        if error := self._missing(kind, uid, project) or _unexpected(body, query):
            return error
        found = copy.deepcopy(self.registrations[uid])
        del found["project"]
        if self.masks:
            found["spec"]["auth"]["password"] = MASK
        found["metadata"] |= {"uid": uid, "creationTimestamp": "2026-11-24T00:00:00.000Z"}
        return 200, self._extended({"kind": kind.name, **found})

    def _put(
        self, kind: Kind, body: Any, query: dict[str, str], project: str, uid: str
    ) -> Response:
        error = form_error(body, kind.entity) or spec_error(body["spec"], project)
        if missing := self._missing(kind, uid, project):
            return missing
        if error or query:
            return 400, error_body("InvalidRequest", error or "unknown parameters")
        if conflict := self._conflict(kind, body, project, uid):
            return conflict
        self.registrations[uid] |= body
        return 204, None

    def _delete(
        self, kind: Kind, body: Any, query: dict[str, str], project: str, uid: str
    ) -> Response:
        if error := self._missing(kind, uid, project) or _unexpected(body, query):
            return error
        del self.registrations[uid]
        return 204, None

    def _sync(
        self, kind: Kind, body: Any, query: dict[str, str], project: str, uid: str
    ) -> Response:
        if missing := self._missing(kind, uid, project):
            return missing
        if body is not None or query != {"forceSync": "false"}:
            return 400, error_body("InvalidRequest", "forceSync is the only parameter")
        reason = self.probe(self.registrations[uid]["spec"])
        self._syncs[uid] = ["InProgress", "Failed"] if reason else list(self.sync_states)
        self._sync_counts[uid] = self._sync_counts.get(uid, 0) + 1
        return 202, None

    def _sync_status(
        self, kind: Kind, body: Any, query: dict[str, str], project: str, uid: str
    ) -> Response:
        if error := self._missing(kind, uid, project) or _unexpected(body, query):
            return error
        states = self._syncs.get(uid, [""])
        status = states.pop(0) if len(states) > 1 else states[0]
        minute = self._sync_counts.get(uid, 0)
        result: dict[str, Any] = {
            "isSyncSupported": self.sync_supported,
            "lastRunTime": f"2026-11-24T00:{minute:02}:00.000Z",
        }
        result |= {"status": status} if status else {}
        result |= {"message": self.sync_message} if self.sync_message else {}
        return 200, self._extended(result)

    def _uids(self, kind: Kind, project: str) -> list[str]:
        return [
            uid
            for uid, found in self.registrations.items()
            if found["project"] == project and kind.includes(found)
        ]

    def _summary(self, uid: str) -> dict[str, Any]:
        found = self.registrations[uid]
        fields = ("endpoint", "name", "private", "providerType", "scope")
        spec = {key: found["spec"][key] for key in fields if key in found["spec"]}
        metadata = self._extended({"name": found["metadata"]["name"], "uid": uid})
        return self._extended({"metadata": metadata, "spec": spec})

    def _conflict(self, kind: Kind, body: Any, project: str, own: str = "") -> Response | None:
        """Reject a name that another registration in the scope has."""
        name = body["metadata"]["name"]
        others = [self.registrations[uid] for uid in self._uids(kind, project) if uid != own]
        if not any(other["metadata"]["name"] == name for other in others):
            return None
        message = f"a {kind.name} registry named {name} exists"
        return self.conflict_status, error_body("ResourceAlreadyExists", message)

    def _missing(self, kind: Kind, uid: str, project: str) -> Response | None:
        if uid in self._uids(kind, project):
            return None
        return 404, error_body("ResourceNotFound", f"{kind.name} registry {uid} not found")

    def _extended(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "aNewField": {"nested": ["value"]}} if self.extra_fields else body


def _unexpected(body: Any, query: dict[str, str]) -> Response | None:
    if body is None and not query:
        return None
    return 400, error_body("InvalidRequest", "unknown body or parameters")
