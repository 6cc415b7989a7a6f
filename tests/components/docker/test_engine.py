"""The Docker host as the checks see it, with a fake of Docker's client behind it."""

from __future__ import annotations

import io
import os
import ssl
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docker.errors
import pytest
import requests

from cli.paths import ROOT
from common.errors import UserError
from components.docker import engine
from components.docker.engine import DockerEngine
from components.docker.errors import describe_error, engine_errors
from components.docker.post_update import finish_update
from components.docker.preflight import preflight
from components.docker.reload import activate_htpasswd
from components.docker.smoke_test import needs_smoke_test
from components.validation import validate_settings
from components.verification.probe import TlsTrust
from tests.support.certificates import issue
from tests.support.docker import free_port
from tests.support.fakes import OWNER, FakeContainer, FakeDockerHost
from tests.support.registry_server import Registry, serving

INSPECTED: dict[str, Any] = {
    "Image": "sha256:1",
    "Id": "abc",
    "State": {"Status": "running", "ExitCode": 0},
    "Config": {"Labels": {"pack-registry.stack": "test"}},
    "HostConfig": {
        "PidsLimit": 256,
        "PortBindings": {"5000/tcp": [{"HostIp": "0.0.0.0", "HostPort": "443"}]},
    },
}


def answered(status: int, body: str) -> requests.Response:
    """An answer of Docker's."""
    response = requests.Response()
    response.status_code, response.url = (
        status,
        "http+docker://localhost/v1.51/containers/abc/update",
    )
    response._content = body.encode()
    return response


class Api:
    """What the client's low-level part is asked."""

    api_version = "1.51"
    base_url = "http+docker://localhost"
    _raise_for_status = docker.APIClient._raise_for_status  # type: ignore[attr-defined]  # the library's types leave it out

    def __init__(self, inspected: dict[str, Any] | None = None) -> None:
        self.inspected = inspected
        self.posted: list[tuple[str, Any]] = []
        self.answer = answered(200, "{}")
        self.archived = b""
        self.archives: list[tuple[str, str, bytes]] = []

    def inspect_container(self, name: str) -> dict[str, Any]:
        if self.inspected is None:
            raise docker.errors.NotFound("no such container")
        return self.inspected

    def inspect_image(self, reference: str) -> dict[str, Any]:
        if self.inspected is None:
            raise docker.errors.ImageNotFound("no such image")
        return self.inspected

    def remove_volume(self, name: str) -> None:
        if self.inspected is None:
            raise docker.errors.NotFound("no such volume")

    def post(self, url: str, json: Any) -> Any:
        self.posted.append((url, json))
        return self.answer

    def get_archive(self, identifier: str, directory: str) -> tuple[list[bytes], dict[str, Any]]:
        if self.inspected is None:
            raise docker.errors.NotFound("no such container")
        return [self.archived[:100], self.archived[100:]], {}

    def put_archive(self, identifier: str, directory: str, archive: bytes) -> None:
        if self.inspected is None:
            raise docker.errors.NotFound("no such container")
        self.archives.append((identifier, directory, archive))

    def logs(self, identifier: str, tail: int) -> bytes:
        return b"one\ntwo \xff\n"


def host(api: Api) -> DockerEngine:
    made = DockerEngine("unix:///var/run/docker.sock")
    made.__dict__["client"] = SimpleNamespace(
        api=api, images=SimpleNamespace(get=api.inspect_image)
    )
    return made


