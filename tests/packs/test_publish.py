"""Pushes of packs to a registry in memory, with broken connections and other pushes."""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from common.errors import UserError
from common.packs import CREATED
from components.verification.tls_client import TlsTrust, tls_context
from packs import publish
from packs.annotations import CONTENT, DISPLAY_NAME, LAYER
from packs.archive import write_archive
from packs.failures import UnavailableError
from packs.known import KnownContents
from packs.plan import LocalPacks, State, Step, compare, read_local
from packs.publish import Progress, Published
from packs.registry import PackRegistryClient
from packs.retries import Retries
from packs.source import pack_directories
from packs.workers import WORKERS
from tests.support.certificates import issue
from tests.support.oci_server import ANY, CUT, Failure, OciServer, serving_oci
from tests.support.packs import write_pack

REPOSITORY = "packs/spectro-packs/archive/nginx"


@pytest.fixture(autouse=True)
def _no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "SETTLE_SECONDS", 0.0)


@pytest.fixture
def server() -> OciServer:
    return OciServer()


@pytest.fixture
def endpoint(server: OciServer) -> Iterator[str]:
    with serving_oci(server) as url:
        yield url


def client(endpoint: str, server: OciServer, user: str = "admin") -> PackRegistryClient:
    return PackRegistryClient(endpoint, user, server.users[user], tls_context(TlsTrust("")))


def push(
    target: PackRegistryClient,
    root: Path,
    *,
    force: bool = False,
    attempts: int = 3,
    known: KnownContents | None = None,
) -> tuple[list[Step], Published]:
    """Push what is new, and with force what has other content too. Return all steps."""
    known = known or KnownContents()
    local = read_local(pack_directories(root), known)
    assert not local.errors
    retries = Retries(attempts, first_wait=0.01)
    steps = compare(target, "packs", local.packs, retries, known)
    states = (State.NEW, State.CHANGED) if force else (State.NEW,)
    selected = [step for step in steps if step.state in states]
    progress = Progress(lambda _: None, _ignore, _ignore, _ignore, lambda *_: None)
    return steps, publish.publish(target, selected, progress, retries)


def _ignore(_: int) -> None:
    pass


def states(steps: list[Step]) -> dict[str, str]:
    return {step.reference: step.state for step in steps}


def failing(result: Published) -> str:
    """Return the text of the only error."""
    (error,) = result.errors.values()
    return str(error)


def test_shape(tmp_path: Path, server: OciServer, endpoint: str) -> None:
    write_pack(tmp_path, "nginx", "1.0.0")
    _, result = push(client(endpoint, server), tmp_path)
    manifest = server.tag(REPOSITORY, "1.0.0")
    assert list(result.versions) == ["nginx:1.0.0"]
    assert list(manifest) == ["schemaVersion", "mediaType", "config", "layers", "annotations"]
    assert manifest["config"] == {
        "mediaType": "application/vnd.unknown.config.v1+json",
        "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "size": 2,
    }
    (layer,) = manifest["layers"]
    content = server.blobs[REPOSITORY, layer["digest"]]
    assert layer["size"] == len(content)
    assert layer["mediaType"] == "application/vnd.oci.image.layer.v1.tar"
    assert layer["annotations"] == {"org.opencontainers.image.title": "nginx-1.0.0.tar.gz"}
    written = manifest["annotations"]
    assert set(written) == {CREATED, CONTENT, DISPLAY_NAME, LAYER}
    assert time.strptime(written[CREATED], "%Y-%m-%dT%H:%M:%SZ")
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        assert "nginx-1.0.0/pack.json" in tar.getnames()


def test_second_push_sends_nothing(tmp_path: Path, server: OciServer, endpoint: str) -> None:
    for number in range(20):
        write_pack(tmp_path, f"pack-{number}", "1.0.0")
    push(client(endpoint, server), tmp_path)
    server.requests.clear()
    steps, result = push(client(endpoint, server), tmp_path)
    assert set(states(steps).values()) == {"unchanged"}
    assert not result.versions
    assert server.sent("GET") == len(server.requests) == 20


