"""A registry that is set up by hand, with the steps of Palette's guide (``bench/guide.sh``)."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import docker

from bench.load import Target
from cli.paths import ROOT
from tests.support.docker import DEVELOPMENT_IMAGE, free_port, unique_name

SCRIPT = ROOT / "bench" / "guide.sh"


@dataclass(frozen=True)
class GuideRegistry:
    """A running registry."""

    name: str
    port: int
    directory: Path
    seconds: float
    """How long its setup took."""

    @property
    def htpasswd_file(self) -> Path:
        """The htpasswd file on the host."""
        return self.directory / "auth" / "htpasswd-basic"

    def target(self, path: str, user: str = "", password: str = "") -> Target:
        """Return a path of the registry as the target of a load."""
        url = f"https://localhost:{self.port}{path}"
        return Target(url, self.directory / "certs" / "tls.crt", user, password)

    def replace_container(self, image: str = DEVELOPMENT_IMAGE) -> None:
        """Remove the container, run a new one with the command of the script, and wait a second."""
        _run("docker", "rm", "--force", self.name)
        script = SCRIPT.read_text(encoding="utf-8").replace("\\\n", " ")
        line = next(line for line in script.splitlines() if line.startswith("docker run"))
        command = f"name=$1 port=$2 image=$3 directory=$4; {line.removesuffix('>/dev/null')}"
        _run("bash", "-c", command, "guide", self.name, str(self.port), image, str(self.directory))
        time.sleep(1)


@contextmanager
def guide_registry() -> Iterator[GuideRegistry]:
    """Run ``bench/guide.sh``, and remove its container and volume at the end."""
    name, port = unique_name("bench-guide"), free_port()
    client = docker.from_env()
    with TemporaryDirectory() as directory:
        start = time.monotonic()
        subprocess.run([SCRIPT, name, str(port), DEVELOPMENT_IMAGE, directory], check=True)
        seconds = time.monotonic() - start
        try:
            yield GuideRegistry(name, port, Path(directory), seconds)
        finally:
            client.api.remove_container(name, force=True, v=True)
            client.api.remove_volume(f"{name}-data")


def htpasswd_line(user: str, password: str) -> str:
    """Return a line for an htpasswd file, from the command `htpasswd`."""
    return _run("htpasswd", "-Bbn", user, password).strip()


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