@pytest.mark.parametrize(
    ("given", "environment", "url"),
    [
        ("ssh://a", "ssh://b", "ssh://a"),
        ("", "ssh://b", "ssh://b"),
        ("", "", "unix:///var/run/docker.sock"),
        ("", None, "unix:///var/run/docker.sock"),
    ],
)
def test_the_setting_wins_over_the_environment_and_that_over_the_local_socket(
    given: str, environment: str | None, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if environment is not None:
        monkeypatch.setenv("DOCKER_HOST", environment)
    assert DockerEngine(given).url == url, "as the Docker CLI has it"


@pytest.mark.parametrize(
    ("url", "local", "address"),
    [
        ("unix:///var/run/docker.sock", True, "127.0.0.1"),
        ("ssh://ops@build.example.com:2222", False, "build.example.com"),
        ("tcp://10.10.0.5:2376", False, "10.10.0.5"),
        ("tcp://[fd00::5]:2376", False, "fd00::5"),
    ],
)
def test_where_a_hosts_ports_are_reached(url: str, local: bool, address: str) -> None:
    assert (DockerEngine(url).is_local, DockerEngine(url).address) == (local, address), (
        "the proof connects there"
    )


def test_a_host_is_not_asked_before_it_must_be() -> None:
    assert "client" not in DockerEngine("unix:///nonexistent.sock").__dict__, (
        "a preview is timed in tenths of a second"
    )


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ssh://ops@127.0.0.1:2222", ["-l", "ops", "-p", "2222", "--", "127.0.0.1"]),
        ("ssh://edge", ["--", "edge"]),  # whose port may be in ssh's configuration
    ],
)
def test_docker_is_reached_over_ssh_with_the_users_own_ssh(
    tmp_path: Path, url: str, told: list[str]
) -> None:
    asked = tmp_path / "asked"
    (tmp_path / "ssh").write_text(f'#!/bin/sh\necho "$@" >>{asked}\nexit 255\n')
    (tmp_path / "ssh").chmod(0o755)
    ask = "from components.docker.engine import DockerEngine; DockerEngine('@').facts()".replace(
        "@", url
    )
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    # In a process of its own, as the program is: here, other tests have loaded Docker's client already.
    ended = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "paramiko" not in ended.stderr, (
        "Docker's client wants it for every ssh:// host, and uses none of it"
    )
    assert asked.read_text().split()[: len(told)] == told, (
        "aliases, keys and agents are as the user has set them up"
    )


def test_a_hosts_own_authority_is_trusted_whatever_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, elsewhere = issue("Docker CA", ca=True), issue("Proxy CA", ca=True)
    daemon, client = issue("docker", ["127.0.0.1"], authority), issue("operator", issuer=authority)
    for name, text in {
        "ca": authority.certificate_pem,
        "cert": client.certificate_pem,
        "key": client.key_pem,
        "proxy": elsewhere.certificate_pem,
    }.items():
        (tmp_path / f"{name}.pem").write_text(text)
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(variable, str(tmp_path / "proxy.pem"))
    asked = Registry()
    with (
        serving(asked, daemon) as port,
        pytest.raises(docker.errors.DockerException),
    ):  # it is no Docker
        DockerEngine(f"tcp://127.0.0.1:{port}", str(tmp_path)).facts()
    assert [path for path, _ in asked.seen] == ["/version"], (
        "requests lets these variables win over the CA that it was given"
    )


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("address", ["127.0.0.1", "localhost"])
def test_no_proxy_is_asked_for_a_host_on_the_loopback_address(
    address: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, f"http://127.0.0.1:{free_port()}")
    asked = Registry()
    with (
        serving(asked, None) as port,
        pytest.raises(docker.errors.DockerException),
    ):  # it is no Docker
        DockerEngine(f"tcp://{address}:{port}").facts()
    assert [path for path, _ in asked.seen] == ["/version"], "Docker's own command asks none either"


def test_the_proxy_of_the_environment_is_asked_for_another_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy = Registry()
    with serving(proxy, None) as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        with pytest.raises(docker.errors.DockerException):
            DockerEngine("tcp://docker.invalid:2375").facts()
    assert [path for path, _ in proxy.seen] == ["http://docker.invalid:2375/version"], (
        "as Docker's own command does, and NO_PROXY tells it otherwise"
    )


def test_a_container_is_described() -> None:
    found = host(Api(INSPECTED)).container("spectro-registry")
    assert found is not None, "it is there"
    assert (found.id, found.status, found.exit_code, found.pids_limit) == (
        "abc",
        "running",
        0,
        256,
    ), "as Docker has it"
    assert found.labels == {"pack-registry.stack": "test"}, "whose it is"
    assert found.published == {("0.0.0.0", 443)}, (
        "address and port that it has, or takes when it runs"
    )


