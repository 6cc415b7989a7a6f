"""A small server on the loopback interface that plays Palette's API: the documented paths, codes, bodies and errors, right or wrong.

It is strict: a header, a field or a parameter that is not documented, or one that is missing, is a 400.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.docker import free_port
from tests.support.registry_server import listening

API_KEY = "an-api-key-that-is-nowhere-to-be-seen"
PROJECT = "5f0c2d9b3e4f5a6b7c8d9e6a"
MASK = "*****"

_TLS = {"enabled": bool, "ca": str, "certificate": str, "key": str, "insecureSkipVerify": bool}
SPEC = {
    "endpoint": str,
    "auth": {"type": str, "username": str, "password": str, "tls": _TLS},
    "name": str,
    "private": bool,
    "scope": str,
}
OCI_SPEC = {
    "endpoint": str,
    "auth": {"type": str, "username": str, "password": str, "tls": _TLS},
    "providerType": str,
    "basePath": str,
    "baseContentPath": str,
    "isSyncSupported": bool,
    "scope": str,
}


@dataclass(frozen=True)
class Kind:
    """A kind of registries that Palette keeps, and where."""

    name: str
    spec: dict[str, Any]
    registrations: str
    listed: str
    one: str
    parameters: frozenset[str]
    """What the list may be asked by."""

    @property
    def entity(self) -> dict[str, Any]:
        return {"metadata": {"name": str}, "spec": self.spec}

    def has(self, found: dict[str, Any]) -> bool:
        """Whether a registration is of this kind."""
        return ("providerType" in found["spec"]) == ("providerType" in self.spec)


_UID = "(?P<uid>[0-9a-f]{24})"
PACK = Kind(
    "pack",
    SPEC,
    "/v1/registries/pack",
    "/v1/registries/pack",
    f"/v1/registries/pack/{_UID}",
    frozenset({"limit", "offset", "continue"}),
)
OCI = Kind(
    "oci",
    OCI_SPEC,
    "/v1/registries/oci/basic",
    "/v1/registries/oci/summary",
    f"/v1/registries/oci/{_UID}/basic",
    frozenset(),
)

Answer = tuple[int, Any]


@dataclass
class Trouble:
    """What goes wrong with the next requests of a kind."""

    method: str
    path: str
    """A regular expression for the whole path."""
    status: int = 0
    """Answered instead; 0 where it is answered as always, only late."""
    times: int = 1
    retry_after: str | None = None
    seconds: float = 0
    """How late it is answered."""
    drop: bool = False
    """Whether the connection ends without an answer."""
    carried_out: bool = False
    """Whether what was asked for is done all the same."""
    body: Any = None


@dataclass
class Asked:
    """A request."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    at: float


def error(code: str, message: str) -> dict[str, Any]:
    """An error's body."""
    return {"code": code, "message": message, "details": None, "ref": "8f1c2d"}


