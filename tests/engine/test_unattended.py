"""The commands of the systemd units and of the cron table, in the environments that these have."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from cli.paths import PROJECT, PULUMI_HOME
from components.docker.engine import DockerEngine
from tests.engine.conftest import configure, make_up, said
from tests.support.docker import container_names, inspect
from tests.support.unattended import (
    BACKUPS,
    DIRECTORY,
    cron_lines,
    unit_command,
    unit_environment,
)

SECONDS = 60
CERTIFICATES = "tls:index/selfSignedCert:SelfSignedCert"


@dataclass(frozen=True)
class Unattended:
    """A project on a machine whose timers run its commands."""

    directory: Path
    stack: str
    home: Path

    def replace(self, text: str) -> str:
        """Replace the places of the examples."""
        for old, new in {
            DIRECTORY: str(self.directory),
            BACKUPS: str(self.home / "backups"),
            "/run/lock": str(self.home),
            "/var/log": str(self.home),
            "STACK=prod": f"STACK={self.stack}",
        }.items():
            text = text.replace(old, new)
        return text

    def cron(self, target: str, *, notice: bool = False) -> str:
        """Run the line of a target as cron does, and return the mail."""
        lines = [each for _, each in cron_lines() if ("OUTPUT=notice" in each) == notice]
        (line,) = [each for each in lines if re.search(rf"make \S+ {target} ", each)]
        done = subprocess.run(
            ["/bin/sh", "-c", self.replace(line)],
            cwd=self.home,
            env={"HOME": str(self.home), "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout

    def systemd(self, target: str) -> subprocess.CompletedProcess[str]:
        """Run the service of a target as systemd does."""
        variables = {"STACK": self.stack, "FILE": str(self.home / "backups")}
        return subprocess.run(
            [self.replace(word) for word in unit_command("pack-registry@.service", target)],
            cwd=self.directory,
            env=unit_environment(HOME=str(self.home), **variables),
            capture_output=True,
            text=True,
            check=False,
        )

    def state_file(self) -> Path:
        """Pulumi's record of the stack."""
        return self.directory / f".state/.pulumi/stacks/{PROJECT}/{self.stack}.json"

    def end_certificate(self) -> None:
        """Record that the certificate has ended, so that an update renews it."""
        record = json.loads(self.state_file().read_text())
        for each in record["checkpoint"]["latest"]["resources"]:
            if each["type"] == CERTIFICATES:
                each["outputs"]["validityEndTime"] = "2000-01-01T00:00:00Z"
        self.state_file().write_text(json.dumps(record))


@pytest.fixture
def unattended(project: tuple[Path, str], tmp_path: Path) -> Unattended:
    directory, stack = project
    shutil.copy(directory / "policy/dev.json", directory / f"policy/{stack}.json")
    for path in (directory / "requirements.txt", directory / "tools/venv.sh"):
        os.utime(path, (0, 0))  # the packages of the shared virtual environment stay
    home = tmp_path / "home"
    (home / ".pulumi").mkdir(parents=True)
    for name in ("bin", "plugins"):
        (home / ".pulumi" / name).symlink_to(PULUMI_HOME / name)
    return Unattended(directory, stack, home)