def test_a_container_of_which_docker_says_little_is_described_too() -> None:
    bare = {
        **INSPECTED,
        "Config": {"Labels": None},
        "HostConfig": {"PidsLimit": None, "PortBindings": None},
    }
    found = host(Api(bare)).container("spectro-registry")
    assert found is not None, "it is there"
    assert (found.labels, found.pids_limit, found.published) == ({}, 0, frozenset()), (
        "Docker leaves out what is not set"
    )


def test_what_is_not_there_is_no_error() -> None:
    empty = host(Api())
    assert empty.container("x") is None, "no container"
    assert (empty.image_id("x:1"), empty.digest("x:1")) == ("", ""), "no image"
    assert empty.remove_volume("x") is False, "no volume"
    assert host(Api(INSPECTED)).remove_volume("x") is True, "a volume"


class Removing(Api):
    """Refuses to remove a container; it is gone after it was looked at so many times."""

    def __init__(self, status: int, looks: int) -> None:
        super().__init__(INSPECTED)
        self.status, self.looks = status, looks

    def remove_container(self, identifier: str, *, force: bool, v: bool) -> None:
        assert (identifier, force, v) == ("abc", True, True)
        kind = docker.errors.NotFound if self.status == 404 else docker.errors.APIError
        raise kind("", response=answered(self.status, ""), explanation=f"answered {self.status}")

    def inspect_container(self, name: str) -> dict[str, Any]:
        self.looks -= 1
        if self.looks < 0:
            self.inspected = None
        return super().inspect_container(name)


def test_a_container_that_is_gone_needs_no_removal() -> None:
    host(Removing(404, looks=9)).remove_container("abc")


def test_a_container_that_another_command_is_removing_is_waited_for() -> None:
    api = Removing(409, looks=2)
    host(api).remove_container("abc")
    assert api.inspected is None, "whoever removes a container takes its name or its volume next"


def test_a_container_that_can_not_be_removed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(docker.errors.APIError, match="answered 500"):
        host(Removing(500, looks=0)).remove_container("abc")
    monkeypatch.setattr(engine, "ENDING_SECONDS", 0.3)
    with pytest.raises(docker.errors.APIError, match="answered 409"):
        host(Removing(409, looks=99)).remove_container("abc")


def test_the_limit_of_processes_is_set_through_dockers_api() -> None:
    api = Api()
    host(api).limit_processes("abc", 512)
    assert api.posted == [
        ("http+docker://localhost/v1.51/containers/abc/update", {"PidsLimit": 512})
    ], "the client has no method for it"


def test_a_limit_that_docker_refuses_is_told_in_its_own_words() -> None:
    api = Api()
    api.answer = answered(409, '{"message": "container is marked for removal"}')
    with pytest.raises(docker.errors.APIError) as raised:
        host(api).limit_processes("abc", 512)
    assert describe_error(raised.value) == "container is marked for removal"


def test_a_file_is_given_another_name_by_a_hard_link() -> None:
    api = Api(INSPECTED)
    host(api).link("abc", "/config", "htpasswd-basic", "htpasswd-basic.new")
    ((identifier, directory, sent),) = api.archives
    assert (identifier, directory) == ("abc", "/config"), "through the writer, which need not run"
    with tarfile.open(fileobj=io.BytesIO(sent)) as tar:
        (member,) = tar.getmembers()
    assert (member.name, member.islnk(), member.linkname) == (
        "htpasswd-basic",
        True,
        "htpasswd-basic.new",
    ), "no contents are moved"