@dataclass
class PaletteApi:
    """How the server behaves, and what it was asked; it may be changed while it runs."""

    port: int = field(default_factory=free_port)
    api_key: str = API_KEY
    registrations: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By UID, with the scope's project under `project`; those of OCI registries have a provider type."""
    troubles: list[Trouble] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    masks: bool = True
    extra_fields: bool = False
    sync_supported: bool = True
    sync_states: list[str] = field(default_factory=lambda: ["", "Pending", "InProgress", "Success"])
    """What a sync's status is, from one question to the next; the last one stays."""
    sync_message: str = ""
    probe: Callable[[dict[str, Any]], str | None] = lambda _: None
    """Looks at a spec that is validated or synced; the reason why it won't do."""
    conflict_status: int = 409
    """How a name that is taken is refused; Palette documents none."""
    page: int = 50
    """Registrations on a page."""
    _syncs: dict[str, list[str]] = field(default_factory=dict)
    _synced: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def trouble(self, method: str, path: str, status: int = 0, **how: Any) -> None:
        """Let the next requests of a kind go wrong."""
        self.troubles.append(Trouble(method, path, status, **how))

    def next_trouble(self, asked: Asked) -> Trouble | None:
        """What goes wrong with a request."""
        return next(
            (
                t
                for t in self.troubles
                if t.times > 0 and t.method == asked.method and re.fullmatch(t.path, asked.path)
            ),
            None,
        )

    def count(self, method: str, path: str) -> int:
        """How many requests of a kind there were."""
        return sum(
            asked.method == method and re.fullmatch(path, asked.path) is not None
            for asked in self.asked
        )

    def add(
        self,
        name: str,
        endpoint: str = "https://elsewhere.example.com",
        username: str = "admin",
        project: str = "",
        oci: bool = False,
    ) -> str:
        """A registration that somebody else made; its UID."""
        uid = uuid.uuid4().hex[:24]
        tls = {"enabled": True, "ca": "", "certificate": "", "key": "", "insecureSkipVerify": False}
        auth = {"type": "basic", "username": username, "password": "somebody's own", "tls": tls}
        spec = {
            "endpoint": endpoint,
            "auth": auth,
            "name": name,
            "private": True,
            "scope": "project" if project else "tenant",
        }
        if oci:
            kept = {key: spec[key] for key in ("endpoint", "auth", "scope")}
            spec = {
                **kept,
                "providerType": "pack",
                "basePath": "",
                "baseContentPath": "",
                "isSyncSupported": True,
            }
        self.registrations[uid] = {"metadata": {"name": name}, "spec": spec, "project": project}
        return uid

    def only(self) -> dict[str, Any]:
        """The spec of the only registration."""
        (found,) = self.registrations.values()
        return dict(found["spec"])

    def answer(self, asked: Asked, query: dict[str, str]) -> Answer:
        """What Palette says to a request, and does."""
        with self._lock:
            if asked.headers.get("ApiKey") != self.api_key:
                return 401, error("InvalidApiKey", "the API key is not valid")
            project = asked.headers.get("ProjectUid", "")
            if project not in ("", PROJECT):
                return 403, error("UserForbidden", f"no access to the project {project}")
            known = {
                "ApiKey",
                "ProjectUid",
                "Host",
                "User-Agent",
                "Accept",
                "Accept-Encoding",
                "Connection",
                "Content-Type",
                "Content-Length",
            }
            if strange := set(asked.headers) - known:
                return 400, error("InvalidRequest", f"unknown headers {sorted(strange)}")
            for (method, path), reply in self._routes().items():
                if method == asked.method and (match := re.fullmatch(path, asked.path)):
                    return reply(asked.body, query, project, **match.groupdict())
            return 404, error("RouteNotFound", f"{asked.method} {asked.path}")

    def _routes(self) -> dict[tuple[str, str], Callable[..., Answer]]:
        routes: dict[tuple[str, str], Callable[..., Answer]] = {}
        for kind in (PACK, OCI):
            of_kind: dict[tuple[str, str], Callable[..., Answer]] = {
                ("GET", kind.listed): self._list,
                ("POST", kind.registrations): self._create,
                ("POST", f"{kind.registrations}/validate"): self._validate,
                ("GET", kind.one): self._get,
                ("PUT", kind.one): self._put,
                ("DELETE", kind.one): self._delete,
                ("POST", f"{kind.one}/sync"): self._sync,
                ("GET", f"{kind.one}/sync/status"): self._sync_status,
            }
            routes |= {route: functools.partial(reply, kind) for route, reply in of_kind.items()}
        return routes

    def _list(self, kind: Kind, body: Any, query: dict[str, str], project: str) -> Answer:
        numbers = [query.get("limit", "50"), query.get("offset", "0")]
        if (
            body is not None
            or set(query) - kind.parameters
            or not all(map(str.isdecimal, numbers))
            or not 1 <= int(numbers[0]) <= 50
        ):
            return 400, error("InvalidRequest", f"the parameters {query} are not allowed")
        seen = [
            uid
            for uid, found in self.registrations.items()
            if found["project"] == project and kind.has(found)
        ]
        if not kind.parameters:  # all at once
            return 200, self._with_more({"items": [self._summary(uid) for uid in seen]})
        start = int(query.get("offset", "0"))
        items = [
            self._summary(uid)
            for uid in seen[start : start + min(self.page, int(query.get("limit", "50")))]
        ]
        more = {"continue": f"after-{start + len(items)}"} if start + len(items) < len(seen) else {}
        return 200, self._with_more(
            {"items": items, "listmeta": {"count": len(seen), "limit": 50, "offset": start, **more}}
        )

    def _create(self, kind: Kind, body: Any, query: dict[str, str], project: str) -> Answer:
        if (wrong := _wrong(body, kind.entity) or self._wrong_spec(body["spec"], project)) or query:
            return 400, error("InvalidRequest", wrong or "no parameters are allowed")
        if taken := self._taken(kind, body, project):
            return taken
        uid = uuid.uuid4().hex[:24]
        self.registrations[uid] = {**body, "project": project}
        return 201, self._with_more({"uid": uid})

    def _validate(self, kind: Kind, body: Any, query: dict[str, str], project: str) -> Answer:
        if (wrong := _wrong(body, kind.spec) or self._wrong_spec(body, project)) or query:
            return 400, error("InvalidRequest", wrong or "no parameters are allowed")
        if reason := self.probe(body):
            return 400, error(f"{kind.name.capitalize()}RegistryValidationFailed", reason)
        return 204, None

    def _get(self, kind: Kind, body: Any, query: dict[str, str], project: str, uid: str) -> Answer:
        if (missing := self._missing(kind, uid, project)) or body is not None or query:
            return missing or (
                400,
                error("InvalidRequest", "neither body nor parameters are allowed"),
            )
        found = copy.deepcopy(self.registrations[uid])
        del found["project"]
        if self.masks:
            found["spec"]["auth"]["password"] = MASK
        found["metadata"] |= {"uid": uid, "creationTimestamp": "2026-11-24T00:00:00.000Z"}
        return 200, self._with_more({"kind": kind.name, **found})

    def _put(self, kind: Kind, body: Any, query: dict[str, str], project: str, uid: str) -> Answer:
        wrong = _wrong(body, kind.entity) or self._wrong_spec(body["spec"], project)
        if (missing := self._missing(kind, uid, project)) or wrong or query:
            return missing or (400, error("InvalidRequest", wrong or "no parameters are allowed"))
        if taken := self._taken(kind, body, project, uid):
            return taken
        self.registrations[uid] |= body
        return 204, None

    def _delete(
        self, kind: Kind, body: Any, query: dict[str, str], project: str, uid: str
    ) -> Answer:
        if (missing := self._missing(kind, uid, project)) or body is not None or query:
            return missing or (
                400,
                error("InvalidRequest", "neither body nor parameters are allowed"),
            )
        del self.registrations[uid]
        return 204, None

    def _sync(self, kind: Kind, body: Any, query: dict[str, str], project: str, uid: str) -> Answer:
        if (
            (missing := self._missing(kind, uid, project))
            or body is not None
            or query != {"forceSync": "false"}
        ):
            return missing or (400, error("InvalidRequest", "forceSync alone is allowed"))
        failed = self.probe(self.registrations[uid]["spec"])
        self._syncs[uid] = ["InProgress", "Failed"] if failed else list(self.sync_states)
        self._synced[uid] = self._synced.get(uid, 0) + 1
        return 202, None

    def _sync_status(
        self, kind: Kind, body: Any, query: dict[str, str], project: str, uid: str
    ) -> Answer:
        if (missing := self._missing(kind, uid, project)) or body is not None or query:
            return missing or (
                400,
                error("InvalidRequest", "neither body nor parameters are allowed"),
            )
        states = self._syncs.get(uid, [""])
        status = states.pop(0) if len(states) > 1 else states[0]
        number = self._synced.get(uid, 0)
        told: dict[str, Any] = {
            "isSyncSupported": self.sync_supported,
            "lastRunTime": f"2026-11-24T00:{number:02}:00.000Z",
        }
        told |= {"status": status} if status else {}
        told |= {"message": self.sync_message} if self.sync_message else {}
        return 200, self._with_more(told)

    def _summary(self, uid: str) -> dict[str, Any]:
        found = self.registrations[uid]
        spec = {
            key: found["spec"][key]
            for key in ("endpoint", "name", "private", "providerType", "scope")
            if key in found["spec"]
        }
        return self._with_more(
            {
                "metadata": self._with_more({"name": found["metadata"]["name"], "uid": uid}),
                "spec": spec,
            }
        )

    def _taken(self, kind: Kind, body: Any, project: str, own: str = "") -> Answer | None:
        """The refusal of a name that another registration of the scope has."""
        name = body["metadata"]["name"]
        others = [
            found
            for uid, found in self.registrations.items()
            if uid != own and found["project"] == project and kind.has(found)
        ]
        taken = any(found["metadata"]["name"] == name for found in others)
        return (
            (
                self.conflict_status,
                error("ResourceAlreadyExists", f"a {kind.name} registry named {name} exists"),
            )
            if taken
            else None
        )

    def _missing(self, kind: Kind, uid: str, project: str) -> Answer | None:
        found = self.registrations.get(uid)
        there = found is not None and found["project"] == project and kind.has(found)
        return (
            None
            if there
            else (404, error("ResourceNotFound", f"there is no {kind.name} registry {uid}"))
        )

    def _wrong_spec(self, spec: dict[str, Any], project: str) -> str:
        if spec["scope"] != ("project" if project else "tenant"):
            return f"scope {spec['scope']} does not fit the header ProjectUid"
        if spec.get("providerType", "pack") not in ("helm", "zarf", "pack"):
            return "providerType is one of helm, zarf, pack"
        if (
            spec["auth"]["type"] != "basic"
            or not spec["auth"]["username"]
            or not spec["auth"]["password"]
        ):
            return "auth must be basic, with username and password"
        tls = spec["auth"]["tls"]
        if tls["enabled"] != spec["endpoint"].startswith("https://") or (
            tls["ca"] and not tls["enabled"]
        ):
            return "tls.enabled belongs to an https endpoint, and tls.ca to that"
        return (
            "certificate and key belong together"
            if bool(tls["certificate"]) != bool(tls["key"])
            else ""
        )

    def _with_more(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "aNewField": {"nobody": ["knows"]}} if self.extra_fields else body