def test_cron(unattended: Unattended) -> None:
    assert unattended.cron("up") == "", "a success sends no mail"
    assert (
        "The registry is up and verified." in (unattended.home / "pack-registry-up.log").read_text()
    )
    assert container_names(unattended.stack) >= {unattended.stack}
    assert unattended.cron("backup") == ""
    assert list((unattended.home / "backups").iterdir())
    assert unattended.cron("drill") == ""
    assert unattended.cron("status") == "", "nothing is wrong"
    assert unattended.cron("status", notice=True) == "", "there is no warning"
    assert unattended.cron("renewal", notice=True) == "", "the certificate is valid for years"

    configure(unattended.directory, unattended.stack, tls={"validityDays": 80})
    assert unattended.cron("up") == ""
    notice = unattended.cron("renewal", notice=True)
    assert "replaces the self-signed certificate. Every client then needs" in notice
    assert len(notice.splitlines()) == 1
    assert "> notice: " in (unattended.home / "pack-registry-up.log").read_text()
    before = inspect(unattended.stack)["Id"]
    unattended.end_certificate()
    assert unattended.cron("up") == ""
    assert inspect(unattended.stack)["Id"] != before, "the new certificate is served"

    configure(unattended.directory, unattended.stack, tls={"validityDays": 10})
    assert unattended.cron("up") == ""
    assert unattended.cron("status") == "", "a warning is no failure"
    assert unattended.cron("status", notice=True).endswith(f"{unattended.stack}: 1 warning.\n")

    configure(unattended.directory, unattended.stack, port=99999)
    mail = unattended.cron("up")
    assert "port: invalid value 99999" in mail
    assert "No changes were made." in mail


def test_systemd(unattended: Unattended) -> None:
    for target in ("up", "backup", "drill", "status", "renewal"):
        done = unattended.systemd(target)
        assert done.returncode == 0, done.stdout + done.stderr
    assert container_names(unattended.stack) >= {unattended.stack}
    assert list((unattended.home / "backups").iterdir())
    configure(unattended.directory, unattended.stack, port=99999)
    assert unattended.systemd("up").returncode == 2, "make's code for a failed command"
    DockerEngine().stop_container(unattended.stack)
    assert unattended.systemd("status").returncode == 2
    assert unattended.stack in unattended.cron("status"), "the table is in the mail"


def running_pulumi(update: subprocess.Popen[str], locks: Path) -> psutil.Process:
    """The CLI of an update that holds Pulumi's lock."""
    end = time.monotonic() + SECONDS
    while not list(locks.glob("**/*.json")):
        assert update.poll() is None, update.communicate()[0]
        assert time.monotonic() < end
        time.sleep(0.01)
    children = psutil.Process(update.pid).children(recursive=True)
    (found,) = [each for each in children if each.name() == "pulumi"]
    return found


def test_timer_during_update(unattended: Unattended) -> None:
    """A command that someone typed holds Pulumi's lock. The timer's command changes nothing."""
    assert unattended.cron("up") == ""
    configure(unattended.directory, unattended.stack, limits={"pids": 99})
    typed = make_up(unattended.directory, unattended.stack)
    pulumi = running_pulumi(typed, unattended.directory / ".state/.pulumi/locks")
    pulumi.send_signal(signal.SIGSTOP)
    try:
        for shown in (unattended.cron("up"), unattended.systemd("up").stderr):
            assert f"Another update of stack {unattended.stack} is running" in shown
            assert "Traceback" not in shown
    finally:
        pulumi.send_signal(signal.SIGCONT)
    assert "The registry is up and verified." in said(typed)
    assert inspect(unattended.stack)["HostConfig"]["PidsLimit"] == 99
    assert unattended.cron("up") == "", "the next one succeeds"


def test_unattended_commands_wait_for_each_other(unattended: Unattended) -> None:
    log = unattended.home / "pack-registry-up.log"
    with (unattended.home / "pack-registry.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (line,) = [each for _, each in cron_lines() if " up " in each]
        waiting = subprocess.Popen(
            ["/bin/sh", "-c", unattended.replace(line)],
            env={"HOME": str(unattended.home), "PATH": "/usr/bin:/bin"},
        )
        end = time.monotonic() + SECONDS
        while not any(
            each.name() == "flock" for each in psutil.Process(waiting.pid).children(recursive=True)
        ):
            assert time.monotonic() < end
            time.sleep(0.01)
        assert not log.exists() or log.read_text() == ""
        assert not unattended.state_file().exists()
    assert waiting.wait() == 0
    assert "The registry is up and verified." in log.read_text()