def archive(*members: tuple[str, str]) -> bytes:
    """What Docker gives of a directory: names, and for hard links their target."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, target in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = (
                (tarfile.LNKTYPE, target) if target else (tarfile.REGTYPE, "")
            )
            tar.addfile(member)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("members", "linked"),
    [
        ([("config/a", ""), ("config/b", "config/a")], True),
        ([("config/b", ""), ("config/a", "config/b")], True),
        ([("config/a", ""), ("config/b", "")], False),
        ([("config/a", ""), ("config/c", "config/a")], False),
        ([], False),
    ],
)
def test_whether_two_names_lead_to_one_file(members: list[tuple[str, str]], linked: bool) -> None:
    api = Api(INSPECTED)
    api.archived = archive(*members)
    assert host(api).are_hard_linked("abc", "/config", {"a", "b"}) is linked, (
        "in whatever order Docker gives them"
    )


def test_the_files_of_a_container_that_is_gone_can_neither_be_looked_at_nor_linked() -> None:
    with pytest.raises(LookupError):
        host(Api()).are_hard_linked("abc", "/config", {"a", "b"})
    with pytest.raises(LookupError):
        host(Api()).link("abc", "/config", "a", "b")


def test_a_log_is_read_whatever_is_in_it() -> None:
    assert host(Api()).last_log_lines("abc") == ["one", "two �"], "a log need not be UTF-8"


IMAGE = SimpleNamespace(id="sha256:2", attrs={"RepoDigests": ["example.com/packs@sha256:3"]})


class Images(Api):
    """What is asked of images, and what a registry says."""

    def __init__(self, *said: dict[str, Any]) -> None:
        super().__init__()
        self.said = said
        self.logins: list[dict[str, str] | None] = []

    def inspect_image(self, reference: str) -> Any:
        return IMAGE

    def pull(
        self, reference: str, *, stream: bool, decode: bool, auth_config: dict[str, str] | None
    ) -> Iterator[dict[str, Any]]:
        self.logins.append(auth_config)
        assert (stream, decode) == (True, True), (
            "what is not read as it comes is text without errors"
        )
        return iter(self.said)

    def inspect_distribution(
        self, reference: str, auth_config: dict[str, str] | None
    ) -> dict[str, Any]:
        self.logins.append(auth_config)
        return {"Descriptor": {"digest": "sha256:4"}}


def test_an_image_is_known_by_its_id_and_its_digest() -> None:
    found = host(Images())
    assert found.image_id("example.com/packs:1") == "sha256:2"
    assert found.digest("example.com/packs:1") == "sha256:3"
    IMAGE.attrs["RepoDigests"] = []
    assert found.digest("example.com/packs:1") == "", "it was built or loaded"


def test_an_image_is_fetched_by_the_given_user_or_as_the_user_is_logged_in() -> None:
    api = Images({"status": "Pulling"}, {"status": "Done"})
    host(api).pull("x:1", "ci", "secret")
    host(api).pull("x:1")
    assert api.logins == [{"username": "ci", "password": "secret"}, None], (
        "without a login Docker's own configuration counts"
    )


def test_an_image_that_fails_on_the_way_is_not_fetched() -> None:
    with pytest.raises(docker.errors.APIError, match="no space left on device"):
        host(
            Images({"status": "Pulling"}, {"error": "write /layer: no space left on device"})
        ).pull("x:1")


def test_a_registry_is_asked_for_a_digest_and_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    api, waited = Images(), []

    def from_env(*, timeout: int, **_: Any) -> Any:
        waited.append(timeout)
        return SimpleNamespace(api=api, close=lambda: None)

    monkeypatch.setattr(docker, "from_env", from_env)
    assert DockerEngine().registry_digest("x:1", "ci", "secret") == "sha256:4"
    assert (api.logins, waited) == ([{"username": "ci", "password": "secret"}], [10]), (
        "a preview waits for it"
    )


def ssh_that_knows(directory: Path, answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An `ssh -G` with an answer of its own."""
    program = directory / "ssh"
    program.write_text(f'#!/bin/sh\n[ "$1" = -G ] && [ "$3" = edge ] && {answer}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}{os.pathsep}{os.environ['PATH']}")


def test_an_alias_of_ssh_is_reached_where_ssh_reaches_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssh_that_knows(tmp_path, 'printf "user ops\\nhostname 203.0.113.9\\nport 22\\n"', monkeypatch)
    assert DockerEngine("ssh://ops@edge:2222").address == "203.0.113.9", "no DNS knows the alias"
    assert DockerEngine("tcp://edge:2376").address == "edge", "ssh's configuration is for ssh alone"


@pytest.mark.parametrize("answer", ["exit 255", "echo something else", "exec sleep 9"])
def test_what_ssh_can_not_tell_is_left_to_dns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(engine, "SSH_SECONDS", 0.3)
    ssh_that_knows(tmp_path, answer, monkeypatch)
    assert DockerEngine("ssh://edge").address == "edge"


def test_a_machine_without_ssh_is_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert DockerEngine("ssh://edge").address == "edge"


FAILURES = [
    docker.errors.APIError("500 Server Error", explanation="driver failed\n  programming"),
    requests.HTTPError("500 Server Error"),
    requests.ConnectionError("Connection aborted"),
    BrokenPipeError(32, "Broken pipe"),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_a_failure_of_docker_is_told_in_a_sentence(failure: Exception) -> None:
    with (
        pytest.raises(UserError) as raised,
        engine_errors(DockerEngine("ssh://build"), "it was looked at"),
    ):
        raise failure
    reason = (
        "driver failed programming" if isinstance(failure, docker.errors.APIError) else str(failure)
    )
    assert (
        str(raised.value)
        == f"Docker at ssh://build failed while it was looked at ({reason}); run `make up` again."
    )


@pytest.mark.parametrize("failure", [ValueError("ours"), UserError("told")])
def test_what_is_not_dockers_failure_is_not_told_as_such(failure: Exception) -> None:
    with pytest.raises(type(failure)) as raised, engine_errors(DockerEngine(), "it was looked at"):
        raise failure
    assert raised.value is failure


def test_a_certificate_that_openssl_refuses_is_told_and_not_laid_to_docker() -> None:
    with (
        pytest.raises(UserError) as raised,
        engine_errors(DockerEngine(), "the registry was verified on it"),
    ):
        raise ssl.SSLError(398, "[SSL: CA_MD_TOO_WEAK] ca md too weak")
    assert (
        "refuses a certificate that the registry is to be asked with ([SSL: CA_MD_TOO_WEAK] ca md too weak)"
        in str(raised.value)
    )
    assert "tls.clientCertificatePem" in str(raised.value), (
        "a signature by SHA-1 is seen only when it is used"
    )


class Failing(FakeDockerHost):
    """Answers what it holds, and breaks at the method of a given name."""

    def __init__(self, method: str, *containers: FakeContainer) -> None:
        super().__init__(*containers)

        def fail(*_: Any, **__: Any) -> Any:
            raise docker.errors.APIError("500 Server Error", explanation="no space left on device")

        setattr(self, method, fail)


SERVER = FakeContainer("spectro-registry", pids_limit=0)


@pytest.mark.parametrize(
    ("host", "entry", "doing"),
    [
        (Failing("container"), "preflight", "it was looked at"),
        (Failing("image_id"), "preflight", "it was looked at"),
        (Failing("has_network"), "preflight", "it was looked at"),
        (Failing("container"), "settle", "the registry was verified on it"),
        (Failing("limit_processes", SERVER), "settle", "the registry was verified on it"),
        (Failing("container"), "gate", "it was looked at"),
        (Failing("container"), "publish", "the registry's users were written on it"),
        (Failing("are_hard_linked", SERVER), "publish", "the registry's users were written on it"),
    ],
)
def test_docker_that_fails_in_the_midst_of_an_update_is_told_in_a_sentence(
    host: Failing, entry: str, doing: str
) -> None:
    settings = validate_settings(
        {
            "hostname": "localhost",
            "port": free_port(),
            "verify": entry == "gate",
            "networks": ["backend"],
        },
        "a test",
    )
    steps: dict[str, Callable[[], object]] = {
        "preflight": lambda: preflight(host, settings, OWNER, pull=True),
        "settle": lambda: finish_update(host, settings, {}, TlsTrust()),
        "gate": lambda: needs_smoke_test(host, settings, "sha256:new"),
        "publish": lambda: activate_htpasswd(host, "spectro-registry", "writer"),
    }
    with pytest.raises(UserError) as raised:
        steps[entry]()
    assert (
        str(raised.value)
        == f"Docker at {host.url} failed while {doing} (no space left on device); run `make up` again."
    ), "no traceback"
