"""Options of zot on a running registry: each one is seen with it and without it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import docker
import pytest

from common.wait import wait_until
from tests.engine.conftest import Factory
from tests.support.docker import bridge_gateway
from tests.support.flavors import ZOT
from tests.support.packs import is_ready, push_versions, whole
from tests.support.registry import Client
from tests.support.zot import log_lines, require_zot, zot_image

PATIENCE = 180
WRITER = {"name": "ci", "role": "writer", "repositories": ["packs/team-a"]}
USERS = [{"name": "spectro"}, WRITER]


@pytest.fixture(autouse=True)
def _zot() -> None:
    require_zot()


def statuses(outputs: dict[str, Any], path: str) -> list[int]:
    """Return the statuses of a path for admin, a reader and without credentials."""
    return [Client.of(outputs, user).status(path) for user in ("admin", "spectro", None)]


def audits(container: str, user: str) -> list[tuple[str, str, str]]:
    """Return action, object and address of a user's changes in the log."""
    return [
        (line["action"], line["object"], line["clientIP"].rpartition(":")[0])
        for line in log_lines(container)
        if line.get("message") == "HTTP API Audit" and line["subject"] == user
    ]


def test_metrics_audit_web_and_delay(new_registry: Factory) -> None:
    registry = new_registry(
        **ZOT, image=zot_image(), users=USERS, zot={"web": True, "failDelaySeconds": 5}
    )
    outputs = registry.up()
    ci = Client.of(outputs, "ci")
    push_versions(ci, "packs/team-a/base", "1.0.0")
    whole(ci, "packs/team-a/base", "1.0.0")

    assert statuses(outputs, "/metrics") == [200, 403, 401]
    assert b"zot_" in Client.of(outputs, "admin").request("GET", "/metrics").data
    changes = audits(registry.stack_name, "ci")
    assert {action for action, _, _ in changes} == {"POST", "PUT"}, "reads are not changes"
    assert ("PUT", "/v2/packs/team-a/base/manifests/1.0.0", bridge_gateway()) in changes
    assert seconds_of_login(outputs, "wrong") >= 5
    assert min(seconds_of_login(outputs) for _ in range(5)) < 5
    search = "/v2/_zot/ext/search?query={GlobalSearch(query:%22base%22){Repos{Name}}}"
    assert statuses(outputs, search) == [200, 200, 401]
    registry.expect_no_changes(refresh=True)

    registry.write(
        zot={"metrics": False, "audit": False, "failDelaySeconds": 0, "scrubInterval": ""}
    )
    without = registry.up()
    push_versions(Client.of(without, "ci"), "packs/team-a/base", "1.0.1")
    assert statuses(without, "/metrics") == [404, 404, 404]
    assert audits(registry.stack_name, "ci") == []
    assert min(seconds_of_login(without, "wrong") for _ in range(5)) < 5
    assert statuses(without, search) == [404, 404, 404]


def seconds_of_login(outputs: dict[str, Any], password: str | None = None) -> float:
    start = time.monotonic()
    status = Client.of(outputs, "spectro", password).status("/v2/")
    assert status == (401 if password else 200)
    return time.monotonic() - start


def test_rate_limit_permits_updates(new_registry: Factory) -> None:
    registry = new_registry(**ZOT, image=zot_image(), users=USERS, zot={"rateLimit": 20})
    registry.up()
    registry.write(rotation="2027-01")
    outputs = registry.up()
    registry.write(realm="Packs of ACME")
    outputs = registry.up()
    client = Client.of(outputs)
    assert wait_until(lambda: 429 in {client.status("/livez") for _ in range(100)}, PATIENCE)
    claimed = {client.request("GET", "/livez", headers=address(each)).status for each in range(100)}
    assert claimed == {200}, "as the setting says, a client can claim other addresses"
    registry.write(zot={"rateLimit": 0})
    unlimited = Client.of(registry.up())
    assert {unlimited.status("/livez") for _ in range(400)} == {200}


def address(number: int) -> dict[str, str]:
    return {"X-Forwarded-For": f"10.0.0.{number}"}


def test_scrub_reports_damaged_blob(new_registry: Factory, tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    packs.mkdir()
    registry = new_registry(
        **ZOT,
        image=zot_image(),
        storage={"kind": "path", "path": str(packs)},
        zot={"scrubInterval": "2h"},
    )
    admin = Client.of(registry.up(), "admin")
    digest = admin.push("packs/nginx", b"a pack")
    whole(admin, "packs/nginx", "1.0.0")
    container = docker.from_env().containers.get(registry.stack_name)
    container.restart()

    def checked(status: str) -> list[dict[str, Any]]:
        return [
            line
            for line in log_lines(registry.stack_name)
            if line.get("component") == "scrub" and line.get("status") == status
        ]

    assert wait_until(lambda: bool(checked("ok")), PATIENCE)
    assert checked("affected") == []
    algorithm, _, name = digest.partition(":")
    (packs / "zot" / "packs" / "nginx" / "blobs" / algorithm / name).write_bytes(b"b pack")
    container.restart()
    assert wait_until(lambda: bool(checked("affected")), PATIENCE)
    (line,) = checked("affected")
    assert (line["image"], line["tag"], line["affected blob"]) == ("packs/nginx", "1.0.0", name)
    assert wait_until(lambda: is_ready(admin), PATIENCE)
