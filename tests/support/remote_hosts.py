"""Docker hosts: this machine's own, and such that are reached as remote ones are: through a real sshd, and a second Docker daemon with TLS."""

from __future__ import annotations

import contextlib
import functools
import getpass
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from components.docker.connection import docker
from tests.support.certificates import Issued, issue
from tests.support.docker import DEVELOPMENT_IMAGE, free_port, unique_name
from tests.support.processes import listens, running

ALIAS = "registry-host"
"""What ssh calls this machine; no DNS knows it."""

NETWORK = "10.213.{}.1/24"
"""The addresses of a second daemon's bridge; the first daemon's networks are elsewhere by default."""


@dataclass(frozen=True)
class RemoteHost:
    """A Docker host, and what it takes to use it."""

    settings: dict[str, str]
    """The registry's settings for it."""
    client: docker.DockerClient
    environment: dict[str, str] = field(default_factory=dict)
    """What the Pulumi CLI is run with."""

    def names(self) -> list[str]:
        """Names of all containers and volumes."""
        containers = [
            str(container.name)
            for container in self.client.containers.list(all=True, ignore_removed=True)
        ]
        return sorted([*containers, *(str(volume.name) for volume in self.client.volumes.list())])


@functools.cache
def ssh_is_missing() -> str | None:
    """Why no sshd can be run here; nothing where it can."""
    missing = [
        program
        for program in ("/usr/sbin/sshd", "ssh", "ssh-keygen", "docker")
        if not shutil.which(program)
    ]
    return (
        f"{', '.join(missing)} can't be found (openssh-server and openssh-client bring ssh's)"
        if missing
        else None
    )


@functools.cache
def daemon_is_missing() -> str | None:
    """Why no second Docker daemon can be run here; nothing where it can."""
    missing = [
        program for program in ("dockerd", "ip", "docker-proxy") if not shutil.which(program)
    ]
    if missing:
        return f"{', '.join(missing)} can't be found"
    return None if os.geteuid() == 0 else "only root can run a second Docker daemon"


@contextlib.contextmanager
def local() -> Iterator[RemoteHost]:
    """This machine's own Docker, as it is reached by default."""
    yield RemoteHost({}, docker.from_env())


@contextlib.contextmanager
def over_ssh() -> Iterator[RemoteHost]:
    """This machine's own Docker, reached by an alias, through an sshd on the loopback address that knows one key."""
    with tempfile.TemporaryDirectory() as name:
        directory, port = Path(name), free_port()
        for key in ("host", "user"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / key], check=True
            )
        (directory / "authorized_keys").write_text((directory / "user.pub").read_text())
        options = {
            "ListenAddress": f"127.0.0.1:{port}",
            "HostKey": directory / "host",
            "AuthorizedKeysFile": directory / "authorized_keys",
            "PasswordAuthentication": "no",
            "StrictModes": "no",
            "PidFile": "none",
            "MaxStartups": 100,
            "MaxSessions": 100,
        }
        (directory / "sshd_config").write_text(
            "".join(f"{option} {value}\n" for option, value in options.items())
        )
        (directory / "known_hosts").write_text(
            f"[127.0.0.1]:{port} {(directory / 'host.pub').read_text()}"
        )
        (directory / "ssh_config").write_text(
            f"IdentityFile {directory / 'user'}\nIdentitiesOnly yes\nUserKnownHostsFile {directory / 'known_hosts'}\nStrictHostKeyChecking yes\n"
            f"Host {ALIAS}\n  HostName 127.0.0.1\n  Port {port}\n"
        )
        # ssh takes its user's home from the system and not from HOME: what is called ssh here names the configuration.
        (directory / "bin").mkdir()
        (directory / "bin" / "ssh").write_text(
            f'#!/bin/sh\nexec {shutil.which("ssh")} -F {shlex.quote(str(directory / "ssh_config"))} "$@"\n'
        )
        (directory / "bin" / "ssh").chmod(0o755)
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd locks its unprivileged half in
        with running(
            ["/usr/sbin/sshd", "-D", "-e", "-f", str(directory / "sshd_config")],
            lambda: listens(port),
            directory / "sshd.log",
        ):
            yield RemoteHost(
                {"dockerHost": f"ssh://{getpass.getuser()}@{ALIAS}"},
                docker.from_env(),
                {"PATH": f"{directory / 'bin'}{os.pathsep}{os.environ['PATH']}"},
            )


@contextlib.contextmanager
def over_tls() -> Iterator[RemoteHost]:
    """A second Docker daemon with nothing in it, which knows its clients by their certificates; the image is to be had as an archive."""
    directory = Path(tempfile.mkdtemp(prefix="docker-"))
    bridge, port = unique_name("tst"), free_port()
    client: docker.DockerClient | None = None
    try:
        _write_certificates(directory)
        archive = directory / "image.tar"
        subprocess.run(["docker", "save", "--output", archive, DEVELOPMENT_IMAGE], check=True)
        subprocess.run(["ip", "link", "add", bridge, "type", "bridge"], check=True)
        subprocess.run(
            ["ip", "address", "add", NETWORK.format(port % 254 + 1), "dev", bridge], check=True
        )
        command = [
            "dockerd",
            "--host",
            f"tcp://127.0.0.1:{port}",
            "--tlsverify",
            "--bridge",
            bridge,
        ]
        command += [f"--tls{part}={directory / part}.pem" for part in ("cacert", "cert", "key")]
        # Its packet filter is the first daemon's: ports are published by docker-proxy alone.
        command += ["--iptables=false", "--ip-masq=false", "--ip-forward=false"]
        command += [
            f"--data-root={directory / 'data'}",
            f"--exec-root={directory / 'exec'}",
            f"--pidfile={directory / 'pid'}",
        ]
        with running(command, lambda: listens(port), directory / "dockerd.log"):
            tls = docker.tls.TLSConfig(
                client_cert=(
                    str(directory / "client" / "cert.pem"),
                    str(directory / "client" / "key.pem"),
                ),
                ca_cert=str(directory / "client" / "ca.pem"),
                verify=True,
            )
            client = docker.DockerClient(f"tcp://127.0.0.1:{port}", tls=tls)
            settings = {
                "dockerHost": f"tcp://127.0.0.1:{port}",
                "dockerCertPath": str(directory / "client"),
                "imageArchive": str(archive),
            }
            try:
                yield RemoteHost(settings, client)
            finally:
                for container in client.containers.list(all=True, ignore_removed=True):
                    container.remove(force=True)
                client.close()
    finally:
        subprocess.run(["ip", "link", "delete", bridge], check=False, capture_output=True)
        shutil.rmtree(directory, ignore_errors=True)


def _write_certificates(directory: Path) -> None:
    """An authority, the daemon's certificate, and its client's in a directory as the Docker CLI has it."""
    authority = issue("Docker CA", ca=True)
    (directory / "client").mkdir()
    (directory / "cacert.pem").write_text(authority.certificate_pem)
    (directory / "client" / "ca.pem").write_text(authority.certificate_pem)
    for place, issued in (
        (directory, issue("docker", ["127.0.0.1"], authority)),
        (directory / "client", issue("operator", issuer=authority)),
    ):
        _write_pair(place, issued)


def _write_pair(directory: Path, issued: Issued) -> None:
    (directory / "cert.pem").write_text(issued.certificate_pem)
    (directory / "key.pem").write_text(issued.key_pem)
