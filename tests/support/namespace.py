"""A network namespace without a route, with its own Docker engine."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from components.docker.connection import docker
from tests.support.docker import unique_name
from tests.support.processes import background_process
from tests.support.second_daemon import daemon_is_missing

UNUSED, PEER = "nowhere0", "nowhere1"
"""Both ends of a cable inside the namespace. The first one counts what is sent."""


def namespace_is_missing() -> str | None:
    """Say why no namespace with a Docker engine can run here; None if it can."""
    if not shutil.which("nsenter"):
        return "nsenter not found"
    return daemon_is_missing()


@dataclass(frozen=True)
class Namespace:
    """A network namespace with a Docker engine that listens on a socket."""

    name: str
    socket: Path

    @property
    def enter(self) -> list[str]:
        """The start of a command that runs in the namespace. The mounts stay those of this
        machine: without its control groups, no container starts."""
        return ["nsenter", f"--net=/run/netns/{self.name}"]

    def run(
        self, *command: str, environment: Mapping[str, str], directory: Path, code: int = 0
    ) -> str:
        """Run a command with nothing but an environment, and return its output."""
        done = subprocess.run(
            [*self.enter, *command],
            cwd=directory,
            env={"DOCKER_HOST": f"unix://{self.socket}", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    def interfaces(self) -> set[str]:
        """Return the names of the interfaces."""
        shown = subprocess.run(
            ["ip", "-netns", self.name, "-brief", "link"],
            capture_output=True,
            text=True,
            check=True,
        )
        return {line.split()[0].partition("@")[0] for line in shown.stdout.splitlines()}

    def add_route_to_nowhere(self) -> None:
        """Add a default route whose packets are counted and lost."""
        enter = " ".join(self.enter)
        for command in (
            f"ip -netns {self.name} link add {UNUSED} type veth peer name {PEER}",
            f"{enter} sysctl -qw net.ipv6.conf.{UNUSED}.disable_ipv6=1",
            f"{enter} sysctl -qw net.ipv6.conf.{PEER}.disable_ipv6=1",
            f"ip -netns {self.name} link set {PEER} up",
            f"ip -netns {self.name} address add 10.99.0.2/24 dev {UNUSED}",
            f"ip -netns {self.name} link set {UNUSED} up",
            f"ip -netns {self.name} route add default via 10.99.0.1",
            f"ip -netns {self.name} neighbour add 10.99.0.1 lladdr 02:00:00:00:00:01 dev {UNUSED}",
        ):
            subprocess.run(command.split(), check=True)

    def packets_to_nowhere(self) -> int:
        """Return how many packets were sent over the default route."""
        file = f"/sys/class/net/{UNUSED}/statistics/tx_packets"
        command = ["ip", "netns", "exec", self.name, "cat", file]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@contextlib.contextmanager
def without_route() -> Iterator[Namespace]:
    """Create a namespace with nothing but `lo`, and run a Docker engine in it."""
    name, directory = unique_name("offline"), Path(tempfile.mkdtemp(prefix="offline-"))
    namespace = Namespace(name, directory / "docker.sock")
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run(["ip", "-netns", name, "link", "set", "lo", "up"], check=True)
        assert namespace.interfaces() == {"lo"}
        options = {
            "host": f"unix://{namespace.socket}",
            "data-root": directory / "data",
            "exec-root": directory / "exec",
            "pidfile": directory / "pid",
            # docker-proxy publishes the ports.
            "iptables": "false",
            "ip-masq": "false",
            "ip-forward": "false",
        }
        command = ["dockerd", *(f"--{option}={value}" for option, value in options.items())]
        log = directory / "dockerd.log"
        with (
            background_process(
                [*namespace.enter, *command],
                lambda: _answers(namespace.socket),
                log,
                environment=os.environ,
                seconds=90,
            ),
            contextlib.closing(docker.DockerClient(f"unix://{namespace.socket}")) as client,
        ):
            try:
                yield namespace
            finally:
                for container in client.containers.list(all=True, ignore_removed=True):
                    container.remove(force=True)
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)
        shutil.rmtree(directory, ignore_errors=True)


def _answers(socket: Path) -> bool:
    try:
        with contextlib.closing(docker.DockerClient(f"unix://{socket}")) as client:
            return bool(client.ping())
    except Exception:  # no common error class
        return False
