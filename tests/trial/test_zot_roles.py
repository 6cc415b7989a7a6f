"""What each role can do in an OCI registry of zot: a table of requests, and sessions."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support import live
from tests.support.docker import docker_is_missing, skip_or_fail
from tests.support.flavors import ZOT
from tests.support.role_requests import MANIFEST_TYPE, MARKER, OTHER, all_cases
from tests.support.role_table import ROLES, Identity, Packs, digest_of, fill
from tests.support.text_snapshot import TextSnapshotExtension
from tests.support.trial import TrialRegistry
from tests.support.zot import require_zot, zot_image

USERS: list[dict[str, Any]] = [
    {"name": "reader"},
    {"name": "team-a", "role": "writer", "repositories": ["packs/team-a"]},
    {"name": "writer", "role": "writer"},
    {"name": "ops", "role": "admin"},
]
REMOVED = {"name": "removed", "role": "admin"}
COLUMNS = ("nobody", "wrong", "removed", *ROLES)
FAST = {"failDelaySeconds": 0}
RESTARTED = "is being restarted"

TITLE = """What each user gets for each request: without credentials, with a wrong password, as an
admin who was removed from the settings, as a reader, as a writer, as a writer who is limited to
packs/team-a, as a user with the role admin, and as `admin`. `301>403` is a redirect that leads
to 403. In a catalog, `+` is packs/team-a/base, and `*` is packs/secret.

"""


class Registry:
    """A running registry, and its users."""

    def __init__(self, trial: TrialRegistry, outputs: dict[str, Any]) -> None:
        self.trial = trial
        self.outputs = outputs

    def identity(self, name: str, password: str | None) -> Identity:
        endpoint, ca = self.outputs["endpoint"], self.outputs["caCertificate"]
        credentials = None if password is None else f"{name}:{password}"
        return Identity(name, endpoint, ca, credentials)

    def user(self, name: str) -> Identity:
        return self.identity(name, self.outputs["users"][name])


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.Factory[TrialRegistry]]:
    skip_or_fail(docker_is_missing(), "REQUIRE_DOCKER")
    require_zot()
    made = live.Factory(tmp_path_factory.mktemp("zot"), TrialRegistry)
    yield made
    made.remove()


@pytest.fixture(scope="module")
def registry(factory: live.Factory[TrialRegistry]) -> Registry:
    trial = factory(**ZOT, image=zot_image(), zot=FAST, users=[*USERS, REMOVED])
    removed = trial.up()["users"]["removed"]
    trial.write(users=USERS)
    registry = Registry(trial, trial.up())
    assert RESTARTED not in trial.said, "the update replaces the server"
    registry.outputs["users"]["removed"] = removed
    return registry


@pytest.fixture(scope="module")
def identities(registry: Registry) -> list[Identity]:
    wrong = registry.identity("admin", "wrong")
    wrong.name = "wrong"
    return [
        registry.identity("nobody", None),
        wrong,
        *(registry.user(name) for name in COLUMNS[2:]),
    ]


def test_table(registry: Registry, identities: list[Identity], snapshot: SnapshotAssertion) -> None:
    table = fill(all_cases(), identities, Packs(registry.user("admin")))
    assert table.deviations == [], "least privilege"
    head = "".join(f"{name:<9}" for name in COLUMNS) + "request"
    text = TITLE + "\n".join(line.rstrip() for line in (head, *table.lines)) + "\n"
    assert text == snapshot(extension_class=TextSnapshotExtension)


def test_mount_reads_no_other_repository(registry: Registry) -> None:
    packs = Packs(registry.user("admin"))
    digest = digest_of(MARKER)
    team = registry.user("team-a")
    own = "/v2/packs/team-a/base"
    team.send("POST", f"{own}/blobs/uploads/?mount={digest}&from={OTHER}")
    assert team.send("HEAD", f"{own}/blobs/{digest}")[0].status == 404
    manifest = packs.manifest(OTHER)
    stolen = team.send("PUT", f"{own}/manifests/stolen", manifest, MANIFEST_TYPE)
    assert stolen[0].status in (400, 404)


def test_http2(registry: Registry, identities: list[Identity], tmp_path: Path) -> None:
    curl = shutil.which("curl")
    if not curl or b"HTTP2" not in subprocess.check_output([curl, "--version"]):
        pytest.skip("curl with HTTP/2 is not on PATH")
    ca = tmp_path / "ca.crt"
    ca.write_text(registry.outputs["caCertificate"])
    Packs(registry.user("admin"))
    for identity in identities:
        for method, path in (
            ("GET", f"/v2/{OTHER}/manifests/1.0.0"),
            ("POST", f"/v2/{OTHER}/blobs/uploads/"),
            ("DELETE", f"/v2/{OTHER}/manifests/none"),
            ("GET", f"//v2/{OTHER}/manifests/1.0.0"),
            ("GET", "/v2/packs%2Fsecret/manifests/1.0.0"),
            ("GET", "/metrics"),
        ):
            command = [curl, "--silent", "--http2", "--path-as-is", "--request", method]
            command += ["--cacert", str(ca), "--output", "/dev/null"]
            command += ["--write-out", "%{http_version} %{http_code}"]
            if identity.credentials:
                command += ["--user", identity.credentials]
            seen = subprocess.check_output([*command, identity.endpoint + path], text=True)
            expected = identity.send(method, path)[0].status
            assert seen == f"2 {expected}", (identity.name, method, path)


UI = {"X-ZOT-API-CLIENT": "zot-ui"}
"""Header with which zot answers a login with a cookie."""


def cookie_of(user: Identity) -> str | None:
    """Log in as the web page does, and return the cookie of the session."""
    response, _ = user.send("GET", "/v2/", headers=UI)
    cookies = response.headers.get_all("Set-Cookie") or []
    return next((each for each in cookies if each.startswith("session=")), None)


def status_of(registry: Registry, cookie: str, method: str = "GET", path: str = "/v2/") -> int:
    """Return the status of a request with only a cookie."""
    sent = {**UI, "Cookie": cookie.partition(";")[0]}
    return registry.identity("nobody", None).send(method, path, headers=sent)[0].status


def test_no_session_outlives_a_password(registry: Registry) -> None:
    assert cookie_of(registry.user("ops")) is None, "there are no sessions without the web page"
    trial = registry.trial
    trial.write(zot={**FAST, "web": True})
    registry.outputs = trial.up()
    cookie = cookie_of(registry.user("ops"))
    assert cookie
    assert "Secure" in cookie
    push = ("POST", "/v2/packs/new/blobs/uploads/")
    assert status_of(registry, cookie, *push) == 202
    container = docker.from_env().containers.get(trial.stack_name)
    trial.write(rotation="2027-01")
    registry.outputs = trial.up()
    assert docker.from_env().containers.get(trial.stack_name).id != container.id
    assert status_of(registry, cookie) == 401
    assert status_of(registry, cookie, *push) == 401
    left = cookie_of(registry.user("ops"))
    assert left
    trial.write(users=USERS[:-1])
    registry.outputs = trial.up()
    assert status_of(registry, left) == 401, "a removed user"
    trial.write(zot=FAST)
    registry.outputs = trial.up()
    assert cookie_of(registry.user("writer")) is None
