"""Docker's environment variables."""

from __future__ import annotations

import pytest

from common.environment_variables import DOCKER, Rule
from components.docker.docker_variables import environment_problems, remove_unused
from components.docker.engine import DockerEngine
from tests.components.docker.preflight.problems import problems
from tests.support.cases import check_each
from tests.support.fakes import FakeEngine

PLAIN = (
    "The tcp:// Docker host has no certificates. Private keys and passwords would cross the "
    "network in plain text. Set dockerCertPath, or DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, "
    "or use an ssh:// host."
)
TCP = "tcp://10.0.0.5:2376"
TLS = {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/certs"}


@pytest.mark.parametrize("variable", [variable for variable in DOCKER if "*" not in variable.name])
def test_rule(variable: object) -> None:
    name, rule = variable.name, variable.rule  # type: ignore[attr-defined]
    value = "unix:///run/docker.sock" if name == "DOCKER_HOST" else "x"
    found = list(environment_problems(DockerEngine("unix:///run/docker.sock"), {name: value}))
    refused = rule in (Rule.REFUSED, Rule.REMOVED_OR_REFUSED, Rule.TCP_ONLY)
    assert len(found) == refused
    assert all(problem.startswith(f"{name} ") for problem in found)


@pytest.mark.parametrize("names", [(), ("DOCKER_TLS_VERIFY",), ("DOCKER_CERT_PATH",)])
@pytest.mark.parametrize("value", ["", "1"])
@pytest.mark.parametrize("url", [TCP, "tcp://127.0.0.1:2375", "tcp://[::1]:2375"])
def test_tcp_without_certificates(url: str, value: str, names: tuple[str, ...]) -> None:
    assert list(environment_problems(DockerEngine(url), dict.fromkeys(names, value))) == [PLAIN]


def test_tcp_with_certificates() -> None:
    assert list(environment_problems(DockerEngine(TCP), TLS)) == []
    assert list(environment_problems(DockerEngine(TCP, "/certs"), {})) == []
    kept = dict(TLS)
    remove_unused(DockerEngine(TCP), kept)
    assert kept == TLS


def test_tcp_of_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", TCP)
    assert list(environment_problems(DockerEngine(), {})) == [PLAIN]


UNSUPPORTED = (
    *("http://10.0.0.5:2375", "10.0.0.5:2375", "https://a:PW@h", "TCP://10.0.0.5:2375"),
    *("Tcp://10.0.0.5", " tcp://10.0.0.5:2375", "\ttcp://10.0.0.5:2375", "tcp:10.0.0.5:2375"),
    *("tcp:/10.0.0.5:2375", "tcp+ssh://10.0.0.5", "ssh+tcp://10.0.0.5", "tcps://10.0.0.5:2376"),
    *("tls://10.0.0.5:2376", "fd://", "npipe:////./pipe/docker_engine", "docker://x", "localhost"),
    *("//10.0.0.5:2375", "[::1]:2375", "UNIX:///run/docker.sock", "SSH://user@host", "ws://x:1"),
    *("unix:/run/docker.sock", "\u200btcp://10.0.0.5:2375", "vsock://2:2375", "t\tcp://x:1"),
)
PLAIN_TCP = (
    *(
        "tcp://10.0.0.5",
        "tcp://10.0.0.5:2375",
        "tcp://:2375",
        "tcp://[::]:2375",
        "tcp://[fe80::1%eth0]:1",
    ),
    *(
        "tcp://localhost:2375",
        "tcp://localtest.me:2375",
        "tcp://127.1:2375",
        "tcp://0:2375",
        "tcp://",
    ),
    *(
        "tcp://2130706433:2375",
        "tcp://docker.internal:2376",
        "tcp://user:PW@h:2375",
        "tcp://h:2375/v1",
    ),
    *(
        "tcp://h:2376?tls=1",
        "tcp://h:2375 ",
        "tcp://unix:///run/docker.sock",
        "tcp://https://h:2376",
    ),
)


@pytest.mark.parametrize("tls", [{}, {"DOCKER_TLS": "1"}, {"DOCKER_TLS_VERIFY": ""}])
def test_every_form_of_plain_tcp(tls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def check(url: str) -> None:
        monkeypatch.delenv("DOCKER_HOST", raising=False)
        assert list(environment_problems(DockerEngine(url), tls)) == [PLAIN]
        monkeypatch.setenv("DOCKER_HOST", url)
        assert list(environment_problems(DockerEngine(), tls)) == [PLAIN]

    check_each(PLAIN_TCP, check)


def test_unsupported_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(url: str) -> None:
        monkeypatch.setenv("DOCKER_HOST", url)
        assert list(environment_problems(DockerEngine(), {})) == [
            "DOCKER_HOST: unsupported URL. Must start with one of: unix://, tcp://, ssh://."
        ]

    check_each(UNSUPPORTED, check)


@pytest.mark.parametrize("url", ["unix://", "unix://var/run/docker.sock", "unix://~/docker.sock"])
def test_relative_socket(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Docker provider and the Docker CLI refuse what docker-py reads as an absolute path."""
    monkeypatch.setenv("DOCKER_HOST", url)
    (problem,) = environment_problems(DockerEngine(), {})
    assert problem.startswith("DOCKER_HOST: a unix:// URL requires an absolute path")


@pytest.mark.parametrize(
    "url",
    ["ssh://ops:PW@build-1", "ssh://ops:P W@build-1", "ssh://:PW@b"],
)
def test_password_in_url(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", url)
    (problem,) = environment_problems(DockerEngine(), {})
    assert problem.startswith("DOCKER_HOST: a password in the URL is not supported")
    assert "W" not in problem
    assert list(environment_problems(DockerEngine("ssh://ops@build-1:22"), {})) == []


def test_password_in_tcp_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://ops:P/W@10.0.0.5:2376")
    (problem,) = environment_problems(DockerEngine(), TLS)
    assert problem.startswith("DOCKER_HOST: a password in the URL is not supported")


def test_preflight_refuses_before_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    class Untouched(FakeEngine):
        def info(self) -> dict[str, object]:
            raise AssertionError("a request")

    engine = Untouched(url=TCP)
    engine.cert_path = ""
    assert problems(engine) == [PLAIN]
    monkeypatch.setenv("DOCKER_CONTEXT", "other")
    assert len(problems(Untouched())) == 1


def test_local_engine_ignores_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", "/nonexistent")
    with pytest.raises(Exception, match="No such file or directory") as raised:
        DockerEngine("unix:///nonexistent.sock").info()
    assert "TLS" not in str(raised.value)
