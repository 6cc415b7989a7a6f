"""A drill: restores a backup into a server that exists only for this, and reads it as a client."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from backup.digests import PART
from backup.docker_place import DockerPlace
from backup.docker_source import files_container
from backup.drill_client import DrillClient
from backup.drill_credentials import certificate_pair, htpasswd_of
from backup.errors import BackupError
from backup.layout import layout_of, relative_root
from backup.manifest import Manifest
from backup.progress import Progress
from backup.restore import restore_packs
from backup.store import BackupReader
from common.labels import Owner
from common.wait import wait_until
from components.docker.addresses import reachable_address
from components.docker.archive import make_tar
from components.docker.container import TMPFS
from components.docker.container_spec import ContainerSpec, Mount, PublishedPort
from components.docker.engine import DockerEngine
from components.docker.orphans import remove_orphan
from components.servers.paths import DATA_DIRECTORY
from components.servers.throwaway import ThrowawayServer, throwaway_server

START_SECONDS = 60.0
LOG_LINES = 5
_MEMORY = 2 * 2**30


@dataclass(frozen=True)
class DrillHost:
    """The Docker host of a drill."""

    engine: DockerEngine
    owner: Owner
    name: str
    """Name of its container and its volume."""
    image: str
    address: str
    """Address of the host on which the server's port is published."""


@dataclass(frozen=True)
class DrillResult:
    """What the drill measured."""

    restore_seconds: float
    """Time to restore the packs and start the server."""
    repositories: int
    versions: int
    pulled: str
    """The version that was pulled."""
    user: str
    """The user who pulled it."""


def drill(
    host: DrillHost,
    reader: BackupReader,
    manifest: Manifest,
    passwords: Mapping[str, str],
    progress: Progress,
) -> DrillResult:
    """Restore a backup, compare what the server has, and remove everything.

    :param passwords: by user name, from the backup.
    :raises BackupError: if something differs.
    """
    known = {user: password for user, password in passwords.items() if password}
    if not known:
        raise BackupError(
            "The backup has no password in plain text, because the settings have hashes. A drill "
            "needs one user with a password."
        )
    root = relative_root(manifest.server.pack_format)
    with _volume(host):
        began = time.monotonic()
        with _files(host, root) as place:
            restore_packs(place, reader, manifest, progress)
            _check_digests(place, manifest, progress)
        progress.stage("Starting a server")
        certificate, key = certificate_pair()
        server = throwaway_server(
            manifest.server.pack_format, list(known), htpasswd_of(known), certificate, key
        )
        with _running(host, server, manifest) as port:
            address = reachable_address(host.engine, host.address)
            path = server.process.api.catalog_path
            client = DrillClient(address, port, certificate, path.removesuffix("/_catalog"))
            _wait(client, server, host, manifest)
            seconds = time.monotonic() - began
            progress.stage("Reading as a user")
            user = next((name for name in known if name != "admin"), "admin")
            client.log_in(user, known[user])
            return _compare(client, manifest, user, seconds)


@contextlib.contextmanager
def _volume(host: DrillHost) -> Iterator[None]:
    """Create an empty volume, and remove it at the end with the server's container."""
    api = host.engine.client.api

    def remove() -> None:
        remove_orphan(host.engine, host.name, host.owner)
        remove_orphan(host.engine, _files_name(host), host.owner)
        labels = host.engine.volume_labels(host.name)
        if labels is not None and not host.owner.owns(labels):
            raise BackupError(
                f"A volume named {host.name} exists and belongs to another owner. Remove it, then "
                "run the command again."
            )
        host.engine.remove_volume(host.name)

    remove()  # what a killed drill left
    api.create_volume(host.name, labels=host.owner.labels)
    try:
        yield
    finally:
        remove()


def _files_name(host: DrillHost) -> str:
    return f"{host.name}-files"


@contextlib.contextmanager
def _files(host: DrillHost, root: str) -> Iterator[DockerPlace]:
    with files_container(
        host.engine, host.owner, _files_name(host), host.name, read_only=False
    ) as container:
        yield DockerPlace(container, root, f"the volume {host.name}")


