"""Publishes packs in an OCI registry, in the form of ORAS 1.0 that Palette's guide prescribes.

A version that another push publishes at the same time is not overwritten. The protocol has no
request that writes a tag only if it is free, so each tag is read right before it is written, and
all of them once more at the end.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from common.errors import UserError
from common.packs import CREATED
from packs.annotations import CONTENT, DISPLAY_NAME, LAYER
from packs.archive import Blob, write_archive
from packs.failures import UnauthorizedError, UnavailableError
from packs.plan import LocalPack, Step, by_turns, has_content
from packs.registry import Manifest, PackRegistryClient
from packs.retries import Retries
from packs.workers import workers

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.unknown.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
"""What ORAS 1.0 gives any file, even one that is compressed."""
TITLE = "org.opencontainers.image.title"
CONFIG = b"{}"
SETTLE_SECONDS = 0.5
"""Seconds after a tag was written: a push that found the tag free before that has then written
it."""


@dataclass
class Published:
    """The result of a push."""

    versions: dict[str, Manifest] = field(default_factory=dict)
    """Manifests of the versions that were pushed, by NAME:VERSION."""
    size: int = 0
    """Bytes of the archives that were sent."""
    resumed: int = 0
    """Archives that an interrupted push had sent already."""
    errors: dict[str, UserError] = field(default_factory=dict)
    """Why a version was not pushed, by NAME:VERSION."""


@dataclass(frozen=True)
class Progress:
    """What is called during a push. Several threads call it."""

    began: Callable[[Step], None]
    """Called before each version."""
    packed: Callable[[int], None]
    """Called with the bytes of each part that was packed, before compression."""
    found: Callable[[int], None]
    """Called with the bytes of each archive before it is sent."""
    sent: Callable[[int], None]
    """Called with the bytes of each part that was sent."""
    ended: Callable[[Step, UserError | None], None]
    """Called after each version, with its error."""


def publish(
    client: PackRegistryClient, steps: Sequence[Step], progress: Progress, retries: Retries
) -> Published:
    """Push versions. If one has an error, the others are pushed.

    If the registry can't be reached or rejects the password, the push stops.
    """
    result = Published()
    push = _Push(client, retries, progress, result)
    with workers(stop=retries.stop) as pool:
        list(pool.map(push.run, by_turns(steps, lambda step: step.repository)))
    if result.versions and not retries.are_stopped:
        _check_tags(push, steps)
    return result


@dataclass(frozen=True)
class _Push:
    client: PackRegistryClient
    retries: Retries
    progress: Progress
    result: Published
    configured: list[str] = field(default_factory=list)
    """Repositories that have the config."""
    tagged: dict[str, float] = field(default_factory=dict)
    """When the tag of NAME:VERSION was written, in seconds of the monotonic clock."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, step: Step) -> None:
        """Push one version, and record its result."""
        if self.retries.are_stopped:
            return
        self.progress.began(step)
        error: UserError | None = None
        try:
            self._version(step)
        except UserError as raised:
            error = raised
            self.result.errors[step.reference] = error
            if isinstance(error, UnavailableError | UnauthorizedError):
                self.retries.stop()
        self.progress.ended(step, error)

    def _version(self, step: Step) -> None:
        """Pack, send and read back one version."""
        local = step.local
        with tempfile.TemporaryFile(prefix="pack-registry-") as opened:
            archive = cast(BinaryIO, opened)
            directory = local.pack.directory
            blob = write_archive(
                directory, local.archive_name, local.content, archive, self.progress.packed
            )
            self.progress.found(blob.size)
            self._add_config(step)
            sent = self._add(step, blob.digest, archive)
        if not sent:
            self.progress.sent(blob.size)
        manifest = manifest_of(local, blob)
        self.retries.run(lambda: self._tag(step, manifest))
        self.tagged[step.reference] = time.monotonic()
        self.retries.run(lambda: self._read_back(step, blob))
        with self.lock:
            self.result.versions[step.reference] = manifest
            self.result.size += blob.size if sent else 0
            self.result.resumed += not sent

    def _add(self, step: Step, digest: str, archive: BinaryIO) -> bool:
        def add() -> bool:
            return self.client.add_blob(step.repository, digest, archive, report=self.progress.sent)

        return self.retries.run(add)

    def _add_config(self, step: Step) -> None:
        """Mount the config from the first repository that has it: one request instead of two."""
        if step.repository in self.configured:
            return
        source = next(iter(self.configured), None)

        def add() -> bool:
            content = io.BytesIO(CONFIG)
            return self.client.add_blob(step.repository, _digest(CONFIG), content, source=source)

        self.retries.run(add)
        self.configured.append(step.repository)

    def _tag(self, step: Step, manifest: Manifest) -> None:
        version = step.local.pack.version
        digest = self.client.manifest_digest(step.repository, version)
        if digest and digest not in (step.published, manifest.digest):
            found = self.client.manifest(step.repository, digest)
            if found and has_content(self.client, step.repository, found, step.local):
                return
            raise UserError(
                f"Another push published {step.reference} with other content at the same time. It "
                "was not overwritten. Run the command again to compare both."
            )
        self.client.put_manifest(step.repository, version, manifest)

    def _read_back(self, step: Step, blob: Blob) -> None:
        """Read the archive by its digest. The manifest is read at the end of the push."""
        parts = self.client.read_blob(step.repository, blob.digest)
        if parts is None:  # a bucket has it
            return
        found = hashlib.sha256()
        for part in parts:
            found.update(part)
        if blob.digest != f"sha256:{found.hexdigest()}":
            raise UserError(
                f"The registry stored {step.reference}, and returns another archive. Check its "
                "storage and its log, then run the command with FORCE=1."
            )


def _check_tags(push: _Push, steps: Sequence[Step]) -> None:
    """Read the manifests back, and find versions that another push has overwritten."""
    client, result = push.client, push.result
    pushed = [step for step in steps if step.reference in result.versions]
    pushed.sort(key=lambda step: push.tagged[step.reference])

    def check(step: Step) -> UserError | None:
        version = step.local.pack.version
        time.sleep(max(0.0, push.tagged[step.reference] + SETTLE_SECONDS - time.monotonic()))
        try:
            found = push.retries.run(lambda: client.manifest(step.repository, version))
            if found and found.digest == result.versions[step.reference].digest:
                return None
            if found and has_content(client, step.repository, found, step.local):
                return None
        except UserError as error:
            return error
        return UserError(
            f"Another push has overwritten or deleted {step.reference} at the same time. Run the "
            "command again to compare both."
        )

    with workers(stop=push.retries.stop) as pool:
        for step, error in zip(pushed, pool.map(check, pushed), strict=True):
            if error:
                del result.versions[step.reference]
                result.errors[step.reference] = error


def manifest_of(local: LocalPack, blob: Blob) -> Manifest:
    """Return the manifest that `oras push --image-spec v1.0` writes, with further annotations."""
    now = datetime.datetime.now(datetime.UTC)
    layer = {
        **_descriptor(LAYER_TYPE, blob.digest, blob.size),
        "annotations": {TITLE: f"{local.archive_name}.tar.gz"},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": _descriptor(CONFIG_TYPE, _digest(CONFIG), len(CONFIG)),
        "layers": [layer],
        "annotations": {
            CREATED: now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            CONTENT: local.content.digest,
            DISPLAY_NAME: local.pack.display_name,
            LAYER: local.pack.layer,
        },
    }
    content = json.dumps(manifest, separators=(",", ":"))
    return Manifest(content.encode(), MANIFEST_TYPE)


def _descriptor(media_type: str, digest: str, size: int) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest, "size": size}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
