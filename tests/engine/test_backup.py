"""Backups on the real engine: under load, after losses, interrupted, and with each server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyrage
import pytest
import urllib3

from backup.copying import Blobs
from backup.directory_target import DirectoryTarget
from backup.docker_source import DockerSource, files_container
from backup.integrity import broken_versions
from backup.layout import INDEX, STAGES, V2, layout_of, root_directory
from backup.manifest import File
from backup.record import read_last
from backup.store import BackupWriter
from cli.paths import ROOT
from common.labels import Owner
from components.docker.engine import DockerEngine
from tests.engine.conftest import said, started
from tests.support.backups import (
    OCI,
    PACK,
    WITH_ZOT,
    BackedUp,
    all_versions,
    expect_whole,
    pushing,
    server_settings,
)
from tests.support.docker import (
    container_names,
    free_port,
    remove_all_of,
    unique_name,
    volume_names,
)
from tests.support.registry import Client
from tests.support.s3 import REGION, bucket

MEGABYTE = 2**20
BLOB = re.compile(r".*/(?P<hex>[0-9a-f]{64})(/data)?")


@pytest.fixture
def registry(project: tuple[Path, str]) -> BackedUp:
    return BackedUp(*project)


@pytest.fixture
def other(registry: BackedUp) -> Iterator[str]:
    """The name of another stack, which is removed at the end."""
    name = unique_name("test")
    yield name
    remove_all_of(name)


@pytest.mark.parametrize("server", [PACK, WITH_ZOT])
def test_backup_under_load(registry: BackedUp, other: str, server: str, tmp_path: Path) -> None:
    registry.configure(**server_settings(server))
    outputs = registry.up()
    place = str(tmp_path / "backups")
    admin = Client.of(outputs, "admin")
    with pushing(admin) as pushed:
        while len(pushed.versions) < 20:
            time.sleep(0.1)
        registry.configure(users=[{"name": "spectro", "rotation": "2"}])
        rotation = started(registry.directory, registry.stack, "up", "--no-policy")
        before = set(pushed.versions)
        registry.run("backup", "--place", place)
        during = set(pushed.versions) - before
        said(rotation)
    assert not pushed.errors
    assert len(during) >= 10, "versions were pushed during the backup"

    restored = registry.copy(other, port=free_port())
    shown = restored.run("restore", "--place", place, "--origin", registry.stack)
    assert "Only its packs were restored" in shown
    versions = expect_whole(Client.of(restored.up(), "admin"))
    assert before <= {(name, tag) for name, tags in versions.items() for tag in tags}


@pytest.mark.parametrize("server", [PACK, WITH_ZOT])
def test_unsafe_order_breaks_versions(registry: BackedUp, server: str, tmp_path: Path) -> None:
    registry.configure(**server_settings(server))
    admin = Client.of(registry.up(), "admin")
    engine, name = DockerEngine(), f"{registry.stack}-backup"
    owner = Owner("pack-registry", registry.stack, "registry")
    pack_format = "zot" if server == WITH_ZOT else ""
    admin.push("packs/load-0-0", os.urandom(8 * MEGABYTE), "0.1.0")
    with (
        pushing(admin, repositories=1) as pushed,
        files_container(engine, owner, name, f"{registry.stack}-data", read_only=True) as files,
    ):
        source = DockerSource(files, root_directory(pack_format), "the volume")
        blobs = Blobs(BackupWriter(DirectoryTarget(tmp_path / "backups"), None), Quiet())

        def wait_for_pushes() -> None:
            wanted = len(pushed.versions) + 12
            while len(pushed.versions) < wanted:
                time.sleep(0.05)

        copied = list(copy_unsafely(source, blobs, pack_format, wait_for_pushes))
    assert not pushed.errors
    assert broken_versions(layout_of(pack_format), copied, blobs.references, complete=True)


def copy_unsafely(
    source: DockerSource, blobs: Blobs, pack_format: str, wait: Callable[[], None]
) -> Iterator[File]:
    """Copy blobs, then layers, manifests and tags: as `cp -a` does.

    :param wait: called at a large blob, which takes a while.
    """
    is_zot = pack_format == "zot"
    for directory, pattern in [
        ("" if is_zot else f"{V2}/blobs", BLOB),
        *([] if is_zot else [(f"{V2}/repositories", stage) for stage in reversed(STAGES)]),
    ]:
        for entry in source.walk(directory):
            if found := BLOB.fullmatch(entry.path):
                if entry.size > MEGABYTE:
                    wait()
                copied = blobs.copy(entry, f"sha256:{found['hex']}")
                yield from [copied] if copied else []
            elif pattern.fullmatch(entry.path) or INDEX.fullmatch(entry.path):
                with entry.opened as content:
                    yield File.of_text(entry.path, content.read().decode())


class Quiet:
    def stage(self, text: str, size: int | None = None) -> None: ...

    def advance(self, size: int) -> None: ...


def test_losses(registry: BackedUp, tmp_path: Path) -> None:
    before = registry.up()
    admin = Client.of(before, "admin")
    for version in ("1.0.0", "1.1.0"):
        admin.push("packs/nginx", version.encode() * 1000, version)
    first = str(tmp_path / "first")
    registry.run("backup", "--place", first)
    admin.push("packs/istio", b"istio" * 1000)
    place = str(tmp_path / "backups")
    registry.run("backup", "--place", place)

    refused = registry.run("restore", "--place", place, code=1)
    assert "has packs already" in refused
    assert "No changes were made." in refused

    remove_all_of(registry.stack)  # the host is lost
    damage(tmp_path / "first")
    refused = registry.run("restore", "--place", first, code=1)
    assert "is damaged: the blob sha256:" in refused
    assert "No changes were made." in refused
    assert "Restored 3 versions" in registry.run("restore", "--place", place)
    assert registry.up() == before, "old passwords and the old CA"
    assert expect_whole(Client.of(before, "spectro")) == {
        "packs/istio": ["1.0.0"],
        "packs/nginx": ["1.0.0", "1.1.0"],
    }

    registry.state.write_bytes(registry.state.read_bytes()[:2000])  # the record is cut off
    assert "Restored Pulumi's record" in registry.run("restore", "--place", place)
    assert registry.up() == before

    shutil.rmtree(registry.state.parent)  # the record and the stack's file are lost
    (registry.directory / f"Pulumi.{registry.stack}.yaml").unlink()
    shown = registry.run("restore", "--place", place)
    assert f"Restored Pulumi.{registry.stack}.yaml" in shown
    assert "The packs are there already and were not changed." in shown
    assert registry.up() == before
    assert len(expect_whole(Client.of(before, "spectro"))) == 2


def damage(backup: Path) -> None:
    """Flip a bit of the largest blob."""
    blob = max((backup / "content").rglob("*.*"), key=lambda path: path.stat().st_size)
    content = bytearray(blob.read_bytes())
    content[len(content) // 2] ^= 1
    blob.write_bytes(content)


@pytest.mark.parametrize("server", [OCI, WITH_ZOT])
def test_killed(registry: BackedUp, server: str, tmp_path: Path) -> None:
    registry.configure(**server_settings(server))
    before = registry.up()
    admin = Client.of(before, "admin")
    for number in range(8):
        admin.push(f"packs/large-{number}", bytes([number]) * 12 * MEGABYTE)
    versions, place = all_versions(admin), tmp_path / "backups"

    backup = started(registry.directory, registry.stack, "backup", "--place", str(place))
    while backup.poll() is None and len(list(place.glob("content/*/*"))) < 3:
        time.sleep(0.002)
    backup.kill()
    backup.communicate()
    assert not list(place.glob("backups/*")), "it was killed before its end"
    refused = registry.run("restore", "--place", str(place), code=1)
    assert "has no complete backup" in refused
    registry.run("backup", "--place", str(place))
    assert not list(place.glob(".partial-*"))

    remove_all_of(registry.stack)
    restore = started(registry.directory, registry.stack, "restore", "--place", str(place))
    while restore.poll() is None and f"{registry.stack}-backup" not in container_names(
        registry.stack
    ):
        time.sleep(0.002)
    time.sleep(0.4)
    restore.kill()
    restore.communicate()
    assert restore.returncode == -9, "it was killed before its end"
    assert "Restored 8 versions" in registry.run("restore", "--place", str(place))
    assert registry.up() == before
    assert expect_whole(Client.of(before, "spectro")) == versions
    assert container_names(registry.stack).isdisjoint(
        {f"{registry.stack}-backup", f"{registry.stack}-maintenance"}
    )


AGE_KEYGEN = """#!{python}
import sys, pyrage
if sys.argv[1] == "-o":
    open(sys.argv[2], "w").write(str(pyrage.x25519.Identity.generate()) + "\\n")
