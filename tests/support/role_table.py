"""The table of roles: who may do what, and what a registry answers."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.support.role_requests import BLOB_TYPE, MANIFEST_TYPE, MARKER, OTHER, OWN, Case

REFUSED = ("400", "401", "403", "404", "405")
ROLES: dict[str, tuple[str, ...]] = {
    "reader": ("read",),
    "writer": ("read", "create", "update"),
    "team-a": ("read", "create", "update"),
    "ops": ("read", "create", "update", "delete"),
    "admin": ("read", "create", "update", "delete", "admin"),
}
"""Actions of each user. `team-a` has them in its own repositories only."""

Answer = tuple[str, bytes]


@dataclass
class Identity:
    """A column of the table: a user, or someone without valid credentials."""

    name: str
    endpoint: str
    ca: str
    credentials: str | None

    def may(self, case: Case) -> bool:
        """Return whether least privilege allows a request."""
        if case.action == "public":
            return True
        if self.name not in ROLES or case.action == "none":
            return False
        if self.name == "team-a" and not case.repository.startswith("packs/team-a"):
            return case.action == "login"
        return case.action in {"login", *ROLES[self.name]}

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Send a request whose path stays as it is."""
        parts = urlsplit(self.endpoint)
        context = ssl.create_default_context(cadata=self.ca)
        connection = http.client.HTTPSConnection(
            "127.0.0.1", parts.port, context=context, timeout=30
        )
        context.check_hostname = False
        with contextlib.closing(connection):
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            sent = {"Host": parts.netloc, "Content-Length": str(len(body or b"")), **headers}
            if self.credentials is not None:
                encoded = base64.b64encode(self.credentials.encode()).decode()
                sent["Authorization"] = f"Basic {encoded}"
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            return response, response.read()

    def answer(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        """Return the status and all bodies. Follow one redirect."""
        response, content = self.send(method, path, body, headers)
        status = str(response.status)
        if response.status in (301, 302, 307, 308):
            target = urlsplit(response.headers["Location"])
            location = target._replace(scheme="", netloc="").geturl()
            next_, more = self.send(method, location, body, headers)
            return f"{status}>{next_.status}", content + more
        return status, content


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class Packs:
    """The packs of the table, and their state as `admin` sees it."""

    def __init__(self, admin: Identity) -> None:
        self.admin = admin
        self.state: dict[str, Any] = {}
        self.blobs = {OWN: b"content of a team", OTHER: MARKER}
        self.restore()

    def manifest(self, repository: str, version: str = "") -> bytes:
        """Return a manifest with the blob of a repository."""
        blob = self.blobs[repository]
        media = "application/vnd.oci.empty.v1+json"
        layer = {"mediaType": media, "digest": digest_of(blob), "size": len(blob)}
        annotations = {"version": version, "content": blob.decode()}
        return json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST_TYPE["Content-Type"],
                "config": layer,
                "layers": [layer],
                "annotations": annotations,
            }
        ).encode()

    def restore(self) -> None:
        """Push what is missing, and note the state."""
        for repository, blob in self.blobs.items():
            upload = f"/v2/{repository}/blobs/uploads/?digest={digest_of(blob)}"
            self._done("POST", upload, blob, BLOB_TYPE)
            manifest = self.manifest(repository)
            self._done("PUT", f"/v2/{repository}/manifests/1.0.0", manifest, MANIFEST_TYPE)
            self.admin.send("DELETE", f"/v2/{repository}/manifests/2.0.0")
        self.state = self.seen()

    def _done(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        response, content = self.admin.send(method, path, body, headers)
        assert response.status == 201, (method, path, response.status, content)

    def seen(self) -> dict[str, Any]:
        """Return all repositories with their versions, and whether the packs exist."""
        names = json.loads(self.admin.send("GET", "/v2/_catalog")[1])["repositories"]
        found: dict[str, Any] = {
            name: json.loads(self.admin.send("GET", f"/v2/{name}/tags/list")[1]).get("tags")
            for name in names
        }
        for repository, blob in self.blobs.items():
            manifest = self.admin.send("GET", f"/v2/{repository}/manifests/1.0.0")[1]
            held = self.admin.send("HEAD", f"/v2/{repository}/blobs/{digest_of(blob)}")[0].status
            found[f"{repository} content"] = (digest_of(manifest), held)
        return found

    def upload(self, repository: str) -> str:
        """Begin an upload as `admin`, and return its name."""
        response, _ = self.admin.send("POST", f"/v2/{repository}/blobs/uploads/")
        assert response.status == 202
        return urlsplit(response.headers["Location"]).path.rpartition("/")[2]

    def sent(self, case: Case, name: str) -> tuple[str, bytes | None]:
        """Return path and body of a request."""
        body = {
            "": None,
            "manifest": self.manifest(case.repository, f"{case.title} {name}"),
            "blob": f"{case.title} {name}".encode(),
        }[case.body]
        path = case.path
        for key, value in {
            "blob": digest_of(self.blobs[case.repository]),
            "manifest": digest_of(self.manifest(case.repository)),
            "new": digest_of(body or b""),
            "endpoint": self.admin.endpoint,
        }.items():
            path = path.replace(f"{{{key}}}", value)
        if "{upload}" in path:
            path = path.replace("{upload}", self.upload(case.repository))
        return path, body


@dataclass
class Table:
    """The answers, and what differs from least privilege."""

    lines: list[str]
    deviations: list[str]


def fill(cases: Iterable[Case], identities: list[Identity], packs: Packs) -> Table:
    """Send all requests as everybody."""
    table = Table([], [])
    for case in cases:
        seen: dict[str, str] = {}
        refused = [identity for identity in identities if not identity.may(case)]
        for identity in refused:
            path, body = packs.sent(case, identity.name)
            status, content = identity.answer(case.method, path, body, case.headers)
            seen[identity.name] = status
            table.deviations += _refusal_issues(case, identity, status, content)
        if refused and packs.seen() != packs.state:
            table.deviations.append(f"{case.title}: changed packs without permission")
            packs.restore()
        for identity in identities:
            if identity.may(case):
                path, body = packs.sent(case, identity.name)
                status, content = identity.answer(case.method, path, body, case.headers)
                names = catalog_of(content) if case.note == "names" else ""
                seen[identity.name] = status + names
                table.deviations += _issues(case, identity, status, content, names)
                if case.action not in ("read", "public", "login"):
                    packs.restore()
        table.lines.append(
            "".join(f"{seen[identity.name]:<9}" for identity in identities)
            + case.title.replace(packs.admin.endpoint, "{endpoint}")
        )
    return table


def catalog_of(content: bytes) -> str:
    """Return a mark of the repositories in a catalog: `+` for the user's own, `*` for others."""
    names = json.loads(content)["repositories"]
    return "".join(mark for mark, name in (("+", OWN), ("*", OTHER)) if name in names)


def _refusal_issues(case: Case, identity: Identity, status: str, content: bytes) -> Iterator[str]:
    final = status.rpartition(">")[2]
    if final not in REFUSED and not (case.action == "none" and status in case.statuses):
        yield f"{identity.name} {status} {case.title}"
    if MARKER in content:
        yield f"{identity.name} can read packs/secret: {case.title}"


def _issues(
    case: Case, identity: Identity, status: str, content: bytes, names: str
) -> Iterator[str]:
    if status not in case.statuses:
        yield f"{identity.name} {status} instead of {sorted(case.statuses)}: {case.title}"
    if case.action == "public" and content not in (b"", b"ok"):
        yield f"{identity.name} gets content without credentials: {case.title}"
    if identity.name == "team-a" and (MARKER in content or "*" in names):
        yield f"team-a can see packs/secret: {case.title}"
