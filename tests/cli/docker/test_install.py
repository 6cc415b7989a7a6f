"""Docker, installed and started. Nothing is installed here."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from cli.docker import install
from cli.docker.install import ensure_docker
from components.docker.engine import DockerEngine
from tests.support.programs import error_of


def docker_error(url: str = "", cert_path: str = "") -> str:
    return error_of(ensure_docker, DockerEngine(url, cert_path))


def test_docker_responds(machine: SimpleNamespace) -> None:
    ensure_docker(DockerEngine())
    assert (machine.ran, machine.started) == ([], [])


def test_remote_docker(machine: SimpleNamespace) -> None:
    machine.refusals = ["Connection refused"] * 9
    assert docker_error("tcp://build.example.com:2376", "/certs") == (
        "Docker can't be reached at tcp://build.example.com:2376: Connection refused. Check "
        "dockerHost or DOCKER_HOST, and run `docker -H tcp://build.example.com:2376 info`."
    )
    assert (machine.ran, machine.started) == ([], [])


def test_other_socket(machine: SimpleNamespace) -> None:
    machine.refusals = ["no socket"] * 9
    assert docker_error("unix:///run/user/1000/docker.sock") == (
        "Docker can't be reached at unix:///run/user/1000/docker.sock: no socket. "
        "Start it with `sudo systemctl start docker`, or set dockerHost or DOCKER_HOST."
    )
    assert (machine.ran, machine.started) == ([], [])


@pytest.mark.parametrize("error", [None, PermissionError(), TimeoutError()])
def test_no_second_engine(machine: SimpleNamespace, error: OSError | None) -> None:
    machine.refusals, machine.socket_error = ["client version 9.99 is too new"] * 9, error
    assert docker_error() == (
        "Docker can't be reached at unix:///var/run/docker.sock: client version 9.99 is too new. "
        "An engine listens there, so none is started. Check it with `docker info`."
    )
    assert (machine.ran, machine.started) == ([], [])


@pytest.mark.parametrize("error", [FileNotFoundError(), ConnectionRefusedError()])
def test_engine_is_started(machine: SimpleNamespace, error: OSError) -> None:
    machine.refusals, machine.socket_error = ["refused"], error
    ensure_docker(DockerEngine())
    assert machine.ran or machine.started


def test_tls_variables_without_tcp(
    machine: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", "/nonexistent")
    ensure_docker(DockerEngine())
    assert not {"DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"} & os.environ.keys()
    assert (machine.ran, machine.started) == ([], [])


def test_context_is_refused(machine: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "build")
    for url in ("", "ssh://ops@build"):
        assert docker_error(url) == (
            "DOCKER_CONTEXT is set, and the Docker provider would use that context instead of the "
            "configured Docker host. Unset it, and set dockerHost or DOCKER_HOST instead. "
            "No changes were made."
        )
    assert (machine.ran, machine.started) == ([], [])


def test_permission_denied(machine: SimpleNamespace) -> None:
    machine.refusals = ["PermissionError(13, 'Permission denied')"] * 9
    assert docker_error() == (
        "You may not use Docker. Add yourself to the docker group with "
        "`sudo usermod -aG docker $USER`, then log in again."
    )
    assert (machine.ran, machine.started) == ([], [])


@pytest.mark.parametrize(
    ("user", "programs", "message"),
    [
        (1000, {"apt-get"}, "Install it with `sudo apt-get install docker.io iptables`"),
        (
            0,
            set(),
            "Install Docker Engine 20.10 or newer (https://docs.docker.com/engine/install/)",
        ),
        (
            1000,
            set(),
            "Install Docker Engine 20.10 or newer (https://docs.docker.com/engine/install/)",
        ),
    ],
)
def test_installation_is_impossible(
    machine: SimpleNamespace, user: int, programs: set[str], message: str
) -> None:
    machine.user, machine.programs, machine.refusals = user, programs, ["no socket"] * 9
    assert docker_error() == f"Docker is not installed. {message}, then run this command again."
    assert machine.ran == []


@pytest.mark.parametrize(
    ("user", "programs"), [(0, {"docker"}), (1000, {"docker"}), (1000, {"docker", "apt-get"})]
)
def test_docker_context(machine: SimpleNamespace, user: int, programs: set[str]) -> None:
    machine.user, machine.programs, machine.refusals = user, programs, ["no socket"] * 9
    assert docker_error() == (
        "Docker can't be reached at unix:///var/run/docker.sock: no socket. The docker command is "
        "installed. Start Docker. If it listens on another socket, like Colima, Rancher Desktop "
        "and rootless Docker, run `export DOCKER_HOST="
        "$(docker context inspect --format '{{.Endpoints.docker.Host}}')`, "
        "then run this command again."
    )
    assert (machine.ran, machine.started) == ([], [])


@pytest.mark.parametrize(
    "programs", [{"apt-get"}, {"apt-get", "docker"}], ids=["nothing", "Docker's command alone"]
)
def test_installation(
    machine: SimpleNamespace, programs: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.programs, machine.refusals = programs, ["no socket"]
    monkeypatch.setattr(install, "_start", lambda host: machine.started.append(host.url))
    ensure_docker(DockerEngine())
    assert [command.split()[3] for command in machine.ran] == ["update", "install"]
    assert machine.ran[1].endswith("docker.io iptables")
    assert machine.started == ["unix:///var/run/docker.sock"]


def test_installation_fails(machine: SimpleNamespace) -> None:
    machine.programs, machine.refusals = {"apt-get"}, ["no socket"] * 9
    machine.answers = {"install": (100, "W: a warning\nE: Unable to locate package docker.io\n")}
    message = docker_error()
    assert message.startswith(
        "Docker could not be installed (E: Unable to locate package docker.io). "
        "Install it with `apt-get "
    )
    assert message.endswith(
        "install -q -y --no-install-recommends docker.io iptables`, then run this command again."
    )


def test_start_requires_root(machine: SimpleNamespace) -> None:
    machine.user, machine.refusals = 1000, ["no socket"] * 9
    assert docker_error() == (
        "Docker does not respond at unix:///var/run/docker.sock. "
        "Start it with `sudo systemctl start docker`, then run this command again."
    )
    assert machine.started == []


def redirect_paths(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, systemd: bool) -> None:
    """Redirect the paths of the machine to the test's directory."""
    real = Path

    def path(name: str = "", *more: str) -> Path:
        if str(name) == "/run/systemd/system":
            return tmp_path if systemd else tmp_path / "nothing"
        return (
            real(tmp_path / "dockerd.log")
            if str(name) == "/var/log/dockerd.log"
            else real(name, *more)
        )

    monkeypatch.setattr(install, "Path", path)


def test_start_with_systemd(
    machine: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    redirect_paths(monkeypatch, tmp_path, systemd=True)
    machine.refusals = ["no socket"] * 3
    ensure_docker(DockerEngine())
    assert (machine.ran, machine.started) == (["systemctl start docker"], [])


def test_start_without_systemd(
    machine: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    redirect_paths(monkeypatch, tmp_path, systemd=False)
    machine.refusals = ["no socket"] * 3
    ensure_docker(DockerEngine())
    assert (machine.ran, machine.started) == ([], [["dockerd"]])


def test_start_times_out(
    machine: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    redirect_paths(monkeypatch, tmp_path, systemd=True)
    monkeypatch.setattr(install, "START_SECONDS", 0)
    machine.refusals = ["no\n  socket"] * 99
    assert docker_error() == (
        "Docker did not start within 0 s (no socket). "
        "Read /var/log/dockerd.log or `journalctl -u docker`."
    )