def _check_digests(place: DockerPlace, manifest: Manifest, progress: Progress) -> None:
    """Read every restored file, and compare it with the manifest.

    :raises BackupError: if one is missing or differs.
    """
    size = sum(file.size for file in manifest.files if file.text is None)
    progress.stage("Checking what was restored", size)
    expected = {file.path: file.sha256 for file in manifest.files}
    for entry in place.source.walk(""):
        digest = hashlib.sha256()
        with entry.opened as content:
            while part := content.read(PART):
                digest.update(part)
                progress.advance(len(part))
        if expected.pop(entry.path, None) not in (digest.hexdigest(), None):
            raise BackupError(f"The restored file {entry.path} has another content.")
    if expected:
        raise BackupError(f"{len(expected)} files were not restored, such as {min(expected)}.")


@contextlib.contextmanager
def _running(host: DrillHost, server: ThrowawayServer, manifest: Manifest) -> Iterator[int]:
    """Start a server, and yield its port on the host."""
    process = server.process
    mounts = [Mount(directory, None) for directory in process.config_directories]
    spec = ContainerSpec(
        name=host.name,
        image=host.image,
        labels=host.owner.labels,
        command=process.command,
        user=_user(server, manifest),
        environment=process.environment,
        ports=[PublishedPort(process.port, None, host.address)],
        mounts=[*mounts, Mount(DATA_DIRECTORY, host.name)],
        tmpfs={"/tmp": TMPFS},  # noqa: S108 - a mount point
        read_only_root=True,
        security_options=["no-new-privileges:true"],
        drop_capabilities=["ALL"],
        memory=_MEMORY,
        pids_limit=256,
    )
    identifier = host.engine.create_container(spec)
    tar = make_tar(server.files)
    for directory in process.config_directories:
        host.engine.extract_archive(identifier, directory, tar)
    host.engine.start_container(identifier)
    try:
        yield host.engine.published_port(identifier, process.port)
    finally:
        host.engine.remove_container(identifier)


def _user(server: ThrowawayServer, manifest: Manifest) -> str:
    """Return the user and group of the server; empty for the image's own.

    zot writes next to its packs. Without capabilities, not even root may write to the directories
    of another user, so zot runs as the owner of the restored files.
    """
    owner = manifest.owner
    return "" if server.process.user_id is None else f"{owner.uid}:{owner.gid}"


def _wait(
    client: DrillClient, server: ThrowawayServer, host: DrillHost, manifest: Manifest
) -> None:
    """Wait until the server answers.

    :raises BackupError: if it ends, or does not answer in time.
    """
    path = server.process.probe_path

    def has_ended() -> bool:
        found = host.engine.container(host.name)
        return found is None or found.status != "running"

    if wait_until(lambda: client.answers(path) or has_ended(), START_SECONDS):
        if client.answers(path):
            return
        problem = "ended"
    else:
        problem = f"did not answer in {START_SECONDS:.0f} s"
    log = "".join(f"\n    {line}" for line in host.engine.last_log_lines(host.name, LOG_LINES))
    raise BackupError(
        f"All restored files are whole, but the server with them {problem}.\n"
        f"  Fix: Compare the image of the drill ({host.image}) with the image of the backup "
        f"({manifest.server.image}). Read the log, then run the command again.\n"
        f"  End of the server's log:{log or ' empty'}"
    )


def _compare(client: DrillClient, manifest: Manifest, user: str, seconds: float) -> DrillResult:
    """Compare catalog and versions with the backup, and pull one pack.

    :raises BackupError: if they differ.
    """
    tags = layout_of(manifest.server.pack_format).tags(manifest.files)
    catalog = client.catalog()
    if catalog is not None and (missing := sorted(set(tags) - set(catalog))):
        raise BackupError(f"The restored server does not list {', '.join(missing[:10])}.")
    for repository, versions in tags.items():
        found = client.tags(repository)
        if found is not None and set(found) != set(versions):
            raise BackupError(
                f"The restored server lists other versions of {repository}: "
                f"{', '.join(sorted(found)) or 'none'}."
            )
    broken = set(manifest.broken)
    pulled = next(
        (
            (repository, tag)
            for repository, versions in tags.items()
            for tag in versions
            if f"{repository}:{tag}" not in broken
        ),
        None,
    )
    if pulled:
        client.pull(*pulled)
    return DrillResult(
        restore_seconds=seconds,
        repositories=len(tags),
        versions=sum(map(len, tags.values())),
        pulled=":".join(pulled) if pulled else "",
        user=user,
    )
