"""What ``make status`` asks a Docker host."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli.condition import Line, Space, State, UnknownError
from cli.docker import data_size
from cli.docker.inspection import DockerInspection
from cli.pulumi.record import Record
from common.labels import MAINTENANCE_LABEL, Owner
from components.maintenance.lock import Holder
from components.maintenance.operation import Operation
from tests.support.component import settings_of
from tests.support.fakes import FakeContainer, FakeEngine
from tests.support.status import file_in_tar

OWNER = Owner("pack-registry", "prod", "registry")
IMAGE = "registry.example.com/packs:1"
RECORDED = {"type": "docker:index/remoteImage:RemoteImage", "inputs": {"name": IMAGE}}


class Engine(FakeEngine):
    """A Docker engine with one server, whose state a test changes."""

    def __init__(self, **options: Any) -> None:
        container = FakeContainer("packs", OWNER.labels, (8443,), ip="127.0.0.1")
        super().__init__(container, DockerRootDir="/var/lib/docker", **options)
        self.state: dict[str, Any] = {"Status": "running", "StartedAt": _days_ago(30)}
        self.restarts = 0
        self.mounts: list[dict[str, Any]] = []
        self.files_by_path: dict[str, bytes] = {}
        self.sizes: dict[str, int] = {}

    def inspect(self, name: str) -> dict[str, Any] | None:
        found = super().inspect(name)
        if found is None:
            return None
        found["State"] = {"ExitCode": 0, **self.state}
        found["HostConfig"]["PortBindings"] = {
            "5000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8443"}]
        }
        return {**found, "RestartCount": self.restarts, "Mounts": self.mounts}

    def read_archive(self, identifier: str, path: str) -> bytes:
        if path not in self.files_by_path:
            raise LookupError(path)
        return file_in_tar("htpasswd-basic", self.files_by_path[path])

    def volume_size(self, name: str) -> int | None:
        return self.sizes.get(name)


def _days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def inspection(engine: FakeEngine, recorded: Any = RECORDED, **settings: Any) -> DockerInspection:
    values = {"containerName": "packs", "image": IMAGE, **settings}
    record = Record("prod", {"containerName": "packs"}, (recorded,), ())
    return DockerInspection(engine, settings_of(**values), "prod", record)


def lines(engine: Engine, **settings: Any) -> dict[str, Line]:
    return {line.check: line for line in inspection(engine, **settings).server()}


def test_running_server() -> None:
    found = lines(Engine())
    assert {name: line.state for name, line in found.items()} == {
        "server": State.OK,
        "restarts": State.OK,
        "image": State.OK,
    }


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ({"Status": "paused"}, "container packs is paused"),
        ({"Status": "restarting"}, "container packs is restarting"),
        ({"Status": "exited", "ExitCode": 137}, "container packs has exited (exit code 137)"),
        ({"Status": "dead"}, "container packs is dead (exit code 0)"),
        ({"Health": {"Status": "unhealthy"}}, "container packs is unhealthy"),
    ],
)
def test_server_that_does_not_serve(state: dict[str, Any], text: str) -> None:
    engine = Engine()
    engine.state |= state
    line = lines(engine)["server"]
    assert (line.state, line.value) == (State.ERROR, text)
    assert "`make up STACK=prod`" in line.fix


def test_missing_container() -> None:
    engine = Engine()
    engine.held.clear()
    assert list(lines(engine)) == ["server"]
    assert lines(engine)["server"].value == "there is no container packs"
    with pytest.raises(UnknownError, match="there is no container packs"):
        inspection(engine).htpasswd()


def test_container_of_another_owner() -> None:
    engine = Engine()
    engine.held["packs"].labels = {}
    assert "does not belong to this stack" in lines(engine)["server"].value


@pytest.mark.parametrize(
    ("restarts", "days", "out_of_memory", "state", "text"),
    [
        (0, 1, False, State.OK, "0"),
        (2, 1, False, State.WARNING, "`docker -H ssh://build logs --tail 100 packs`"),
        (2, 1, True, State.WARNING, "Increase limits.memory"),
        (2, 8, False, State.OK, "2, the last one at"),
    ],
)
def test_restarts(restarts: int, days: int, out_of_memory: bool, state: State, text: str) -> None:
    engine = Engine(url="ssh://build")
    engine.restarts = restarts
    engine.state |= {"StartedAt": _days_ago(days), "OOMKilled": out_of_memory}
    line = lines(engine)["restarts"]
    assert line.state is state
    assert text in line.value + line.fix


def test_image() -> None:
    engine = Engine()
    engine.held_id = "sha256:2"
    assert "has moved to 2, and 1 runs" in lines(engine)["image"].value
    engine.images = ()
    assert "is no longer on the Docker host" in lines(engine)["image"].value
    line = lines(engine, image="registry.example.com/packs:2")["image"]
    assert line.state is State.WARNING
    assert line.value == f"{IMAGE} runs, and the settings name registry.example.com/packs:2"


def test_lock() -> None:
    engine = Engine()
    (line,) = inspection(engine).maintenance()
    assert line.state is State.OK
    engine.held["packs-read-only"] = FakeContainer("packs-read-only", OWNER.labels)
    (line,) = inspection(engine).maintenance()
    assert (line.state, "read-only" in line.value) == (State.ERROR, True)
    labels = {**OWNER.labels, MAINTENANCE_LABEL: Holder.current(Operation.BACKUP).to_text()}
    engine.held["packs-maintenance"] = FakeContainer("packs-maintenance", labels)
    (line,) = inspection(engine).maintenance()
    assert (line.state, "held by backup" in line.value) == (State.OK, True)


def test_connection() -> None:
    engine = Engine()
    with inspection(engine).connection() as probe:
        assert (probe.endpoint.address, probe.endpoint.port) == ("127.0.0.1", 8443)
    engine.state["Status"] = "exited"
    with pytest.raises(UnknownError, match="has exited"), inspection(engine).connection():
        pass
    remote = Engine(url="tcp://203.0.113.5:2376")
    with (
        pytest.raises(UnknownError, match="only on the Docker host"),
        inspection(remote).connection(),
    ):
        pass


@pytest.mark.parametrize("directory", ["/auth", "/config"])
def test_htpasswd(directory: str) -> None:
    engine = Engine()
    engine.files_by_path[f"{directory}/htpasswd-basic"] = b"admin:x\n"
    text, fix = inspection(engine).htpasswd()
    assert text == "admin:x\n"
    remove = "docker -H unix:///var/run/docker.sock rm packs-config-users-writer"
    assert fix.startswith(f"Run `{remove}`, then `make up STACK=prod`")


def test_no_htpasswd() -> None:
    with pytest.raises(UnknownError, match="no htpasswd file"):
        inspection(Engine()).htpasswd()


def mounted(engine: Engine, source: str, name: str = "") -> Engine:
    engine.mounts = [{"Destination": "/data", "Source": source, "Name": name}]
    return engine


def test_size_of_local_directory(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "data").write_bytes(bytes(1000))
    (tmp_path / "link").symlink_to("/")
    size = inspection(mounted(Engine(), str(tmp_path))).size()
    assert 1000 <= size < 1100


def test_size_of_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_size, "WALK_SECONDS", -1.0)
    with pytest.raises(UnknownError, match="too many files"):
        inspection(mounted(Engine(), str(tmp_path))).size()


def test_size_of_volume_that_docker_knows() -> None:
    engine = mounted(Engine(url="tcp://203.0.113.5:2376"), "/var/lib/docker/volumes/x", "x")
    with pytest.raises(UnknownError, match=r"only root of the Docker host 203.0.113.5"):
        inspection(engine).size()
    engine.sizes["x"] = 5000
    assert inspection(engine).size() == 5000


def test_size_of_remote_directory() -> None:
    engine = mounted(Engine(url="ssh://build"), "/srv/my packs")
    storage = {"kind": "path", "path": "/srv/my packs"}
    with pytest.raises(UnknownError) as caught:
        inspection(engine, storage=storage).size()
    assert caught.value.fix == "Run `ssh build sudo du -sh '/srv/my packs'`."


def spaces(engine: Engine, **settings: Any) -> dict[str, Space | Line]:
    found = inspection(engine, **settings).spaces()
    return {each.check if isinstance(each, Line) else each.name: each for each in found}


def test_space_of_local_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def usage(path: str) -> Any:
        if path == str(tmp_path):
            raise PermissionError
        return SimpleNamespace(total=100, used=50, free=40)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    engine = mounted(Engine(), str(tmp_path))
    found = spaces(engine)
    assert isinstance(found["space"], Line)
    assert "can't read" in found["space"].value
    docker = found["docker space"]
    assert isinstance(docker, Space)
    assert (docker.size, docker.free) == (90, 40), "without what root has reserved"
    engine = mounted(Engine(), "/var/lib/docker/volumes/x/_data")
    assert isinstance(spaces(engine)["space"], Space)


def test_space_of_remote_host() -> None:
    found = spaces(mounted(Engine(url="ssh://build"), "/srv/packs"))
    for check, path in (("space", "/srv/packs"), ("docker space", "/var/lib/docker")):
        line = found[check]
        assert isinstance(line, Line)
        assert (line.state, line.fix) == (State.UNKNOWN, f"Run `ssh build df -h {path}`.")


def test_space_of_bucket_and_share() -> None:
    s3 = {"kind": "s3", "s3": {"bucket": "packs", "region": "us-east-1"}}
    line = spaces(Engine(), storage=s3)["space"]
    assert isinstance(line, Line)
    assert line.value == "S3 does not report free space (the bucket packs)"
    nfs = {"kind": "nfs", "nfs": {"server": "nfs.example.com", "export": "/packs"}}
    line = spaces(mounted(Engine(), "/nowhere"), storage=nfs)["space"]
    assert isinstance(line, Line)
    assert "is not mounted on this machine" in line.value
    memory = {"kind": "memory", "confirmLoss": True}
    assert list(spaces(Engine(), storage=memory)) == ["docker space"]


def test_time_and_errors() -> None:
    engine = Engine(SystemTime="2026-11-26T08:00:00.123456789Z")
    assert inspection(engine).time().hour == 8
    described = inspection(engine).describe(OSError("refused"))
    assert described == "Docker error on unix:///var/run/docker.sock: refused"