def _wrong(body: Any, shape: Any, place: str = "body") -> str:
    """How a body differs from what is documented; empty where it does not."""
    if isinstance(shape, dict):
        if not isinstance(body, dict):
            return f"{place} must be an object"
        if set(body) != set(shape):
            return f"{place} has unknown or missing fields: {sorted(set(body) ^ set(shape))}"
        return next(
            (
                wrong
                for key, inner in shape.items()
                if (wrong := _wrong(body[key], inner, f"{place}.{key}"))
            ),
            "",
        )
    return "" if type(body) is shape else f"{place} must be {shape.__name__}"


@contextlib.contextmanager
def palette_api(api: PaletteApi) -> Iterator[PaletteApi]:
    """Run the server at its port."""
    with listening(type("Handler", (_Handler,), {"api": api}), port=api.port):
        yield api


class _Handler(BaseHTTPRequestHandler):
    api: PaletteApi
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = (
        True  # else each answer with a body waits for an acknowledgement that the client delays
    )

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length) if length else b""
        try:
            body = json.loads(text) if text else None
        except ValueError:
            self._reply(400, error("InvalidRequest", "the body is no JSON"), None)
            return
        asked = Asked(self.command, parts.path, dict(self.headers), body, time.monotonic())
        self.api.asked.append(asked)
        trouble = self.api.next_trouble(asked)
        answer: Answer = (0, None)
        if trouble is None or trouble.carried_out or not (trouble.status or trouble.drop):
            answer = self.api.answer(asked, dict(parse_qsl(parts.query, keep_blank_values=True)))
        if trouble:
            trouble.times -= 1
            time.sleep(trouble.seconds)
            if trouble.drop:
                self.close_connection = True
                return
            if trouble.status:
                answer = (
                    trouble.status,
                    trouble.body
                    if trouble.body is not None
                    else error("Trouble", f"trouble with {asked.method}"),
                )
        self._reply(*answer, trouble.retry_after if trouble else None)

    def _reply(self, status: int, body: Any, retry_after: str | None) -> None:
        content = (
            b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        )
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        if 300 <= status < 400:
            self.send_header("Location", f"{self.api.host}/elsewhere")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        pass