def test_other_compression_is_unchanged(
    tmp_path: Path, server: OciServer, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another zlib, for example zlib-ng, writes other archives of the same files."""
    directory = write_pack(tmp_path / "packs", "nginx", "1.0.0")
    (directory / "values.yaml").write_text("replicas: 1\n" * 10_000)
    push(client(endpoint, server), tmp_path / "packs")
    (layer,) = server.tag(REPOSITORY, "1.0.0")["layers"]
    monkeypatch.setattr("packs.archive.GZIP_LEVEL", 1)
    steps, result = push(client(endpoint, server), tmp_path / "packs")
    assert states(steps) == {"nginx:1.0.0": "unchanged"}
    assert not result.versions
    local = steps[0].local
    blob = write_archive(directory, local.archive_name, local.content, io.BytesIO(), _ignore)
    assert blob.digest != layer["digest"], "the test compresses as before"


def test_known_versions_need_a_head(tmp_path: Path, server: OciServer, endpoint: str) -> None:
    """Only the registry says which manifest a version has."""
    write_pack(tmp_path, "nginx", "1.0.0")
    write_pack(tmp_path, "redis", "1.0.0")
    push(client(endpoint, server), tmp_path)
    known = KnownContents()
    push(client(endpoint, server), tmp_path, known=known)
    server.requests.clear()
    steps, _ = push(client(endpoint, server), tmp_path, known=known)
    assert set(states(steps).values()) == {"unchanged"}
    assert server.sent("HEAD") == len(server.requests) == 2
    other = "packs/spectro-packs/archive/redis"
    server.manifests[other, "1.0.0"] = server.manifests[REPOSITORY, "1.0.0"]
    steps, _ = push(client(endpoint, server), tmp_path, known=known)
    assert states(steps) == {"nginx:1.0.0": "unchanged", "redis:1.0.0": "changed"}
    del server.manifests[REPOSITORY, "1.0.0"]
    steps, _ = push(client(endpoint, server), tmp_path, known=known)
    assert states(steps)["nginx:1.0.0"] == "new"


def test_digest_header_is_optional(tmp_path: Path, server: OciServer, endpoint: str) -> None:
    server.tells_digests = False
    write_pack(tmp_path, "nginx", "1.0.0")
    known = KnownContents()
    for expected in ("new", "unchanged", "unchanged"):
        steps, result = push(client(endpoint, server), tmp_path, known=known)
        assert not result.errors
        assert set(states(steps).values()) == {expected}


def test_new_repositories_take_whole_blobs(
    tmp_path: Path, server: OciServer, endpoint: str
) -> None:
    """One request for each version, and one blob in one request."""
    server.takes_whole_blobs = True
    for number in range(30):
        write_pack(tmp_path, "nginx", f"1.{number}.0")
        write_pack(tmp_path, f"pack-{number}", "1.0.0")
    _, result = push(client(endpoint, server), tmp_path)
    assert not result.errors
    assert len(result.versions) == 60
    assert server.sent("PUT", "/blobs/") <= 2 * WORKERS  # before the first answer
    assert server.sent("POST", "nginx/blobs/") <= 30 + WORKERS
    before_the_end = server.sent("GET", "nginx/manifests/") - 30
    assert before_the_end <= WORKERS


def test_broken_whole_blob_is_asked_for(tmp_path: Path, server: OciServer, endpoint: str) -> None:
    """The blob may have arrived before the connection broke."""
    server.takes_whole_blobs = True
    write_pack(tmp_path, "nginx", "1.0.0")
    server.failures = [Failure(CUT, methods=("POST",), part="digest=")]
    _, result = push(client(endpoint, server), tmp_path)
    assert not result.errors
    posts = [each for each in server.requests if each.startswith("POST")]
    assert "digest=" in posts[0]
    assert "mount=" in posts[1]


def test_only_new_versions_are_sent(tmp_path: Path, server: OciServer, endpoint: str) -> None:
    for number in range(5):
        write_pack(tmp_path, f"pack-{number}", "1.0.0")
    push(client(endpoint, server), tmp_path)
    write_pack(tmp_path, "pack-1", "1.1.0")
    _, result = push(client(endpoint, server), tmp_path)
    assert list(result.versions) == ["pack-1:1.1.0"]


def test_other_content_is_not_overwritten(tmp_path: Path, server: OciServer, endpoint: str) -> None:
    pack = write_pack(tmp_path, "nginx", "1.0.0")
    push(client(endpoint, server), tmp_path)
    before = dict(server.manifests)
    (pack / "values.yaml").write_text("replicas: 2\n")
    steps, result = push(client(endpoint, server), tmp_path)
    assert states(steps) == {"nginx:1.0.0": "changed"}
    assert not result.versions
    assert server.manifests == before
    _, result = push(client(endpoint, server), tmp_path, force=True)
    assert list(result.versions) == ["nginx:1.0.0"]
    assert server.manifests[REPOSITORY, "1.0.0"] != before[REPOSITORY, "1.0.0"]
    assert states(push(client(endpoint, server), tmp_path)[0]) == {"nginx:1.0.0": "unchanged"}


def push_by_hand(server: OciServer, pack: Path, *layers: bytes, annotated: str = "") -> None:
    """Store a version as `tar` and `oras push` do."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        tar.add(pack, "any-name")
    described = []
    for content in layers or (gzip.compress(written.getvalue()),):
        digest = publish._digest(content)
        server.blobs[REPOSITORY, digest] = content
        described.append({"digest": digest, "size": len(content)})
    manifest = {"layers": described, "annotations": {"other": annotated} if annotated else None}
    stored = ("application/vnd.oci.image.manifest.v1+json", json.dumps(manifest).encode())
    server.manifests[REPOSITORY, "1.0.0"] = stored


def test_version_pushed_by_hand(tmp_path: Path, server: OciServer, endpoint: str) -> None:
    pack = write_pack(tmp_path, "nginx", "1.0.0")
    push_by_hand(server, pack, annotated="yes")
    assert states(push(client(endpoint, server), tmp_path)[0]) == {"nginx:1.0.0": "unchanged"}
    push_by_hand(server, pack)
    (pack / "values.yaml").write_text("replicas: 2\n")
    assert states(push(client(endpoint, server), tmp_path)[0]) == {"nginx:1.0.0": "changed"}


@pytest.mark.parametrize("layers", [(b"text",), (b"a", b"b"), (b"\x1f\x8b",)])
def test_version_of_another_kind(
    tmp_path: Path, server: OciServer, endpoint: str, layers: tuple[bytes, ...]
) -> None:
    push_by_hand(server, write_pack(tmp_path, "nginx", "1.0.0"), *layers)
    assert states(push(client(endpoint, server), tmp_path)[0]) == {"nginx:1.0.0": "changed"}


@pytest.mark.parametrize("content", [b"[]", b"no JSON", b'{"layers": [1]}', b'{"manifests": []}'])
def test_manifest_of_another_kind(
    tmp_path: Path, server: OciServer, endpoint: str, content: bytes
) -> None:
    write_pack(tmp_path, "nginx", "1.0.0")
    server.manifests[REPOSITORY, "1.0.0"] = ("application/json", content)
    assert states(push(client(endpoint, server), tmp_path)[0]) == {"nginx:1.0.0": "changed"}


@pytest.mark.parametrize("method", ANY)
@pytest.mark.parametrize("status", [CUT, 429, 500, 503])
def test_passing_failure(
    tmp_path: Path, server: OciServer, endpoint: str, method: str, status: int
) -> None:
    for number in range(3):
        write_pack(tmp_path, f"pack-{number}", "1.0.0")
    server.failures = [Failure(status, times=2, methods=(method,))]
    _, result = push(client(endpoint, server), tmp_path)
    assert not result.errors
    assert len(result.versions) == 3
    assert [each.times for each in server.failures] == [0] or method == "HEAD"


@pytest.mark.parametrize(
    "part", ["blobs/uploads/?", "blobs/uploads/1", "manifests/1.0.0", "blobs/sha256"]
)
def test_broken_connection_in_each_step(
    tmp_path: Path, server: OciServer, endpoint: str, part: str
) -> None:
    write_pack(tmp_path, "nginx", "1.0.0")
    server.failures = [Failure(CUT, times=2, part=part)]
    _, result = push(client(endpoint, server), tmp_path)
    assert list(result.versions) == ["nginx:1.0.0"]
    assert server.failures[0].times == 0


def test_lasting_failure_stops(tmp_path: Path, server: OciServer, endpoint: str) -> None:
    for number in range(40):
        write_pack(tmp_path, f"pack-{number}", "1.0.0")
    server.failures = [Failure(503, times=10**6, methods=("POST",))]
    _, result = push(client(endpoint, server), tmp_path)
    assert not result.versions
    assert 1 <= len(result.errors) <= 20, "most versions were not tried"
    assert all(isinstance(error, UnavailableError) for error in result.errors.values())


def test_push_after_failure_sends_the_rest(
    tmp_path: Path, server: OciServer, endpoint: str
) -> None:
    for number in range(20):
        write_pack(tmp_path, f"pack-{number}", "1.0.0")
    server.failures = [Failure(503, times=10**6, methods=("PUT",), part="manifests")]
    push(client(endpoint, server), tmp_path, attempts=1)
    assert server.received
    server.failures.clear()
    _, result = push(client(endpoint, server), tmp_path)
    assert len(result.versions) == 20
    assert result.resumed > 0
    archives = {content for content in server.blobs.values() if content != b"{}"}
    assert server.received <= sum(map(len, archives)) + 2 * 20, "no archive is sent twice"


def test_retry_after(tmp_path: Path, server: OciServer, endpoint: str) -> None:
    write_pack(tmp_path, "nginx", "1.0.0")
    server.failures = [Failure(429, methods=("POST",), headers={"Retry-After": "1"})]
    began = time.monotonic()
    _, result = push(client(endpoint, server), tmp_path)
    assert result.versions
    assert time.monotonic() - began > 1


def test_reader_may_not_push(tmp_path: Path, server: OciServer, endpoint: str) -> None:
    write_pack(tmp_path, "nginx", "1.0.0")
    _, result = push(client(endpoint, server, "spectro"), tmp_path)
    text = failing(result)
    assert "Response: 403" in text
    assert "Fix: spectro may not do this. Use a user with the role writer or admin." in text
    assert server.sent("POST") == 1, "it is not repeated"


def test_wrong_password(tmp_path: Path, server: OciServer, endpoint: str) -> None:
    write_pack(tmp_path, "nginx", "1.0.0")
    made = client(endpoint, server)
    server.users["admin"] = "another password"
    with pytest.raises(UserError, match="Run `make up` for this stack") as raised:
        push(made, tmp_path)
    assert "password" not in str(raised.value).replace("has its passwords", "")


def test_wrong_ca(tmp_path: Path, server: OciServer) -> None:
    write_pack(tmp_path, "nginx", "1.0.0")
    context = tls_context(TlsTrust(issue("localhost", ["localhost"]).certificate_pem))
    with serving_oci(server, issue("localhost", ["localhost"])) as url:
        target = PackRegistryClient(url, "admin", server.users["admin"], context)
        with pytest.raises(UserError, match="Its outputs then have the registry's CA certificate"):
            push(target, tmp_path)
    assert server.requests == []


def test_password_stays_with_registry(tmp_path: Path, server: OciServer, endpoint: str) -> None:
    """A registry that names another server for an upload gets the upload itself."""
    write_pack(tmp_path, "nginx", "1.0.0")
    other = OciServer()
    with serving_oci(other) as elsewhere:
        place = f"{elsewhere}/v2/{REPOSITORY}/blobs/uploads/1?state=a"
        server.failures = [
            Failure(202, times=10**6, methods=("POST",), headers={"Location": place})
        ]
        _, result = push(client(endpoint, server), tmp_path)
    assert result.versions
    assert other.requests == []


def test_archive_in_bucket(tmp_path: Path, server: OciServer, endpoint: str) -> None:
    pack = write_pack(tmp_path, "nginx", "1.0.0")
    push_by_hand(server, pack)
    bucket = OciServer(is_open=True)
    (digest,) = [digest for _, digest in server.blobs]
    bucket.blobs["a", digest] = server.blobs[REPOSITORY, digest]
    with serving_oci(bucket) as elsewhere:
        place = {"Location": f"{elsewhere}/v2/a/blobs/{digest}?signature=a"}
        server.failures = [Failure(307, times=9, methods=("GET",), part="blobs", headers=place)]
        assert states(push(client(endpoint, server), tmp_path)[0]) == {"nginx:1.0.0": "unchanged"}
        (pack / "values.yaml").write_text("replicas: 2\n")
        _, result = push(client(endpoint, server), tmp_path, force=True)
    assert result.versions
    assert bucket.requests
    assert set(bucket.authorizations) == {""}, "the bucket gets no password"


def other_push(tmp_path: Path, server: OciServer, endpoint: str, text: str) -> Published:
    """Push the same version with other content."""
    pack = write_pack(tmp_path / "other", "nginx", "1.0.0")
    (pack / "values.yaml").write_text(text)
    return push(client(endpoint, server), tmp_path / "other", force=True)[1]


@pytest.mark.parametrize("moment", ["blobs/uploads/?", "manifests/1.0.0"])
def test_other_push_before(tmp_path: Path, server: OciServer, endpoint: str, moment: str) -> None:
    """Another push ends between the comparison and the tag: it is not overwritten."""
    write_pack(tmp_path / "own", "nginx", "1.0.0")
    made = client(endpoint, server)
    seen: list[str] = []

    def before(method: str, path: str) -> None:
        if moment in path:
            seen.append(path)
        if len(seen) == (2 if moment.startswith("manifests") else 1):
            server.before = lambda *_: None
            assert other_push(tmp_path, server, endpoint, "replicas: 9\n").versions

    server.before = before
    _, result = push(made, tmp_path / "own")
    assert "Another push published nginx:1.0.0 with other content" in failing(result)
    assert not result.versions


def test_other_push_overwrites(
    tmp_path: Path, server: OciServer, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both pushes find the tag free. The one whose tag is overwritten says so."""
    write_pack(tmp_path / "own", "nginx", "1.0.0")

    def sleep(_: float) -> None:
        monkeypatch.undo()
        assert other_push(tmp_path, server, endpoint, "replicas: 9\n").versions

    monkeypatch.setattr("packs.publish.time.sleep", sleep)
    _, result = push(client(endpoint, server), tmp_path / "own")
    assert "Another push has overwritten or deleted nginx:1.0.0" in failing(result)
    assert not result.versions


def test_two_pushes_at_once(
    tmp_path: Path, server: OciServer, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A push that succeeds has its content in the registry, whatever the other one does."""
    monkeypatch.setattr(publish, "SETTLE_SECONDS", 1.0)
    server.before = lambda *_: time.sleep(random.uniform(0, 0.02))
    for number in range(5):
        roots = [tmp_path / f"{number}-{side}" for side in "ab"]
        for root in roots:
            write_pack(root, "nginx", f"1.0.{number}")  # its content is random
        with ThreadPoolExecutor() as pool:
            results = list(pool.map(lambda root: push(client(endpoint, server), root)[1], roots))
        stored = server.manifests[REPOSITORY, f"1.0.{number}"][1]
        written = [each.content for result in results for each in result.versions.values()]
        assert written in ([stored], [])


def test_same_content_at_the_same_time(tmp_path: Path, server: OciServer, endpoint: str) -> None:
    for number in range(10):
        write_pack(tmp_path, f"pack-{number}", "1.0.0")
    with ThreadPoolExecutor() as pool:
        pushes = [pool.submit(push, client(endpoint, server), tmp_path) for _ in range(3)]
    assert [each.result()[1].errors for each in pushes] == [{}, {}, {}]


def test_damaged_storage(tmp_path: Path, server: OciServer, endpoint: str) -> None:
    write_pack(tmp_path, "nginx", "1.0.0")

    def before(method: str, path: str) -> None:
        if method == "GET" and "blobs" in path:
            for key in server.blobs:
                server.blobs[key] = b"damaged"

    server.before = before
    _, result = push(client(endpoint, server), tmp_path)
    assert "returns another archive" in failing(result)


def test_registry_without_mounts(tmp_path: Path, server: OciServer, endpoint: str) -> None:
    server.mounts = False
    for number in range(3):
        write_pack(tmp_path, f"pack-{number}", "1.0.0")
    assert len(push(client(endpoint, server), tmp_path)[1].versions) == 3


def test_pack_that_is_refused_alone(tmp_path: Path, server: OciServer, endpoint: str) -> None:
    for number in range(5):
        write_pack(tmp_path, f"pack-{number}", "1.0.0")
    server.failures = [Failure(413, times=10**6, methods=("POST",), part="pack-3/")]
    _, result = push(client(endpoint, server), tmp_path)
    assert set(result.errors) == {"pack-3:1.0.0"}
    assert len(result.versions) == 4


def local_of(*directories: Path) -> LocalPacks:
    return read_local(directories, KnownContents())


def test_duplicates(tmp_path: Path) -> None:
    first, other = write_pack(tmp_path, "nginx", "1.0.0"), write_pack(tmp_path, "other", "1.0.0")
    second = write_pack(tmp_path / "more", "nginx", "1.0.0")
    assert local_of(first, other, second).duplicates == [first, second]


@pytest.mark.parametrize(
    "written",
    [
        {"name": "../../secret"},
        {"name": "a?b"},
        {"name": 1},
        {"version": "1.0.0/manifests"},
        {"version": 1.0},
        {"version": ""},
    ],
    ids=str,
)
def test_unusable_names(tmp_path: Path, written: dict[str, object]) -> None:
    pack = write_pack(tmp_path, "nginx", "1.0.0")
    content = json.loads((pack / "pack.json").read_text())
    (pack / "pack.json").write_text(json.dumps(content | written))
    local = local_of(pack)
    assert not local.packs
    assert "make pack-check PACK=" in str(local.errors[pack])
