"""The packs of a stack: where a backup reads them, and where a restore writes them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from cli.console import CommandError, make_command
from cli.owners import stack_owner
from cli.paths import REGISTRY
from cli.pulumi.binary import Pulumi
from cli.pulumi.secret_config import read_secret_config
from components.docker import names
from components.docker.engine import DockerEngine
from components.servers.zot.paths import BUCKET_DIRECTORY
from components.settings import Settings, StorageKind, Target
from components.storage.location import StorageLocation

if TYPE_CHECKING:
    from backup.place import Place
    from backup.s3 import Bucket
    from backup.source import Source


@dataclass(frozen=True)
class StackPacks:
    """The packs of one stack."""

    stack: str
    settings: Settings
    pulumi: Pulumi
    outputs: Mapping[str, Any]
    """The stack's outputs; empty without a record."""

    @property
    def engine(self) -> DockerEngine:
        """The stack's Docker host."""
        return DockerEngine(self.settings.docker_host, self.settings.docker_cert_path)

    @property
    def location(self) -> StorageLocation:
        """The location of the packs."""
        settings = self.settings
        volume = names.data_volume(settings.container_name, settings.storage)
        return StorageLocation.of(settings.storage, volume, settings.pack_format)

    def ensure_supported(self) -> None:
        """Check that the packs can be backed up.

        :raises CommandError: if not.
        """
        kind = self.settings.storage.kind
        if kind is StorageKind.MEMORY:
            raise CommandError(
                "storage.kind: packs in memory can't be backed up. Select another kind "
                "(docs/how-to/storage.md), and push the packs again."
            )
        if self.settings.target is Target.KUBERNETES and kind is not StorageKind.S3:
            self._reject_claim()

    def _reject_claim(self) -> NoReturn:
        raise CommandError(
            f"storage.kind: the packs of stack {self.stack} are in a PersistentVolumeClaim, which "
            "this command can't read. Back it up with a VolumeSnapshot of the cluster, or set "
            "storage.kind to s3 and move the packs there (docs/how-to/move-packs.md). To copy the "
            f"packs to another registry, run `make copy-packs FROM={self.stack} STACK=<other>`."
        )

    @contextlib.contextmanager
    def source(self) -> Iterator[Source]:
        """Open the packs for reading."""
        from backup.bucket_source import BucketSource
        from backup.docker_source import DockerSource, files_container
        from backup.layout import root_directory

        if self.settings.storage.kind is StorageKind.S3:
            yield BucketSource(self._bucket(), str(self.location))
            return
        engine, name = self.engine, names.backup(self.settings.container_name)
        source, owner = self._existing_source(), stack_owner(self.stack)
        with files_container(engine, owner, name, source, read_only=True) as container:
            root = root_directory(self.settings.pack_format)
            yield DockerSource(container, root, str(self.location))

    @contextlib.contextmanager
    def place(self) -> Iterator[Place]:
        """Open the place of the packs for writing. A missing volume is created."""
        from backup.bucket_place import BucketPlace
        from backup.docker_place import DockerPlace
        from backup.docker_source import files_container
        from backup.layout import relative_root

        if self.settings.storage.kind is StorageKind.S3:
            yield BucketPlace(self._bucket(), str(self.location))
            return
        engine, name = self.engine, names.backup(self.settings.container_name)
        owner = stack_owner(self.stack)
        if volume := names.data_volume(self.settings.container_name, self.settings.storage):
            # An existing volume keeps its content and its labels.
            engine.client.api.create_volume(volume, labels=owner.labels)
        source = self._existing_source()
        with files_container(engine, owner, name, source, read_only=False) as container:
            root = relative_root(self.settings.pack_format)
            yield DockerPlace(container, root, str(self.location))

    def _existing_source(self) -> str:
        """Return the volume or directory with the packs.

        :raises CommandError: if the volume does not exist. Docker would create an empty one.
        """
        storage = self.settings.storage
        volume = names.data_volume(self.settings.container_name, storage)
        source = storage.path or volume or str(self.outputs.get("dataVolume", ""))
        if source.startswith("/"):
            return source
        if not source or self.engine.volume_labels(source) is None:
            command = make_command("up", self.stack)
            raise CommandError(
                f"The volume with the packs of stack {self.stack} does not exist on the Docker "
                f"host. Create it with `{command}`, then run this command again."
            )
        return source

    def _bucket(self) -> Bucket:
        """Return the bucket, with the keys of the stack's config.

        :raises CommandError: if the config can't be decrypted.
        """
        return bucket_of(self.settings, self._config("storage").get("s3", {}))

    def _config(self, key: str) -> dict[str, Any]:
        """Return a setting with its secrets; empty if it is not set.

        Pulumi decrypts only the config of a stack that exists.
        """
        self.pulumi.run_captured("stack", "init", self.stack, "--no-select")
        config = read_secret_config(self.pulumi, self.stack, REGISTRY.name)
        return dict(json.loads(config.get(key, "{}")))


def bucket_of(settings: Settings, keys: Mapping[str, Any]) -> Bucket:
    """Return the bucket of a registry.

    :param keys: the setting `storage.s3` with its secrets. What is missing is from the environment.
    """
    from backup import s3

    found = settings.storage.s3
    connection = s3.client(
        region=found.region,
        endpoint=found.endpoint,
        path_style=found.path_style,
        access_key=keys.get("accessKey"),
        secret_key=keys.get("secretKey"),
        of_packs=True,
    )
    prefix = found.prefix
    if settings.uses_zot:
        # zot puts its root directory before keys twice (zot 2.1.20, `pkg/storage/storage.go`).
        root = "/".join(filter(None, [prefix, BUCKET_DIRECTORY]))
        prefix = f"{root}/{root}"
    return s3.Bucket(connection, found.bucket, prefix)
