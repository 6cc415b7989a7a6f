"""Docker hosts: the local one, the local one through a real sshd, and a second daemon with TLS."""

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
from tests.support.docker import DEVELOPMENT_IMAGE, free_port
from tests.support.processes import background_process, is_listening
from tests.support.second_daemon import second_daemon

ALIAS = "registry-host"
"""The ssh alias of this machine, which DNS can't resolve."""


@dataclass(frozen=True)
class RemoteHost:
    """A Docker host with its settings, client and environment."""

    settings: dict[str, str]
    """The registry's settings for it."""
    client: docker.DockerClient
    environment: dict[str, str] = field(default_factory=dict)
    """Environment variables of the Pulumi CLI."""

    def names(self) -> list[str]:
        """Return the names of all containers and volumes."""
        containers = [
            str(container.name)
            for container in self.client.containers.list(all=True, ignore_removed=True)
        ]
        return sorted([*containers, *(str(volume.name) for volume in self.client.volumes.list())])


@functools.cache
def ssh_is_missing() -> str | None:
    """Say why no sshd can run here; None if it can."""
    missing = [
        program
        for program in ("/usr/sbin/sshd", "ssh", "ssh-keygen", "docker")
        if not shutil.which(program)
    ]
    return (
        f"{', '.join(missing)} not found (install openssh-server and openssh-client)"
        if missing
        else None
    )


@contextlib.contextmanager
def local() -> Iterator[RemoteHost]:
    """Yield the local Docker host with its default connection."""
    yield RemoteHost({}, docker.from_env())


@contextlib.contextmanager
def over_ssh() -> Iterator[RemoteHost]:
    """Yield the local Docker host through an ssh alias and an sshd on the loopback address."""
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
            f"IdentityFile {directory / 'user'}\nIdentitiesOnly yes\n"
            f"UserKnownHostsFile {directory / 'known_hosts'}\nStrictHostKeyChecking yes\n"
            f"Host {ALIAS}\n  HostName 127.0.0.1\n  Port {port}\n"
        )
        # ssh ignores HOME, so this wrapper passes the configuration file.
        (directory / "bin").mkdir()
        (directory / "bin" / "ssh").write_text(
            f"#!/bin/sh\nexec {shutil.which('ssh')} "
            f'-F {shlex.quote(str(directory / "ssh_config"))} "$@"\n'
        )
        (directory / "bin" / "ssh").chmod(0o755)
        Path("/run/sshd").mkdir(exist_ok=True)  # the privilege separation directory of sshd
        with background_process(
            ["/usr/sbin/sshd", "-D", "-e", "-f", str(directory / "sshd_config")],
            lambda: is_listening(port),
            directory / "sshd.log",
        ):
            yield RemoteHost(
                {"dockerHost": f"ssh://{getpass.getuser()}@{ALIAS}"},
                docker.from_env(),
                {"PATH": f"{directory / 'bin'}{os.pathsep}{os.environ['PATH']}"},
            )


@contextlib.contextmanager
def over_tls() -> Iterator[RemoteHost]:
    """Run an empty second Docker daemon with client certificates, and an archive of the image."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="docker-tls-") as name:
        directory = Path(name)
        _write_certificates(directory)
        archive = directory / "image.tar"
        subprocess.run(["docker", "save", "--output", archive, DEVELOPMENT_IMAGE], check=True)
        options = [f"--tls{part}={directory / part}.pem" for part in ("cacert", "cert", "key")]
        with second_daemon(f"--host=tcp://127.0.0.1:{port}", "--tlsverify", *options) as daemon:
            settings = {
                "dockerHost": f"tcp://127.0.0.1:{port}",
                "dockerCertPath": str(directory / "client"),
                "imageArchive": str(archive),
            }
            yield RemoteHost(settings, daemon.client)


def _write_certificates(directory: Path) -> None:
    """Issue a CA, the daemon's certificate, and the client's in a Docker CLI directory."""
    ca = issue("Docker CA", ca=True)
    (directory / "client").mkdir()
    (directory / "cacert.pem").write_text(ca.certificate_pem)
    (directory / "client" / "ca.pem").write_text(ca.certificate_pem)
    for place, issued in (
        (directory, issue("docker", ["127.0.0.1"], ca)),
        (directory / "client", issue("operator", issuer=ca)),
    ):
        _write_pair(place, issued)


def _write_pair(directory: Path, issued: Issued) -> None:
    (directory / "cert.pem").write_text(issued.certificate_pem)
    (directory / "key.pem").write_text(issued.key_pem)
