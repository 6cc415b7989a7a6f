"""Docker, found or brought about; nothing is installed or started here."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli import docker
from cli.console import CommandError
from cli.docker import ensure_development_image, ensure_docker
from cli.paths import ROOT
from components.docker.engine import DockerEngine


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A machine as the test wants it: who runs this, which programs are there, why Docker does not answer; and what was run."""
    made = SimpleNamespace(
        user=0, programs={"apt-get", "dockerd"}, refusals=[], ran=[], answers={}, started=[]
    )

    def run(
        command: list[str], env: dict[str, str] | None = None, **_: Any
    ) -> subprocess.CompletedProcess[str]:
        made.ran.append(" ".join(command))
        made.environment = env or {}
        code, error = next(
            (answer for part, answer in made.answers.items() if part in command), (0, "")
        )
        return subprocess.CompletedProcess(command, code, "", error)

    def answered(self: DockerEngine) -> Any:
        if made.refusals:
            raise OSError(made.refusals.pop(0))
        return SimpleNamespace(ping=lambda: True)

    monkeypatch.setattr(os, "geteuid", lambda: made.user)
    monkeypatch.setattr(
        shutil, "which", lambda name, **_: f"/usr/bin/{name}" if name in made.programs else None
    )
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: made.started.append(command))
    monkeypatch.setattr(DockerEngine, "client", property(answered))
    monkeypatch.setattr(docker, "say", lambda _: None)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    return made


def stopped(url: str = "") -> str:
    with pytest.raises(CommandError) as raised:
        ensure_docker(DockerEngine(url))
    return raised.value.message


def test_a_docker_that_answers_is_left_alone(machine: SimpleNamespace) -> None:
    ensure_docker(DockerEngine())
    assert (machine.ran, machine.started) == ([], []), "there is nothing to do"


def test_a_remote_docker_is_never_installed_or_started(machine: SimpleNamespace) -> None:
    machine.refusals = ["Connection refused"] * 9
    assert stopped("tcp://build.example.com:2376") == (
        "Docker can't be reached at tcp://build.example.com:2376 (Connection refused); "
        "check dockerHost or DOCKER_HOST, and `docker -H tcp://build.example.com:2376 info`."
    ), "this machine's Docker is not the one that was meant"
    assert (machine.ran, machine.started) == ([], []), "nothing was touched"


def test_a_docker_on_another_socket_is_never_installed_or_started(machine: SimpleNamespace) -> None:
    machine.refusals = ["no socket"] * 9
    assert stopped("unix:///run/user/1000/docker.sock") == (
        "Docker can't be reached at unix:///run/user/1000/docker.sock (no socket); "
        "start it with `sudo systemctl start docker`, or set dockerHost or DOCKER_HOST."
    ), "the system's Docker would not be the one that was meant"
    assert (machine.ran, machine.started) == ([], []), "nothing was touched"


def test_a_user_who_may_not_ask_docker_is_told_of_its_group(machine: SimpleNamespace) -> None:
    machine.refusals = ["PermissionError(13, 'Permission denied')"] * 9
    assert (
        stopped()
        == "Docker refuses this user; add it to Docker's group with `sudo usermod -aG docker $USER`, then log in again."
    )
    assert (machine.ran, machine.started) == ([], []), "it runs already"


@pytest.mark.parametrize(
    ("user", "programs", "told"),
    [
        (1000, {"apt-get"}, "install it with `sudo apt-get install docker.io iptables`"),
        (
            0,
            set(),
            "install Docker Engine 20.10 or newer (https://docs.docker.com/engine/install/)",
        ),
        (
            1000,
            set(),
            "install Docker Engine 20.10 or newer (https://docs.docker.com/engine/install/)",
        ),
    ],
)
def test_where_docker_can_not_be_installed_from_here_it_is_told_how(
    machine: SimpleNamespace, user: int, programs: set[str], told: str
) -> None:
    machine.user, machine.programs, machine.refusals = user, programs, ["no socket"] * 9
    assert stopped() == f"Docker is not installed; {told}, then run this again.", (
        "only root on a machine with apt installs packages"
    )
    assert machine.ran == [], "nothing was touched"


@pytest.mark.parametrize(
    ("user", "programs"), [(0, {"docker"}), (1000, {"docker"}), (1000, {"docker", "apt-get"})]
)
def test_a_docker_that_only_its_own_command_finds_is_told_with_how_to_find_it(
    machine: SimpleNamespace, user: int, programs: set[str]
) -> None:
    machine.user, machine.programs, machine.refusals = user, programs, ["no socket"] * 9
    assert stopped() == (
        "Docker's command is installed, but Docker can't be reached at unix:///var/run/docker.sock (no socket); start it, or where it listens "
        "elsewhere, as Colima, Rancher Desktop and a rootless Docker do, "
        "run `export DOCKER_HOST=$(docker context inspect --format '{{.Endpoints.docker.Host}}')`, then run this again."
    ), "it is not missing, and a second one would be in its way"
    assert (machine.ran, machine.started) == ([], []), "nothing was touched"


