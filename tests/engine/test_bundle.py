"""``make bundle``, and what its script and ``make up`` do on an air-gapped machine."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.paths import ROOT
from tests.engine.conftest import configure, said, started
from tests.support.bundles import flip, unbundle
from tests.support.docker import skip_or_fail
from tests.support.flavors import DISTRIBUTION
from tests.support.namespace import Namespace, namespace_is_missing, without_route
from tests.support.packs import write_pack

PART_SIZE = "60M"


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    skip_or_fail(namespace_is_missing(), "REQUIRE_REMOTE_HOSTS")
    with without_route() as found:
        yield found


@dataclass(frozen=True)
class Made:
    """A bundle, and the stack that it is for."""

    stack: str
    directory: Path
    packs: Path
    said: str


@pytest.fixture
def bundle(project: tuple[Path, str], tmp_path: Path) -> Made:
    """A bundle of an OCI registry with policies and a pack."""
    directory, stack = project
    configure(directory, stack, port=8443, ipAddresses=["127.0.0.1"], **DISTRIBUTION)
    shutil.copy(ROOT / "policy/dev.json", directory / f"policy/{stack}.json")
    packs, target = tmp_path / "packs", tmp_path / "bundle"
    write_pack(packs, "nginx", "1.0.0", size=100_000)
    began = time.monotonic()
    options = {"FILE": str(target), "PACK": str(packs), "PART_SIZE": PART_SIZE}
    shown = said(started(directory, stack, "bundle", environment=options))
    print(f"bundle: {time.monotonic() - began:.0f} s\n{shown}")  # noqa: T201
    return Made(stack, target, packs, shown)


def documented_commands(shown: str) -> list[str]:
    """The commands that a script tells the user to run next."""
    return re.findall(r"(?:Next, run|Then push the packs with) `(.+?)`", shown)


@dataclass(frozen=True)
class Offline:
    """A user with an empty home directory on an air-gapped machine."""

    namespace: Namespace
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """The only variables of the user's commands."""
        programs = self.home.parent / "programs"  # a directory of docker may have other programs
        if not programs.exists():
            programs.mkdir()
            (programs / "docker").symlink_to(shutil.which("docker") or "")
        path = os.pathsep.join([str(programs), "/usr/sbin", "/usr/bin", "/sbin", "/bin"])
        return {"HOME": str(self.home), "PATH": path, "PYTHON": python()}

    def run(self, *command: str, directory: Path, code: int = 0) -> str:
        """Run a command, and print how long it takes."""
        began = time.monotonic()
        shown = self.namespace.run(
            *command, environment=self.environment, directory=directory, code=code
        )
        print(f"{shlex.join(command)}: {time.monotonic() - began:.0f} s\n{shown}")  # noqa: T201
        return shown


def python() -> str:
    """The interpreter that the virtual environment of the tests uses."""
    return str(Path(sys.executable).resolve())


def test_bundle_without_route(bundle: Made, namespace: Namespace, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    offline, target = Offline(namespace, tmp_path / "home"), tmp_path / "registry"
    unpacked = offline.run("./unbundle.sh", str(target), directory=bundle.directory)
    up, push = documented_commands(unpacked)
    assert up == f"cd {target} && make up STACK={bundle.stack}"
    shown = offline.run("sh", "-c", up, directory=tmp_path)
    assert "The registry is up and verified." in shown
    assert "Installing" not in shown, "neither packages nor Pulumi"
    assert "trial" not in shown.lower()
    offline.run("sh", "-c", push, directory=target)
    offline.run("make", "pull", "PACK=nginx:1.0.0", f"STACK={bundle.stack}", directory=target)
    pulled = target / "nginx-1.0.0"
    for path in (bundle.packs / "nginx-1.0.0").rglob("*"):
        if path.is_file():
            content = pulled / path.relative_to(bundle.packs / "nginx-1.0.0")
            assert content.read_bytes() == path.read_bytes()
    assert namespace.interfaces() <= {"lo", "docker0"} | {
        name for name in namespace.interfaces() if name.startswith("veth")
    }

    namespace.add_route_to_nowhere()
    upgraded = tmp_path / "registry-2"
    offline.run("./unbundle.sh", str(upgraded), directory=bundle.directory)
    offline.run("cp", "-a", f"{target}/.state", f"{upgraded}/", directory=tmp_path)
    again = offline.run("make", "up", f"STACK={bundle.stack}", directory=upgraded)
    assert "The registry is up and verified." in again
    assert " created" not in again
    assert " replaced" not in again
    assert namespace.packets_to_nowhere() == 0, "nothing is requested from another machine"
    offline.run("make", "down", f"STACK={bundle.stack}", directory=upgraded)


def test_damaged_bundle(bundle: Made, tmp_path: Path) -> None:
    """Nothing is unpacked from a bundle with a changed, missing, added or swapped file."""
    parts = sorted(bundle.directory.glob("bundle.part*"))
    assert len(parts) >= 3
    for path in [*parts, bundle.directory / "bundle.json", bundle.directory / "SHA256SUMS"]:
        for offset in (10, path.stat().st_size // 2, path.stat().st_size - 1):
            flip(path, offset)
            refuse(bundle, tmp_path, "is damaged")
            flip(path, offset)
    first, second, last = parts[0], parts[1], parts[-1]
    aside = tmp_path / "aside"
    for path in parts:
        path.rename(aside)
        refuse(bundle, tmp_path, f"{path.name} is missing")
        aside.rename(path)
    swap(first, second)
    refuse(bundle, tmp_path, "bundle.part001 is damaged")
    swap(first, second)
    extra = bundle.directory / f"bundle.part{len(parts) + 1:03}"
    os.link(first, extra)
    refuse(bundle, tmp_path, f"{extra.name} is not part of this bundle")
    extra.unlink()
    os.truncate(last, last.stat().st_size - 1)
    refuse(bundle, tmp_path, f"{last.name} is damaged")


def swap(first: Path, second: Path) -> None:
    aside = first.with_name("aside")
    first.rename(aside)
    second.rename(first)
    aside.rename(second)


def refuse(bundle: Made, tmp_path: Path, message: str) -> None:
    done = unbundle(bundle.directory, tmp_path / "registry", tmp_path / "home", PYTHON=python())
    assert done.returncode == 1, done.stderr
    assert message in done.stderr.splitlines()[-1]
    assert not (tmp_path / "registry").exists()
    assert list((tmp_path / "home").iterdir()) == []
