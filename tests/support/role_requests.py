"""Requests of the table of roles: each with the action that it needs, and tricks with paths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

OWN, OTHER = "packs/team-a/base", "packs/secret"
"""A repository of the limited writer, and one that only other users can access."""

MARKER = b"content of packs/secret"
"""Content of the other repository."""

MANIFEST_TYPE = {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}
BLOB_TYPE = {"Content-Type": "application/octet-stream"}


@dataclass(frozen=True)
class Case:
    """A request."""

    method: str
    path: str
    """With `{blob}`, `{manifest}`, `{upload}`, `{new}` and `{endpoint}`."""
    action: str
    """What the user must be allowed to do; `login` for every user, `none` if nobody succeeds."""
    repository: str = OTHER
    statuses: frozenset[str] = frozenset({"200"})
    """Statuses for users who are allowed to do it. A redirect is followed once: `301>200`."""
    body: str = ""
    """`manifest`, `blob` or empty."""
    headers: dict[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def title(self) -> str:
        """Return the line in the table."""
        notes = [self.note, *(f"{name}: {value}" for name, value in self.headers.items())]
        sent = [note for note in notes if note and not note.startswith("Content-Type")]
        return " ".join([f"{self.method:<8} {self.path}", *(f"[{note}]" for note in sent)])


def case(
    method: str, path: str, action: str, statuses: str = "200", repository: str = OTHER, **more: str
) -> Case:
    """Return a request with statuses that are separated by spaces.

    :param more: `body` and `note`. Other names are headers, with `_` instead of `-`.
    """
    body, note = more.pop("body", ""), more.pop("note", "")
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    headers |= {"manifest": MANIFEST_TYPE, "blob": BLOB_TYPE, "": {}}[body]
    return Case(method, path, action, repository, frozenset(statuses.split()), body, headers, note)


def api_cases(repository: str) -> Iterator[Case]:
    """Yield the requests of the OCI API in a repository."""
    base = f"/v2/{repository}"

    def here(method: str, path: str, action: str, statuses: str, **more: str) -> Case:
        return case(method, base + path, action, statuses, repository, **more)

    for method in ("GET", "HEAD"):
        yield here(method, "/manifests/1.0.0", "read", "200")
        yield here(method, "/manifests/{manifest}", "read", "200")
        yield here(method, "/manifests/missing", "read", "404")
        yield here(method, "/blobs/{blob}", "read", "200")
    yield here("GET", "/tags/list", "read", "200")
    yield here("GET", "/referrers/{manifest}", "read", "200")
    yield here("GET", "/blobs/uploads/{upload}", "read", "204")
    yield here("POST", "/blobs/uploads/", "create", "202")
    yield here("POST", "/blobs/uploads/?digest={new}", "create", "201", body="blob")
    yield here("PATCH", "/blobs/uploads/{upload}", "create", "202", body="blob")
    yield here("PUT", "/blobs/uploads/{upload}?digest={new}", "create", "201", body="blob")
    yield here("PUT", "/manifests/2.0.0", "create", "201", body="manifest", note="new tag")
    yield here("PUT", "/manifests/1.0.0", "update", "201", body="manifest", note="moves a tag")
    yield here("PUT", "/manifests/{new}", "create", "201", body="manifest", note="no tag")
    yield here("DELETE", "/blobs/uploads/{upload}", "delete", "204")
    yield here("DELETE", "/manifests/1.0.0", "delete", "202")
    yield here("DELETE", "/manifests/{manifest}", "delete", "202")
    yield here("DELETE", "/blobs/{blob}", "delete", "202 405")
    for other in (OWN, OTHER, "packs/none"):
        if other != repository:
            mount = f"/blobs/uploads/?mount={{blob}}&from={other}"
            yield here("POST", mount, "create", "202", note="mount")


def tricks() -> Iterator[Case]:
    """Yield requests that a server could take for others."""
    for method, action, done, body in (
        ("GET", "read", "200", ""),
        ("PUT", "update", "201", "manifest"),
        ("DELETE", "delete", "202", ""),
    ):
        for path in PATHS:
            redirected = f"{done} 301>{done} 301>404 404 405 400"
            yield case(method, path, action, redirected, body=body)
        for override in ("DELETE", "PUT"):
            yield case(
                method,
                f"/v2/{OTHER}/manifests/1.0.0",
                action,
                done,
                body=body,
                X_HTTP_Method_Override=override,
            )
    target = f"/v2/{OTHER}/manifests/1.0.0"
    own = f"/v2/{OWN}/manifests/1.0.0"
    for header in ("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix"):
        yield case("GET", own, "read", "200", OWN, **{header: target})
    yield case("POST", target, "none", "405", X_HTTP_Method_Override="DELETE")
    yield case("POST", f"{target}?_method=DELETE", "none", "405")
    for method in ("PATCH", "TRACE", "CONNECT", "PROPFIND"):
        yield case(method, target, "none", "405")
    yield case("OPTIONS", target, "public", "204")


PATHS = (
    f"//v2/{OTHER}/manifests/1.0.0",
    f"/v2//{OTHER}/manifests/1.0.0",
    "/v2/packs//secret/manifests/1.0.0",
    f"/v2/{OWN}/../../secret/manifests/1.0.0",
    "/v2/packs/./secret/manifests/1.0.0",
    f"/v2/{OWN}/manifests/../../../secret/manifests/1.0.0",
    "/v2/packs/team-a/%2e%2e/secret/manifests/1.0.0",
    "/v2/packs%2Fsecret/manifests/1.0.0",
    "/v2/packs%252Fsecret/manifests/1.0.0",
    "/v2/packs/team-a%2F..%2Fsecret/manifests/1.0.0",
    "/v2/packs/team-a%5C..%5Csecret/manifests/1.0.0",
    "/v2/packs/%73ecret/manifests/1.0.0",
    "/v2/packs/secret%00/manifests/1.0.0",
    "/v2/PACKS/secret/manifests/1.0.0",
    "/V2/packs/secret/manifests/1.0.0",
    "/v2/packs/secret/manifests/1.0.0/",
    "/v2/packs/secret;x=1/manifests/1.0.0",
    "/v2/packs/secret/manifests/1.0.0;x=1",
    "/v2/packs/secret/manifests/1.0.0?name=packs/team-a/base",
    "{endpoint}/v2/packs/secret/manifests/1.0.0",
)
"""Forms of the path of a manifest that only some users can access."""


def server_cases() -> Iterator[Case]:
    """Yield the requests that concern no repository."""
    for path in ("/readyz", "/livez", "/startupz"):
        yield case("GET", path, "public")
    yield case("GET", "/v2/", "login")
    yield case("GET", "/v2/_catalog", "login", note="names")
    yield case("GET", "/v2/_catalog?n=1&last=packs/secres", "login", note="names")
    yield case("GET", "/v2/_oci/ext/discover", "login")
    yield case("GET", "/metrics", "admin")
    yield case("GET", "/metrics/", "admin")
    yield case("GET", "//metrics", "admin", "301>200")
    yield case("GET", "/v2/_zot/pprof/", "admin", "200 404")
    yield case("GET", "/v2/_zot/pprof/heap", "admin", "200 404")
    for name in ("mgmt", "search?query={ImageList(repo:%22%22){Results{RepoName}}}", "userprefs"):
        path = f"/v2/_zot/ext/{name}"
        yield case("GET", path.replace("{", "%7B").replace("}", "%7D"), "none", "404")
    yield case("POST", "/v2/_zot/ext/cosign", "none", "404")
    yield case("GET", "/zot/auth/apikey", "none", "404")
    yield case("POST", "/zot/auth/apikey", "none", "404")
    yield case("GET", "/zot/auth/login", "none", "404")
    yield case("GET", "/v2/", "none", "500", X_ZOT_API_CLIENT="zot-ui")
    yield case("GET", "/", "none", "404")


def all_cases() -> list[Case]:
    """Return all requests, in the order of the table."""
    return [*server_cases(), *api_cases(OWN), *api_cases(OTHER), *tricks()]
