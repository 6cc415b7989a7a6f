"""A second Docker daemon of this machine, which tests may stop, kill and fill up."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from components.docker.connection import docker
from tests.support.docker import DEVELOPMENT_IMAGE, unique_name
from tests.support.processes import background_process

NETWORKS = range(1, 255)
"""Third byte of a daemon's addresses, outside of the default networks of the first daemon."""
START_SECONDS = 60.0


@functools.cache
def daemon_is_missing() -> str | None:
    """Say why no second Docker daemon can run here; None if it can."""
    missing = [
        program for program in ("dockerd", "ip", "docker-proxy") if not shutil.which(program)
    ]
    if missing:
        return f"{', '.join(missing)} not found"
    return None if os.geteuid() == 0 else "only root can run a second Docker daemon"


class SecondDaemon:
    """A daemon with its own data and processes. It does not run at first."""

    def __init__(self, directory: Path, bridge: str, options: list[str]) -> None:
        self.directory = directory
        self._running = contextlib.ExitStack()
        # The first daemon owns the packet filter, so docker-proxy publishes the ports.
        self._command = [
            "dockerd",
            f"--host={self.url}",
            f"--bridge={bridge}",
            "--iptables=false",
            "--ip-masq=false",
            "--ip-forward=false",
            f"--data-root={self.data_root}",
            f"--exec-root={directory / 'exec'}",
            f"--pidfile={directory / 'pid'}",
            *options,
        ]

    @property
    def url(self) -> str:
        return f"unix://{self.directory / 'docker.sock'}"

    @property
    def data_root(self) -> Path:
        """The directory of images, containers and volumes."""
        return self.directory / "data"

    @property
    def _disk(self) -> Path:
        """The file with the file system of the data, if it has its own."""
        return self.directory / "disk"

    @functools.cached_property
    def client(self) -> docker.DockerClient:
        return docker.DockerClient(self.url)

    def start(self) -> None:
        process = background_process(
            self._command, self._responds, self.directory / "dockerd.log", seconds=START_SECONDS
        )
        self._running.enter_context(process)

    def stop(self) -> None:
        """Stop the daemon, which stops all containers."""
        self._running.close()

    def cut_power(self) -> None:
        """Kill the daemon and all containers at once, and forget what a boot forgets.

        On its own disk, that includes what the kernel has not written to the disk.
        """
        self._kill()
        has_disk, written = self._disk.exists(), self.directory / "written"
        if has_disk:
            shutil.copyfile(self._disk, written)
        self._clean_up()
        if has_disk:
            written.replace(self._disk)
            self.mount_disk()

    def create_disk(self, megabytes: int) -> None:
        """Create a small file system for the data."""
        with self._disk.open("wb") as disk:
            disk.truncate(megabytes * 2**20)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", self._disk], check=True)
        self.mount_disk()

    def mount_disk(self) -> None:
        subprocess.run(["mount", "-o", "loop", self._disk, self.data_root], check=True)

    def sync(self) -> None:
        """Write everything to the disk."""
        subprocess.run(["sync", "--file-system", self.data_root], check=True)

    def load_image(self, image: str = DEVELOPMENT_IMAGE) -> None:
        """Copy an image from the first daemon."""
        with subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as saved:
            command = ["docker", "--host", self.url, "load", "--quiet"]
            subprocess.run(command, stdin=saved.stdout, check=True, capture_output=True)

    def remove(self) -> None:
        self._kill()
        self._clean_up()
        with contextlib.suppress(Exception):
            self.client.close()

    def _kill(self) -> None:
        for process in self._processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def _clean_up(self) -> None:
        """Remove what a boot removes: mounts, and files of running processes."""
        self.stop()
        self._unmount()
        shutil.rmtree(self.directory / "exec", ignore_errors=True)
        (self.directory / "pid").unlink(missing_ok=True)

    def _responds(self) -> bool:
        try:
            return bool(self.client.ping())
        except Exception:  # docker-py and sockets have no common error class
            self.__dict__.pop("client", None)
            return False

    def _processes(self) -> list[psutil.Process]:
        """Return the daemon's processes and the containers', which name its directory."""
        own = [
            process
            for process in psutil.process_iter(["cmdline", "name"])
            if str(self.directory) in " ".join(process.info["cmdline"] or ())
            and (process.info["name"] or "").startswith(("dockerd", "containerd"))
        ]
        found: list[psutil.Process] = []
        for process in own:
            with contextlib.suppress(psutil.NoSuchProcess):
                found += [process, *process.children(recursive=True)]
        return found

    def _unmount(self) -> None:
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for mount in reversed(mounts):
            if mount.startswith(f"{self.directory}/"):
                subprocess.run(["umount", "--lazy", mount], check=False, capture_output=True)


@contextlib.contextmanager
def second_daemon(*options: str, megabytes: int = 0) -> Iterator[SecondDaemon]:
    """Run a daemon without images.

    :param options: further options of dockerd.
    :param megabytes: the size of its disk; 0 for the space of this machine.
    """
    directory = Path(tempfile.mkdtemp(prefix="docker-"))
    bridge = unique_name("tst")
    daemon = SecondDaemon(directory, bridge, list(options))
    daemon.data_root.mkdir()
    try:
        if megabytes:
            daemon.create_disk(megabytes)
        subprocess.run(["ip", "link", "add", bridge, "type", "bridge"], check=True)
        address = f"10.213.{_network(bridge)}.1/24"
        subprocess.run(["ip", "address", "add", address, "dev", bridge], check=True)
        daemon.start()
        yield daemon
    finally:
        daemon.remove()
        subprocess.run(["ip", "link", "delete", bridge], check=False, capture_output=True)
        shutil.rmtree(directory, ignore_errors=True)


def _network(bridge: str) -> int:
    """Return a network for a bridge; another one for each bridge, most likely."""
    return NETWORKS[int(bridge.rpartition("-")[2], 16) % len(NETWORKS)]