else:
    print(pyrage.x25519.Identity.from_str(open(sys.argv[2]).read().strip()).to_public())
"""


def test_documented_commands_of_backups(registry: BackedUp, other: str, tmp_path: Path) -> None:
    admin = Client.of(before := registry.up(), "admin")
    for number in range(3):
        admin.push("packs/nginx", bytes([number]) * 1000, f"1.{number}.0")
    containers, volumes = container_names(registry.stack), volume_names(registry.stack)
    (tmp_path / "age-keygen").write_text(AGE_KEYGEN.format(python=sys.executable))
    (tmp_path / "age-keygen").chmod(0o755)
    replaced = {
        "=prod-restored": f"={other}",
        "=prod": f"={registry.stack}",
        "/srv/backups": str(tmp_path / "backups"),
    }
    registry.copy(other, port=free_port())
    page = (ROOT / "docs" / "how-to" / "backup.md").read_text()
    commands = re.findall("^    (.+)$", page, re.MULTILINE)
    assert len(commands) == 10
    shown = ""
    for command in commands:
        if command == "make restore STACK=prod FILE=/srv/backups/packs":
            assert shown.count("is whole: 3 versions in 1 repository") == 2
            assert shown.count("packs/nginx:1.0.0 pulled as spectro") == 2
            assert "It would lose what was pushed since" in shown
            now = (container_names(registry.stack), volume_names(registry.stack))
            assert now == (containers, volumes), "a drill leaves nothing"
            remove_all_of(registry.stack)
        pattern = "|".join(replaced)
        text = re.sub(pattern, lambda found: replaced[found[0]], command)
        shown += run_shell(text, registry.directory, tmp_path)
    assert registry.outputs() == before
    for stack in (registry, BackedUp(registry.directory, other)):
        assert expect_whole(Client.of(stack.outputs(), "admin")) == {
            "packs/nginx": ["1.0.0", "1.1.0", "1.2.0"]
        }
    found = read_last(registry.directory / ".state", registry.stack)
    assert found.backup
    assert found.drill
    assert found.drill.backup == found.backup.backup
    other_passphrase = {"PULUMI_CONFIG_PASSPHRASE": "wrong"}
    place = str(tmp_path / "backups" / "packs")
    wrong = registry.run("drill", "--place", place, code=1, environment=other_passphrase)
    assert "incorrect passphrase" in wrong


def run_shell(command: str, directory: Path, programs: Path) -> str:
    """Run a command of the page. The virtual environment is a link, and nothing is installed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
    path = [str(programs), kept["PATH"], str(Path.home() / ".pulumi/bin")]
    done = subprocess.run(
        ["/bin/bash", "-c", command],
        cwd=directory,
        env={
            **kept,
            "PATH": os.pathsep.join(path),
            "PULUMI_HOME": str(directory / ".pulumi"),
            "MAKEFLAGS": "POLICY=0 --old-file=.venv/.installed --no-print-directory",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return " ".join(done.stdout.split())


@pytest.mark.parametrize("server", [OCI, WITH_ZOT])
def test_bucket(registry: BackedUp, other: str, server: str, tmp_path: Path) -> None:
    """Packs in a bucket, and an encrypted backup in another one."""
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "identity").write_text(f"# a comment\n{identity}\n")
    (tmp_path / "recipients").write_text(f"{identity.to_public()}\n")
    with_identity = ("--identity", str(tmp_path / "identity"))
    with bucket() as packs:
        environment = {**keys, "AWS_ENDPOINT_URL": packs.endpoint, "AWS_REGION": REGION}
        storage = packs.storage
        storage["s3"] |= {"accessKey": "key", "secretKey": "secret"}
        registry.configure(**server_settings(server), storage=storage)
        outputs = registry.up()
        admin = Client.of(outputs, "admin")
        admin.push("packs/nginx", b"nginx" * 1000)
        place = f"s3://{packs.name}/backups"
        command = ("backup", "--place", place, "--recipients", str(tmp_path / "recipients"))
        registry.run(*command, environment=environment)
        admin.push("packs/istio", b"istio" * 100)
        shown = registry.run(*command, environment=environment)
        assert re.search(r"2 versions \([\d.]+ kB, [\d.]+ \w+ of it new\)", shown), shown
        assert "IDENTITY" in registry.run(
            "drill", "--place", place, code=1, environment=environment
        )
        shown = registry.run("drill", "--place", place, *with_identity, environment=environment)
        assert "is whole: 2 versions in 2 repositories" in shown
        stored = b"".join(
            urllib3.request("GET", f"{packs.endpoint}/{packs.name}/{key}").data
            for key in re.findall("<Key>(backups/[^<]+)</Key>", packs.objects())
        )
        assert b"istio" * 100 not in stored
        assert b"packs/istio" not in stored, "the manifest is encrypted, too"

        storage["s3"] |= {"prefix": "restored"}
        restored = registry.copy(other, port=free_port(), storage=storage)
        origin = ("--origin", registry.stack)
        restored.run("restore", "--place", place, *with_identity, *origin, environment=environment)
        versions = expect_whole(Client.of(restored.up(), "admin"))
    assert versions == {"packs/istio": ["1.0.0"], "packs/nginx": ["1.0.0"]}