@pytest.mark.parametrize(
    "programs", [{"apt-get"}, {"apt-get", "docker"}], ids=["nothing", "Docker's command alone"]
)
def test_root_on_a_machine_with_apt_gets_the_distributions_package(
    machine: SimpleNamespace, programs: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.programs, machine.refusals = programs, ["no socket"]
    monkeypatch.setattr(docker, "_start", lambda host: machine.started.append(host.url))
    ensure_docker(DockerEngine())
    assert [command.split()[3] for command in machine.ran] == ["update", "install"], (
        "the lists first, for a fresh image has none"
    )
    assert machine.ran[1].endswith("docker.io iptables"), (
        "Docker publishes no port without iptables"
    )
    assert machine.started == ["unix:///var/run/docker.sock"], "and starts it"


def test_an_installation_that_fails_is_told_with_its_last_words(machine: SimpleNamespace) -> None:
    machine.programs, machine.refusals = {"apt-get"}, ["no socket"] * 9
    machine.answers = {"install": (100, "W: a warning\nE: Unable to locate package docker.io\n")}
    told = stopped()
    assert told.startswith(
        "Docker could not be installed (E: Unable to locate package docker.io); install it yourself with `apt-get "
    ), "the reason"
    assert told.endswith(
        "install -q -y --no-install-recommends docker.io iptables`, then run this again."
    ), "what to do"


def test_a_docker_that_only_root_can_start_is_told(machine: SimpleNamespace) -> None:
    machine.user, machine.refusals = 1000, ["no socket"] * 9
    assert stopped() == (
        "Docker does not answer at unix:///var/run/docker.sock; start it with `sudo systemctl start docker`, then run this again."
    ), "a command that needs a password is the user's to type"
    assert machine.started == [], "nothing was touched"


def without_daemons_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, systemd: bool) -> None:
    """Let the paths of the machine lead into the test's own directory."""
    real = Path

    def path(name: str = "", *more: str) -> Path:
        if str(name) == "/run/systemd/system":
            return tmp_path if systemd else tmp_path / "nothing"
        return (
            real(tmp_path / "dockerd.log")
            if str(name) == "/var/log/dockerd.log"
            else real(name, *more)
        )

    monkeypatch.setattr(docker, "Path", path)


def test_root_starts_docker_by_the_service_manager_where_there_is_one(
    machine: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_daemons_log(monkeypatch, tmp_path, systemd=True)
    machine.refusals = ["no socket"] * 3
    ensure_docker(DockerEngine())
    assert (machine.ran, machine.started) == (["systemctl start docker"], []), (
        "it is restarted at the next boot then, too"
    )


def test_root_starts_the_daemon_itself_where_there_is_no_service_manager(
    machine: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_daemons_log(monkeypatch, tmp_path, systemd=False)
    machine.refusals = ["no socket"] * 3
    ensure_docker(DockerEngine())
    assert (machine.ran, machine.started) == ([], [["dockerd"]]), (
        "as in a container or a CI machine"
    )


def test_a_docker_that_does_not_start_is_told_with_where_its_log_is(
    machine: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_daemons_log(monkeypatch, tmp_path, systemd=True)
    monkeypatch.setattr(docker, "START_SECONDS", 0)
    machine.refusals = ["no\n  socket"] * 99
    assert (
        stopped()
        == "Docker did not start within 0 s (no socket); read /var/log/dockerd.log or `journalctl -u docker`."
    ), "what to do"


def test_the_development_image_is_built_where_a_stack_uses_it(machine: SimpleNamespace) -> None:
    ensure_development_image("pack-registry-dev:1.0.0", DockerEngine())
    assert [Path(command).parts[-2:] for command in machine.ran] == [("dev_image", "build.sh")], (
        "it is published nowhere"
    )


def test_the_development_image_is_built_on_the_configured_host(machine: SimpleNamespace) -> None:
    ensure_development_image(
        "pack-registry-dev:1.0.0", DockerEngine("tcp://10.0.0.5:2376", "/etc/docker-certs")
    )
    told = {
        name: value for name, value in machine.environment.items() if name.startswith("DOCKER_")
    }
    wanted = {
        "DOCKER_HOST": "tcp://10.0.0.5:2376",
        "DOCKER_CERT_PATH": "/etc/docker-certs",
        "DOCKER_TLS_VERIFY": "1",
    }
    assert told.items() >= wanted.items(), "Docker's command speaks plain HTTP otherwise"


@pytest.mark.parametrize(
    ("named", "url"),
    [
        ("", "unix:///var/run/docker.sock"),
        ("unix:///run/user/1/docker.sock", "unix:///run/user/1/docker.sock"),
    ],
)
def test_the_development_image_is_built_where_it_is_looked_for(
    machine: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, named: str, url: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", named)
    ensure_development_image("pack-registry-dev:1.0.0", DockerEngine())
    assert machine.environment["DOCKER_HOST"] == url, (
        "Docker's command goes by its context otherwise, which nothing else looks at"
    )


@pytest.mark.parametrize(
    "image",
    [
        "",
        "us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0",
        "example.com/pack-registry-dev:1",
        "pack-registry-dev2:1",
    ],
)
def test_no_other_image_is_built(machine: SimpleNamespace, image: str) -> None:
    ensure_development_image(image, DockerEngine())
    assert machine.ran == [], "it is fetched"


def test_a_development_image_that_can_not_be_built_is_told(machine: SimpleNamespace) -> None:
    machine.answers = {str(ROOT / "dev_image" / "build.sh"): (1, "")}
    with pytest.raises(CommandError) as raised:
        ensure_development_image("pack-registry-dev:1.0.0", DockerEngine())
    assert (
        raised.value.message
        == "The development image could not be built, for the reason above; mend it and run `make dev-image`."
    )
