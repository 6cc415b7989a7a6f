"""Garbage collections of running registries, and requests next to them."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3

from cli.collection import collect_garbage
from cli.docker.collection import DockerRegistry
from cli.stack_registry import StackRegistry
from common.validation import validate
from components.docker.engine import DockerEngine
from components.settings import Settings
from tests.support.engine import EngineRegistry
from tests.support.packs import KINDS
from tests.support.registry import Client

READ_ONLY = 405
"""Status of Distribution for a push to a read-only registry."""


def docker_registry(registry: EngineRegistry, outputs: dict[str, Any]) -> DockerRegistry:
    """Return a registry as the command collects it."""
    name = registry.stack_name
    settings = validate(Settings, dict(registry.settings), name, stack=name)
    return DockerRegistry(DockerEngine(), settings, name, outputs)


def collect(registry: DockerRegistry, *, apply: bool = True) -> None:
    """Collect the garbage of a registry as the command does."""
    versions = StackRegistry(registry.stack, registry.outputs).versions
    collect_garbage(registry, registry.stack, versions, apply=apply)


class AskingClient(Client):
    """A client that does not push a layer that the server says it has, as oras does."""

    def push_blob(self, name: str, content: bytes) -> str:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if self.status(f"{self.api}/{name}/blobs/{digest}", "HEAD") == 200:
            return digest
        return super().push_blob(name, content)


def delete_version(client: Client, repository: str, version: str) -> None:
    """Delete a version. Its blobs remain until a collection."""
    path = f"/v2/{repository}/manifests/"
    found = client.request("HEAD", f"{path}{version}", headers={"Accept": ", ".join(KINDS)})
    deleted = client.request("DELETE", f"{path}{found.headers['Docker-Content-Digest']}")
    assert deleted.status == 202, deleted.data


def answers(client: Client) -> bool:
    """Return whether a registry answers."""
    try:
        return client.status("/health") == 200
    except urllib3.exceptions.HTTPError:
        return False


def size_of(directory: Path) -> int:
    """Return the bytes of all files below a directory. Files may disappear meanwhile."""
    size = 0
    for parent, _, names in os.walk(directory):  # ignores directories that disappear
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                size += Path(parent, name).stat().st_size
    return size


@dataclass
class Reads:
    """Reads that are sent one after the other, and when they failed."""

    total: int = 0
    failed: int = 0
    gaps: list[float] = field(default_factory=list)
    """Seconds from the first to the last read of each series that failed. The next one may take
    a second longer, if the kernel has to send its first packet again."""

    def __str__(self) -> str:
        gaps = ", ".join(f"{gap:.2f}" for gap in self.gaps)
        return f"{self.failed} of {self.total} reads failed, in intervals of {gaps} s"


@contextlib.contextmanager
def reads(client: Client, repository: str, digest: str, content: bytes) -> Iterator[Reads]:
    """Read a blob again and again until the block ends. Every byte is compared."""
    seen, began, last = Reads(), 0.0, 0.0

    def read() -> None:
        nonlocal began, last
        seen.total += 1
        now = time.monotonic()
        try:
            whole = client.pull(repository, digest) == content
        except (AssertionError, urllib3.exceptions.HTTPError):
            whole = False
        if not whole:
            seen.failed += 1
            began, last = began or now, time.monotonic()
        elif began:
            seen.gaps.append(last - began)
            began = 0.0
        time.sleep(0.005)

    with _repeated(read):
        yield seen


@contextlib.contextmanager
def pushes(client: Client, repository: str) -> Iterator[dict[str, bytes]]:
    """Push new versions until the block ends. Yields the content of those that were accepted.

    A push fails while the registry is read-only or starts. Its client tries again.
    """
    accepted: dict[str, bytes] = {}
    numbers = itertools.count()

    def push() -> None:
        version, content = f"1.0.{next(numbers)}", os.urandom(20_000)
        with contextlib.suppress(AssertionError, urllib3.exceptions.HTTPError):
            client.push(repository, content, version)
            accepted[version] = content
        time.sleep(0.05)

    with _repeated(push):
        yield accepted


@contextlib.contextmanager
def _repeated(work: Callable[[], None]) -> Iterator[None]:
    """Do something in another thread again and again until the block ends.

    :raises BaseException: what it raised.
    """
    ended, failures = threading.Event(), []

    def run() -> None:
        try:
            while not ended.is_set():
                work()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    if failures:
        raise failures[0]
