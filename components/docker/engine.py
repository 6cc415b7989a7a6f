"""The Docker host as the checks see it: containers, images, ports and addresses, through Docker's own API.

Left out on purpose: what the checks conclude (``components/preflight.py``, ``components/verification.py``).
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import posixpath
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import docker


SSH_SECONDS = 5.0
"""How long ssh may take to read its configuration."""

LOCAL_SOCKET = "unix:///var/run/docker.sock"

REGISTRY_SECONDS = 10
"""How long a host may take to ask a registry for a digest, which is only good to know."""

ENDING_SECONDS = 10.0
"""How long a busy Docker may take to see that a container has ended, or to remove it."""

ACTIVE_STATES = ("running", "restarting", "paused")
"""States of a container that has its ports, or takes them again by itself."""


@dataclass(frozen=True)
class ContainerState:
    """What Docker says of a container."""

    id: str
    labels: dict[str, str]
    status: str
    """`created`, `running`, `restarting`, `exited`, ..."""
    exit_code: int
    image: str
    """Id of its image."""
    pids_limit: int
    published: frozenset[tuple[str, int]]
    """Addresses and ports of the host that it has, or takes when it runs."""


class DockerEngine:
    """A Docker engine, here or elsewhere.

    Its methods raise ``docker.errors.DockerException`` (or what the connection raises, ``OSError``) where the engine can't be reached or refuses.
    """

    def __init__(self, url: str = "", cert_path: str = "") -> None:
        """Take a host by URL; an empty one stands for the environment's (DOCKER_HOST, or the local socket).

        :param cert_path: directory with ca.pem, cert.pem and key.pem for a tcp:// host; empty stands for the environment's, too.
        """
        self.given = url
        self.cert_path = cert_path
        self.url = url or os.environ.get("DOCKER_HOST", "") or LOCAL_SOCKET

    @property
    def variables(self) -> dict[str, str]:
        """The environment's variables that stand for what was given of it; Docker's own command goes by them, too."""
        given = {"DOCKER_HOST": self.given} if self.given else {}
        return (
            {**given, "DOCKER_CERT_PATH": self.cert_path, "DOCKER_TLS_VERIFY": "1"}
            if self.cert_path
            else given
        )

    @property
    def is_local(self) -> bool:
        """Whether the engine runs on this machine."""
        return self.url.startswith("unix://")

    @functools.cached_property
    def address(self) -> str:
        """Address of the host itself, where the ports that it publishes are reached; an alias of ssh's is looked up in its configuration."""
        name = "" if self.is_local else urlsplit(self.url).hostname or ""
        return (self.url.startswith("ssh://") and _known_to_ssh(name)) or name or "127.0.0.1"

    @functools.cached_property
    def client(self) -> docker.DockerClient:
        """The connection, made at first use."""
        return self._connected(timeout=30)

    def _connected(self, *, timeout: int) -> docker.DockerClient:
        """A connection whose requests take so many seconds at most."""
        from components.docker.connection import docker

        environment = {**os.environ, "DOCKER_HOST": self.url, **self.variables}
        return docker.from_env(
            environment=environment, timeout=timeout, use_ssh_client=self.url.startswith("ssh://")
        )

    def facts(self) -> dict[str, Any]:
        """What `docker info` says, with the API's version under ``ApiVersion``."""
        return {**self.client.info(), "ApiVersion": self.client.api.api_version}

    def containers(self) -> list[dict[str, Any]]:
        """All containers, running or not: Names, Labels, State, Ports."""
        return list(self.client.api.containers(all=True))

    def container(self, name: str) -> ContainerState | None:
        """The container of a name, if there is one."""
        from components.docker.connection import docker

        try:
            inspected = self.client.api.inspect_container(name)
        except docker.errors.NotFound:
            return None
        state, config, host = inspected["State"], inspected["Config"], inspected["HostConfig"]
        bindings = [
            binding for bound in (host["PortBindings"] or {}).values() for binding in bound or []
        ]
        return ContainerState(
            id=inspected["Id"],
            labels=config["Labels"] or {},
            status=state["Status"],
            exit_code=state["ExitCode"],
            image=inspected["Image"],
            pids_limit=host.get("PidsLimit") or 0,
            published=frozenset(
                (binding["HostIp"] or "0.0.0.0", int(binding["HostPort"]))
                for binding in bindings
                if binding["HostPort"]
            ),
        )

    @property
    def types(self) -> Any:
        """The library's own types for parts of a container."""
        from components.docker.connection import docker

        return docker.types

    def published_port(self, identifier: str) -> int:
        """The port of the host that Docker chose for the one port of a running container; 0 where it has ended by now."""
        bound = self.client.api.inspect_container(identifier)["NetworkSettings"]["Ports"]
        return next((int(bindings[0]["HostPort"]) for bindings in bound.values() if bindings), 0)

    def remove_container(self, identifier: str) -> None:
        """Stop and remove a container; its named volumes stay. It may be gone by then, or another command may just be removing it."""
        from components.docker.connection import docker

        try:
            self.client.api.remove_container(identifier, force=True, v=True)
        except docker.errors.NotFound:
            return
        except docker.errors.APIError as refused:
            if refused.status_code != HTTPStatus.CONFLICT or not _comes_true(
                lambda: self.container(identifier) is None
            ):
                raise

    def restart_container(self, identifier: str) -> None:
        """Restart a container."""
        self.client.api.restart(identifier)

    def limit_processes(self, identifier: str, pids: int) -> None:
        """Set a container's limit of processes, with no restart (Docker API, ContainerUpdate)."""
        api: Any = self.client.api
        response = api.post(
            f"{api.base_url}/v{api.api_version}/containers/{identifier}/update",
            json={"PidsLimit": pids},
        )
        api._raise_for_status(response)  # in Docker's own words, as the client's methods do

    def are_hard_linked(self, identifier: str, directory: str, names: set[str]) -> bool:
        """Whether files of a directory of a container are hard links to each other.

        :raises LookupError: where there is no such container.
        """
        from components.docker.connection import docker

        try:
            chunks, _ = self.client.api.get_archive(identifier, directory)
        except docker.errors.NotFound:
            raise LookupError(identifier) from None
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
            return any(
                member.islnk()
                and {posixpath.basename(member.name), posixpath.basename(member.linkname)} == names
                for member in tar
            )

    @contextlib.contextmanager
    def paused(self, name: str) -> Iterator[None]:
        """Hold a container, if it runs and can be held, for the time being: what it is asked meanwhile waits."""
        from components.docker.connection import docker

        found = self.container(name)
        if found is None or found.status != "running":
            yield
            return
        try:
            self.client.api.pause(found.id)
        except docker.errors.APIError:  # it has just ended, or the host can't do it
            yield
            return
        try:
            yield
        finally:
            self.unpause(found.id)

    def unpause(self, identifier: str) -> None:
        """Let a paused container go on; one whose server was just ending when it was paused can't, and needs not.

        Docker may show such a container as paused for a moment longer.
        """
        from components.docker.connection import docker

        def is_over() -> bool:
            try:
                self.client.api.unpause(identifier)
            except docker.errors.APIError:
                found = self.container(identifier)
                return found is None or found.status != "paused"
            return True

        if not _comes_true(is_over):
            self.client.api.unpause(identifier)  # Docker says why it can't

    def link(self, identifier: str, directory: str, name: str, target: str) -> None:
        """Make a name in a directory of a container a hard link to another file there, in the place of what had the name.

        :raises LookupError: where there is no such container.
        """
        from components.docker.connection import docker

        member = tarfile.TarInfo(name)
        member.type, member.linkname = tarfile.LNKTYPE, target
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            tar.addfile(member)
        try:
            self.client.api.put_archive(identifier, directory, archive.getvalue())
        except docker.errors.NotFound:
            raise LookupError(identifier) from None

    def volume_labels(self, name: str) -> dict[str, str] | None:
        """The labels of a volume; none where there is no such volume."""
        from components.docker.connection import docker

        try:
            return self.client.api.inspect_volume(name)["Labels"] or {}
        except docker.errors.NotFound:
            return None

    def remove_volume(self, name: str) -> bool:
        """Remove a volume and what is in it; whether there was one."""
        from components.docker.connection import docker

        try:
            self.client.api.remove_volume(name)
        except docker.errors.NotFound:
            return False
        return True

    def last_log_lines(self, identifier: str, count: int = 15) -> list[str]:
        """The end of a container's log."""
        return str(
            self.client.api.logs(identifier, tail=count).decode(errors="replace")
        ).splitlines()

    def has_network(self, name: str) -> bool:
        """Whether there is a network of a name."""
        return any(network["Name"] == name for network in self.client.api.networks(names=[name]))

    def pull(self, reference: str, username: str = "", password: str = "") -> None:
        """Fetch an image from its registry, with credentials where they are given and as the user is logged in otherwise."""
        from components.docker.connection import docker

        for said in self.client.api.pull(
            reference, stream=True, decode=True, auth_config=_login(username, password)
        ):
            if error := said.get("error"):  # what fails after the first line is no error of HTTP's
                raise docker.errors.APIError(error, explanation=error)

    def registry_digest(self, reference: str, username: str = "", password: str = "") -> str:
        """The digest (`sha256:...`) that a reference has in its registry now, which Docker is asked to ask; credentials as above."""
        with contextlib.closing(self._connected(timeout=REGISTRY_SECONDS)) as client:
            api: Any = client.api
            return str(
                api.inspect_distribution(reference, auth_config=_login(username, password))[
                    "Descriptor"
                ]["digest"]
            )

    def image_id(self, reference: str) -> str:
        """The id of an image; empty where it is not on the host."""
        from components.docker.connection import docker

        try:
            return str(self.client.images.get(reference).id)
        except docker.errors.ImageNotFound:
            return ""

    def load(self, archive: Path) -> None:
        """Put the images of an archive on the host."""
        with archive.open("rb") as file:
            self.client.images.load(file)

    def digest(self, reference: str) -> str:
        """The digest of an image of the host (`sha256:...`); empty where it comes from no registry, or is not there."""
        from components.docker.connection import docker

        try:
            digests = self.client.images.get(reference).attrs["RepoDigests"] or [""]
        except docker.errors.ImageNotFound:
            return ""
        return str(digests[0]).partition("@")[2]


def _comes_true(is_true: Callable[[], bool]) -> bool:
    """Whether something comes true in the time that Docker may take for the end of a container."""
    end = time.monotonic() + ENDING_SECONDS
    while not is_true():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def _login(username: str, password: str) -> dict[str, str] | None:
    return {"username": username, "password": password} if username else None


def _known_to_ssh(name: str) -> str:
    """The host name that ssh's configuration has for a name, which is the name itself for most; empty where ssh can't tell."""
    try:
        told = subprocess.run(
            ["ssh", "-G", "--", name],
            capture_output=True,
            text=True,
            timeout=SSH_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    return next(
        (
            line.removeprefix("hostname ").strip()
            for line in told.splitlines()
            if line.startswith("hostname ")
        ),
        "",
    )
