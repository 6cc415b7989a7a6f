"""The engine's client: URL, containers, files and volumes."""

from __future__ import annotations

import base64
import io
import tarfile
from typing import Any

import docker.errors
import pytest

from components.docker import engine
from components.docker.archive import make_owner_change, make_tar
from components.docker.container_spec import ContainerSpec
from components.docker.engine import DockerEngine
from components.docker.errors import describe_error
from tests.components.docker.docker_api import INSPECTED, Api, engine_of, response
from tests.components.docker.tars import make_links


@pytest.mark.parametrize(
    ("setting", "environment", "url"),
    [
        ("ssh://a", "ssh://b", "ssh://a"),
        ("", "ssh://b", "ssh://b"),
        ("", "", "unix:///var/run/docker.sock"),
        ("", None, "unix:///var/run/docker.sock"),
    ],
)
def test_url(
    setting: str, environment: str | None, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if environment is not None:
        monkeypatch.setenv("DOCKER_HOST", environment)
    assert DockerEngine(setting).url == url, "as in the Docker CLI"


@pytest.mark.parametrize(
    ("url", "local", "address"),
    [
        ("unix:///var/run/docker.sock", True, "127.0.0.1"),
        ("ssh://ops@build.example.com:2222", False, "build.example.com"),
        ("tcp://10.10.0.5:2376", False, "10.10.0.5"),
        ("tcp://[fd00::5]:2376", False, "fd00::5"),
    ],
)
def test_address(url: str, local: bool, address: str) -> None:
    assert (DockerEngine(url).is_local, DockerEngine(url).address) == (local, address)


@pytest.mark.parametrize(
    ("url", "cert_path", "variables"),
    [
        ("", "", {}),
        ("ssh://a", "", {"DOCKER_HOST": "ssh://a"}),
        (
            "tcp://a:2376",
            "/certs",
            {"DOCKER_HOST": "tcp://a:2376", "DOCKER_CERT_PATH": "/certs", "DOCKER_TLS_VERIFY": "1"},
        ),
    ],
)
def test_variables(url: str, cert_path: str, variables: dict[str, str]) -> None:
    assert DockerEngine(url, cert_path).variables == variables


def test_connects_at_first_use() -> None:
    assert "client" not in DockerEngine("unix:///nonexistent.sock").__dict__


def test_container() -> None:
    found = engine_of(Api(INSPECTED)).container("spectro-registry")
    assert found is not None
    state = (found.id, found.status, found.exit_code, found.pids_limit)
    assert state == ("abc", "running", 0, 256)
    assert found.labels == {"pack-registry.stack": "test"}
    assert found.published == found.served == {("0.0.0.0", 443)}


def test_container_without_options() -> None:
    bare = {
        **INSPECTED,
        "Config": {"Labels": None},
        "HostConfig": {"PidsLimit": None, "PortBindings": None},
    }
    found = engine_of(Api(bare)).container("spectro-registry")
    assert found is not None
    assert (found.labels, found.pids_limit, found.published) == ({}, 0, frozenset())


def test_missing_objects() -> None:
    empty = engine_of(Api())
    assert empty.container("x") is None
    assert (empty.image_id("x:1"), empty.digest("x:1")) == ("", "")
    assert empty.remove_volume("x") is False
    assert engine_of(Api(INSPECTED)).remove_volume("x") is True


class Creating(Api):
    """Records the request to create a container."""

    def __init__(self) -> None:
        super().__init__()
        self.created: list[tuple[dict[str, Any], str]] = []

    def create_host_config(self, **options: Any) -> dict[str, Any]:
        return options

    def create_container_config(self, **options: Any) -> dict[str, Any]:
        return options

    def create_container_from_config(self, config: dict[str, Any], name: str) -> dict[str, str]:
        self.created.append((config, name))
        return {"Id": "abc"}


def test_create_container() -> None:
    api, spec = Creating(), ContainerSpec(name="server", image="x:1", labels={"a": "b"})
    assert engine_of(api).create_container(spec) == "abc"
    ((config, name),) = api.created
    assert (name, config["image"], config["labels"]) == ("server", "x:1", {"a": "b"})
    assert config["host_config"]["network_mode"] == "bridge"


class Removing(Api):
    """Refuses to remove a container, which disappears after some inspections."""

    def __init__(self, status: int, inspections: int) -> None:
        super().__init__(INSPECTED)
        self.status, self.inspections = status, inspections

    def remove_container(self, identifier: str, *, force: bool, v: bool) -> None:
        assert (identifier, force, v) == ("abc", True, True)
        kind = docker.errors.NotFound if self.status == 404 else docker.errors.APIError
        raise kind("", response=response(self.status, ""), explanation=f"status {self.status}")

    def inspect_container(self, name: str) -> dict[str, Any]:
        self.inspections -= 1
        if self.inspections < 0:
            self.inspected = None
        return super().inspect_container(name)


def test_remove_missing_container() -> None:
    engine_of(Removing(404, inspections=9)).remove_container("abc")


def test_remove_waits_for_other_removal() -> None:
    api = Removing(409, inspections=2)
    engine_of(api).remove_container("abc")
    assert api.inspected is None, "the name and the volumes are free afterwards"


def test_remove_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(docker.errors.APIError, match="status 500"):
        engine_of(Removing(500, inspections=0)).remove_container("abc")
    monkeypatch.setattr(engine, "ENDING_SECONDS", 0.05)
    with pytest.raises(docker.errors.APIError, match="status 409"):
        engine_of(Removing(409, inspections=99)).remove_container("abc")


def test_limit_processes() -> None:
    api = Api()
    engine_of(api).limit_processes("abc", 512)
    url = "http+docker://localhost/v1.51/containers/abc/update"
    assert api.posted == [(url, {"PidsLimit": 512})], "docker-py has no method for it"


def test_limit_processes_error() -> None:
    api = Api()
    api.answer = response(409, '{"message": "container is marked for removal"}')
    with pytest.raises(docker.errors.APIError) as raised:
        engine_of(api).limit_processes("abc", 512)
    assert describe_error(raised.value) == "container is marked for removal"


def test_hard_link() -> None:
    api = Api(INSPECTED)
    engine_of(api).hard_link("abc", "/config", "htpasswd-basic", "htpasswd-basic.new")
    ((identifier, directory, sent),) = api.extracted
    assert (identifier, directory) == ("abc", "/config")
    with tarfile.open(fileobj=io.BytesIO(sent)) as tar:
        (member,) = tar.getmembers()
    link = (member.name, member.islnk(), member.linkname)
    assert link == ("htpasswd-basic", True, "htpasswd-basic.new")


def test_owners() -> None:
    api = Api(INSPECTED)
    api.archive = make_tar(
        {"config/tls.key": ("text", "0400"), "config/mirror/ca.crt": ("", "0444")}
    )
    engine = engine_of(api)
    found = engine.stat("abc", "/config")
    assert found
    assert (found.uid, found.mode) == (0, 0o400)
    assert engine_of(Api()).stat("abc", "/config") is None
    engine.change_owner("abc", "/config", 0)
    assert api.extracted == [], "they already belong to root"
    engine.change_owner("abc", "/config", 65532)
    assert api.extracted == [
        ("abc", "/config", make_owner_change(["tls.key", "mirror/ca.crt"], 65532))
    ]
    with pytest.raises(LookupError):
        engine_of(Api()).change_owner("abc", "/config", 0)


def test_paths_are_looked_up_without_an_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api(INSPECTED)
    monkeypatch.setattr(api, "get_archive", None)
    api.answer = response(200, "")
    text = base64.b64encode(b'{"name": "zot", "size": 12}').decode()
    api.answer.headers["X-Docker-Container-Path-Stat"] = text
    engine = engine_of(api)
    assert engine.has_path("abc", "/data/zot")
    assert engine.file_size("abc", "/data/zot") == 12
    assert api.headed == [("/containers/abc/archive", "/data/zot")] * 2
    api.answer = response(404, "")
    assert not engine.has_path("abc", "/data/zot")
    api.answer = response(500, '{"message": "broken"}')
    with pytest.raises(docker.errors.APIError):
        engine.has_path("abc", "/data/zot")


def test_are_hard_linked() -> None:
    api = Api(INSPECTED)
    api.archive = make_links(("config/a", ""), ("config/b", "config/a"))
    assert engine_of(api).are_hard_linked("abc", "/config", {"a", "b"}), "chunks are joined"
    assert not engine_of(api).are_hard_linked("abc", "/config", {"a", "c"})


def test_files_of_missing_container() -> None:
    with pytest.raises(LookupError):
        engine_of(Api()).are_hard_linked("abc", "/config", {"a", "b"})
    with pytest.raises(LookupError):
        engine_of(Api()).hard_link("abc", "/config", "a", "b")
    with pytest.raises(LookupError):
        engine_of(Api()).read_archive("abc", "/config")


def test_log_with_invalid_utf8() -> None:
    assert engine_of(Api()).last_log_lines("abc") == ["one", "two �"]
