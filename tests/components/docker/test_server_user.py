"""The user of a server, and the directories that this user must own."""

from __future__ import annotations

import tarfile
from collections.abc import Sequence
from typing import Any

import docker.errors
import pytest

from common.errors import UserError
from components.docker import server_user
from components.docker.container_spec import Mount
from components.docker.errors import ContainerNotOwnedError
from components.docker.server_user import prepare
from tests.support.component import container, declare, plan_of
from tests.support.fakes import OTHER_OWNER, FakeContainer, FakeEngine, docker_context
from tests.support.flavors import DISTRIBUTION, ZOT

NAME, OWN, OWN_ID = "spectro-registry", "65532:65532", 65532
PREPARER = f"{NAME}-prepare"
DATA, SCRATCH = Mount("/data", f"{NAME}-data"), Mount("/scratch", f"{NAME}-scratch")
MOUNTS = {"/data": f"{NAME}-data"}
MIRRORS = {"mirrors": [{"url": "https://central.example.com"}]}
NFS = {"kind": "nfs", "nfs": {"server": "nas.example.com", "export": "/packs"}}
PATH = {"kind": "path", "path": "/srv/packs"}
CREATED = [("create", PREPARER), ("extract", "/data"), ("remove", PREPARER)]
INSPECTED = [("create", PREPARER), ("remove", PREPARER)]


def prepared(
    engine: FakeEngine, mounts: Sequence[Mount] = (DATA,), **settings: Any
) -> tuple[str, list[tuple[str, str]]]:
    """Return the user, and what changed."""
    plan = plan_of(**ZOT, **settings)
    return prepare(docker_context(engine), plan, "sha256:1", mounts), engine.changes


def owned_by(owner: int | None, *containers: FakeContainer) -> FakeEngine:
    engine = FakeEngine(*containers)
    if owner is not None:
        engine.owners["/data/zot"] = owner
    return engine


def server(user: str = "", **mounts: str) -> FakeContainer:
    return FakeContainer(NAME, user=user, mounts=MOUNTS | mounts)


@pytest.mark.parametrize("storage", [{}, PATH], ids=["volume", "path"])
def test_new_directory(storage: dict[str, Any]) -> None:
    assert prepared(FakeEngine(), storage=storage) == (OWN, CREATED)


def test_own_packs_of_earlier_stack() -> None:
    assert prepared(owned_by(OWN_ID)) == (OWN, INSPECTED)


@pytest.mark.parametrize("owner", [0, 1000])
def test_packs_of_others(owner: int) -> None:
    assert prepared(owned_by(owner)) == ("", INSPECTED)
    running = owned_by(owner, server())
    assert prepared(running) == ("", []), "it is found out through the running server"


class WithoutOwners(FakeEngine):
    """A file system in which all files belong to root, whatever Docker asks for."""

    def extract_archive(self, identifier: str, directory: str, tar: bytes) -> None:
        super().extract_archive(identifier, directory, tar)
        self.owners["/data/zot"] = 0


class Squashing(FakeEngine):
    """A file system that refuses to create a directory for another user."""

    def extract_archive(self, identifier: str, directory: str, tar: bytes) -> None:
        raise docker.errors.APIError("lchown /data/zot: operation not permitted")


@pytest.mark.parametrize(
    ("engine", "user"),
    [
        (FakeEngine(), OWN),
        (owned_by(OWN_ID), OWN),
        (owned_by(0), ""),
        (WithoutOwners(), ""),
        (Squashing(), ""),
    ],
    ids=["owners", "own", "root", "no owners", "squashing"],
)
def test_network_storage(engine: FakeEngine, user: str) -> None:
    assert prepared(engine, storage=NFS)[0] == user


@pytest.mark.parametrize(
    ("owner", "mode", "user"),
    [(0, 0o700, ""), (0, 0o710, ""), (0, 0o711, OWN), (OWN_ID, 0o700, OWN)],
)
def test_data_directory_that_others_cannot_enter(owner: int, mode: int, user: str) -> None:
    engine = FakeEngine()
    engine.owners["/data"], engine.modes["/data"] = owner, mode
    assert prepared(engine, storage=PATH)[0] == user
    assert ("/data/zot" in engine.owners) == bool(user), "otherwise the server creates it"


def test_bucket_needs_nothing() -> None:
    storage = {"kind": "s3", "s3": {"bucket": "packs", "region": "eu-central-1"}}
    assert prepared(FakeEngine(), (), storage=storage) == (OWN, [])


def test_running_server_is_not_inspected() -> None:
    class Unreadable(FakeEngine):
        def stat(self, identifier: str, path: str) -> tarfile.TarInfo | None:
            raise AssertionError

    assert prepared(Unreadable(server(OWN))) == (OWN, [])


def test_server_with_other_volume() -> None:
    engine = FakeEngine(FakeContainer(NAME, user=OWN, mounts={"/data": "another"}))
    assert prepared(engine) == (OWN, CREATED)


def test_stopped_server_after_change_of_owner() -> None:
    stopped = server()
    stopped.status = "exited"
    assert prepared(owned_by(OWN_ID, stopped)) == (OWN, [])


def test_scratch_directory() -> None:
    created = [("create", PREPARER), ("extract", "/data"), ("extract", "/scratch")]
    engine = FakeEngine()
    user, changes = prepared(engine, (DATA, SCRATCH), zot=MIRRORS)
    assert (user, changes) == (OWN, [*created, ("remove", PREPARER)])
    added = owned_by(OWN_ID, server(OWN))
    _, changes = prepared(added, (DATA, SCRATCH), zot=MIRRORS)
    assert ("extract", "/scratch") in changes, "the running server does not have the volume"
    complete = server(OWN, **{"/scratch": f"{NAME}-scratch"})
    assert prepared(FakeEngine(complete), (DATA, SCRATCH), zot=MIRRORS) == (OWN, [])


def test_failure_leaves_no_container() -> None:
    class Failing(FakeEngine):
        def stat(self, identifier: str, path: str) -> tarfile.TarInfo | None:
            raise docker.errors.APIError("no such host")

    engine = Failing()
    with pytest.raises(UserError, match=r"server's directories: no such host\."):
        prepared(engine)
    assert PREPARER not in engine.held


def test_left_container() -> None:
    left = FakeContainer(PREPARER, status="created")
    assert prepared(FakeEngine(left)) == (OWN, [("remove", PREPARER), *CREATED])
    foreign = FakeEngine(FakeContainer(PREPARER, labels=dict(OTHER_OWNER.labels)))
    with pytest.raises(ContainerNotOwnedError):  # the preflight reports it before
        prepared(foreign)
    assert foreign.changes == []


def test_declared_user() -> None:
    assert container(declare(**ZOT)).inputs["user"] == OWN
    assert container(declare(**ZOT, preview=True)).inputs["user"] == OWN
    assert "user" not in container(declare(**DISTRIBUTION)).inputs
    assert "user" not in container(declare()).inputs


@pytest.mark.parametrize(
    ("engine", "user"),
    [
        (FakeEngine(), OWN),
        (FakeEngine(server()), ""),
        (FakeEngine(server(OWN)), OWN),
        (FakeEngine(FakeContainer(NAME, user="1000", mounts={})), OWN),
    ],
    ids=["no server", "root", "own", "other server"],
)
def test_previewed_user(engine: FakeEngine, user: str) -> None:
    context = docker_context(engine)
    found = server_user._expected(context, plan_of(**ZOT), ["/data"])
    assert (found, engine.changes) == (user, [])
