"""Packs are counted, read and pushed through the server itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest

from cli.condition import Line, State, UnknownError
from cli.status.checks import pull
from cli.status.checks.packs import check_packs, check_push
from tests.support.inspections import FakeInspection, registry_of
from tests.support.oci_server import Failure, OciServer, serving_oci
from tests.support.registry_server import Registry, serving

TYPE = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture
def server() -> OciServer:
    return OciServer()


@pytest.fixture
def url(server: OciServer) -> Iterator[str]:
    with serving_oci(server) as found:
        yield found


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def add(server: OciServer, name: str, tag: str, content: bytes, created: str = "") -> str:
    """Add a version, and return the digest of its file."""
    digest = digest_of(content)
    server.blobs[name, digest] = content
    manifest = {
        "schemaVersion": 2,
        "layers": [{"digest": digest, "size": len(content)}],
        "annotations": {"org.opencontainers.image.created": created},
    }
    text = json.dumps(manifest).encode()
    server.manifests[name, tag] = server.manifests[name, digest_of(text)] = (TYPE, text)
    return digest


def lines(url: str) -> dict[str, Line]:
    return {line.check: line for line in check_packs(registry_of(FakeInspection(url)))}


def test_empty_registry(url: str) -> None:
    found = lines(url)
    assert found["packs"].value == "0 packs, 0 versions"
    assert (found["pull"].state, found["pull"].value) == (State.OK, "there is no pack yet")


def test_newest_version_is_read_first(server: OciServer, url: str) -> None:
    add(server, "packs/a", "1.0.0", b"old", "2026-01-01T00:00:00Z")
    newest = add(server, "packs/b", "1.10.0", b"new", "2026-03-01T00:00:00Z")
    add(server, "packs/b", "1.9.0", b"middle", "2026-02-01T00:00:00Z")
    found = lines(url)
    assert found["packs"].figures == {"packs": 2, "versions": 3}
    assert found["pull"].figures == {"newest": "packs/b:1.10.0", "versions": 2, "bytes": 6}
    blobs = [each for each in server.requests if "/blobs/" in each]
    assert newest in blobs[0]


@pytest.mark.parametrize(
    ("content", "text"), [(b"", "200 with 0 of 3 bytes"), (b"abc", "its digest is")]
)
def test_damaged_blob(server: OciServer, url: str, content: bytes, text: str) -> None:
    digest = add(server, "packs/a", "1.0.0", b"new")
    add(server, "packs/b", "1.0.0", b"other")
    server.blobs["packs/a", digest] = content
    line = lines(url)["pull"]
    assert line.state is State.ERROR
    assert line.value.startswith("packs/a:1.0.0 can't be pulled (GET ")
    assert text in line.value
    assert "`make push PACK=... FORCE=1 STACK=prod`" in line.fix
    assert line.figures == {"damaged": ["packs/a:1.0.0"], "versions": 2}


def test_missing_manifest(server: OciServer, url: str) -> None:
    add(server, "packs/a", "1.0.0", b"new")
    add(server, "packs/b", "1.0.0", b"new")
    server.failures.append(Failure(404, 9, ("GET",), "packs/a/manifests"))
    line = lines(url)["pull"]
    assert (line.state, line.figures["damaged"]) == (State.ERROR, ["packs/a:1.0.0"])


def test_manifest_with_other_digest(server: OciServer, url: str) -> None:
    add(server, "packs/a", "1.0.0", b"new")
    kind, text = server.manifests["packs/a", "1.0.0"]
    index = {"manifests": [{"digest": digest_of(b"other")}]}
    server.manifests["packs/a", digest_of(b"other")] = (kind, text)
    server.manifests["packs/a", "1.0.0"] = (kind, json.dumps(index).encode())
    assert "another digest" in lines(url)["pull"].value


def test_large_blob(server: OciServer, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    add(server, "packs/a", "1.0.0", bytes(2**20))
    monkeypatch.setattr(pull, "MOST_BYTES", 1000)
    line = lines(url)["pull"]
    assert (line.state, "of large files only the beginning" in line.value) == (State.OK, True)


def test_many_packs(server: OciServer, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        add(server, f"packs/{number}", "1.0.0", bytes(100))
    monkeypatch.setattr(pull, "MOST_MANIFESTS", 2)
    monkeypatch.setattr(pull, "MOST_SECONDS", 60.0)
    assert lines(url)["pull"].figures["versions"] == 2
    monkeypatch.setattr(pull, "MOST_BYTES", 100)
    monkeypatch.setattr(pull, "MOST_MANIFESTS", 5)
    assert lines(url)["pull"].figures["versions"] == 2, "the limit was exceeded by the second"


def test_failing_storage(server: OciServer, url: str) -> None:
    server.failures.append(Failure(503, 9))
    found = lines(url)
    assert {name: line.state for name, line in found.items()} == {
        "packs": State.ERROR,
        "pull": State.ERROR,
    }
    assert "503" in found["packs"].value
    assert "`make up STACK=prod`" in found["packs"].fix


def test_catalog_has_pages(server: OciServer, url: str) -> None:
    for number in range(5):
        add(server, f"packs/{number}", "1.0.0", b"new")
    server.page = 2
    assert lines(url)["packs"].figures == {"packs": 5, "versions": 5}


def test_server_does_not_run() -> None:
    with pytest.raises(UnknownError, match="the container packs has exited"):
        list(check_packs(registry_of()))


def test_unknown_passwords(url: str) -> None:
    registry = registry_of(FakeInspection(url), outputs={"users": {}})
    for check in (check_packs, check_push):
        with pytest.raises(UnknownError, match="the settings have"):
            list(check(registry))


@pytest.mark.parametrize(("status", "state"), [(202, State.OK), (500, State.ERROR)])
def test_push(status: int, state: State) -> None:
    server = Registry(upload=status, users={"admin": "an admin's password"})
    with serving(server, None) as port:
        url = f"http://localhost:{port}"
        registry = registry_of(FakeInspection(url), publicEndpoint=url)
        (line,) = check_push(registry)
    assert line.state is state
    assert ("expected status 202: 500" in line.value) is (state is State.ERROR)
