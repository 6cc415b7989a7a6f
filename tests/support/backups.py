"""Registries of a copied project that are backed up and restored, and pushes meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3
import yaml

from common.wait import wait_until
from tests.engine.conftest import configure, make_up, said, started
from tests.support.docker import DEVELOPMENT_IMAGE
from tests.support.flavors import DISTRIBUTION, ZOT
from tests.support.packs import whole
from tests.support.registry import Client
from tests.support.zot import require_zot, zot_image

PACK, OCI, WITH_ZOT = "pack", "distribution", "zot"
SERVERS = (PACK, OCI, WITH_ZOT)
LOAD = "packs/load-"
"""Beginning of the repositories of `pushing`."""


def server_settings(server: str) -> dict[str, Any]:
    """Return the settings of a server. Skips the test if its image can't be built."""
    if server == WITH_ZOT:
        require_zot()
        return {**ZOT, "image": zot_image()}
    return {**(DISTRIBUTION if server == OCI else {}), "image": DEVELOPMENT_IMAGE}


@dataclass
class BackedUp:
    """One stack of a copied project."""

    directory: Path
    stack: str

    def configure(self, **settings: Any) -> None:
        configure(self.directory, self.stack, **settings)

    def up(self) -> dict[str, Any]:
        said(make_up(self.directory, self.stack))
        return self.outputs()

    def outputs(self) -> dict[str, Any]:
        shown = said(started(self.directory, self.stack, "outputs", "--only", "json", "--secrets"))
        found: dict[str, Any] = yaml.safe_load(shown[shown.index("{") :])
        return found

    def run(self, *command: str, code: int = 0, environment: dict[str, str] | None = None) -> str:
        process = started(self.directory, self.stack, *command, environment=environment)
        return " ".join(said(process, code).split())

    def copy(self, stack: str, **settings: Any) -> BackedUp:
        """Return another stack with the same settings, except the given ones."""
        text = (self.directory / f"Pulumi.{self.stack}.yaml").read_text()
        written = {"config": yaml.safe_load(text)["config"]}
        (self.directory / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(written))
        other = BackedUp(self.directory, stack)
        other.configure(containerName=stack, **settings)
        return other

    @property
    def state(self) -> Path:
        """The file of Pulumi's record."""
        stacks = self.directory / ".state" / ".pulumi" / "stacks" / "pack-registry"
        return stacks / f"{self.stack}.json"


@dataclass
class Pushed:
    """What was pushed, and when a push failed."""

    versions: list[tuple[str, str]] = field(default_factory=list)
    """Repository and version of the pushes that were acknowledged."""
    errors: list[str] = field(default_factory=list)


@contextlib.contextmanager
def pushing(client: Client, workers: int = 3, repositories: int = 5) -> Iterator[Pushed]:
    """Push new versions and overwrite old ones until the block ends.

    :param repositories: the number of each worker's repositories.
    """
    pushed, stop = Pushed(), threading.Event()

    def push(worker: int) -> None:
        number = 0
        while not stop.is_set():
            repository = f"{LOAD}{worker}-{number % repositories}"
            for version in (f"1.{number}.0", "latest"):
                try:
                    client.push(repository, os.urandom(3000), version)
                    pushed.versions.append((repository, version))
                except Exception as error:  # the test reports it
                    pushed.errors.append(repr(error))
            number += 1

    threads = [threading.Thread(target=push, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    try:
        yield pushed
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def wait_for_pushes(pushed: Pushed, count: int) -> None:
    """Wait until more pushes are acknowledged."""
    wanted = len(pushed.versions) + count
    assert wait_until(lambda: len(pushed.versions) >= wanted, 60), pushed.errors[-1:]


def all_versions(client: Client) -> dict[str, list[str]]:
    """Return the versions of all repositories that a registry lists."""
    catalog = json.loads(client.request("GET", f"{client.api}/_catalog?n=1000").data)
    found = {}
    for repository in catalog["repositories"]:
        tags = client.request("GET", f"{client.api}/{repository}/tags/list")
        if tags.status == 200 and (listed := json.loads(tags.data).get("tags")):
            found[repository] = sorted(listed)
    return found


def expect_whole(client: Client) -> dict[str, list[str]]:
    """Pull every version with all of its content, and return the versions."""
    versions = all_versions(client)
    for repository, tags in versions.items():
        for tag in tags:
            whole(client, repository, tag)
    return versions


def contents(outputs: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Return the digests of all versions. Pulls all blobs and checks their digests."""
    client = Client.of(outputs, "admin")
    return {
        (repository, tag): next(iter(whole(client, repository, tag)))
        for repository, tags in all_versions(client).items()
        for tag in tags
    }


def responds(client: Client) -> bool:
    """Return whether a registry lists its packs."""
    try:
        return client.status(f"{client.api}/_catalog") == 200
    except urllib3.exceptions.HTTPError:
        return False


def expect_acknowledged(outputs: dict[str, Any], pushed: Pushed) -> None:
    """Check that every version whose push was acknowledged is whole.

    Of a push that failed, the server may list the version without its manifest. Its client pushes
    it again.
    """
    client = Client.of(outputs, "admin")
    assert wait_until(lambda: responds(client), 60)
    acknowledged = set(pushed.versions)
    for repository, tag in acknowledged:
        whole(client, repository, tag)
    for repository, tags in all_versions(client).items():
        for tag in tags:
            if repository.startswith(LOAD) and (repository, tag) not in acknowledged:
                client.push(repository, b"pushed again", tag)
    expect_whole(client)
