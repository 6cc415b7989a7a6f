"""Pushes of many packs, side by side with a loop of `tar` and `oras push`."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from bench.figures import Comparison, median, median_ratio
from bench.load import ask_once
from cli.paths import ROOT
from common.packs import archive_prefix
from packs.source import Pack, pack_directories, read_pack
from tests.support.docker import free_port, remove_all_of, unique_name
from tests.support.engine import engine_environment
from tests.support.flavors import ZOT
from tests.support.packs import write_pack
from tests.support.processes import find_program
from tests.support.project import copy_project
from tests.support.zot import zot_image

ROUNDS = 3
PACKS = "PACKS"
"""Variable with a directory of packs to push instead of generated ones."""
SCRIPT = ROOT / "bench" / "push.sh"
COUNT, FILES = 220, 45
"""Packs and their files: those of the public repository spectrocloud/pack-central, in which the
largest tenth has half of all bytes."""
SIZES = [(20, 25_000), (35, 110_000), (90, 190_000), (45, 700_000), (25, 1_900_000), (5, 5_000_000)]
"""Numbers of packs, and their bytes."""


def push_packs() -> Comparison:
    """Compare pushes of many packs, first to an empty registry and then without a change."""
    with TemporaryDirectory() as name, _registry() as registry:
        packs = _packs(Path(name))
        count = len(list(packs.iterdir()))
        names = ("cold", "loop", "unchanged", "loop again", "floor")
        runs: dict[str, list[float]] = {name: [] for name in names}
        for number in range(ROUNDS):
            base = f"round-{number}"
            registry.empty(base)
            runs["loop"].append(registry.loop(packs, f"guide-{number}"))
            runs["cold"].append(registry.push(packs))
            runs["loop again"].append(registry.loop(packs, f"guide-{number}"))
            runs["unchanged"].append(registry.push(packs))
            runs["floor"].append(registry.floor(packs, base))
    cold, loop, unchanged, again, floor = figures = [
        median(f"make push, {count} new packs", runs["cold"]),
        median(f"tar and oras push, {count} new packs", runs["loop"]),
        median("make push, nothing changed", runs["unchanged"]),
        median("tar and oras push, nothing changed", runs["loop again"]),
        median(f"pulumi stack output, then {count} HEAD requests by vegeta", runs["floor"]),
    ]
    result = (
        f"ratio {median_ratio(cold, loop):.2f}, and {median_ratio(unchanged, again):.2f} with "
        f"nothing changed, and {median_ratio(floor, again):.2f} for the Pulumi CLI and the bare "
        "requests"
    )
    goal = "at most 0.6, and 0.05 with nothing changed"
    return Comparison("Pushing many packs", figures, result, goal)


def _versions(packs: Path) -> list[Pack]:
    return [read_pack(directory) for directory in pack_directories(packs)]


def _packs(directory: Path) -> Path:
    """Return a directory of packs whose directories are called NAME-VERSION."""
    root = directory / "packs"
    given = os.environ.get(PACKS)
    if given:
        for found in pack_directories(Path(given)):
            described = read_pack(found)
            shutil.copytree(found, root / f"{described.name}-{described.version.replace('-', '.')}")
        return root
    source = random.Random(1)  # noqa: S311 - the same packs in every run
    words = ["".join(source.choices("abcdefghijklmnop", k=7)) for _ in range(3000)]
    sizes = [size for number, size in SIZES for _ in range(number)]
    for number, size in enumerate(sizes):
        pack = write_pack(root, f"pack-{number}", "1.0.0", size=200)
        for file in range(FILES):
            text = " ".join(source.choices(words, k=size // FILES // 8))
            (pack / "manifests" / f"{file}.yaml").write_text(f"text: {text}\n")
        (pack / "manifests" / "data.yaml").write_text(
            f"data: {source.randbytes(size // 12).hex()}\n"
        )
    return root


@dataclass(frozen=True)
class _Registry:
    directory: Path
    stack: str
    environment: dict[str, str]
    outputs: dict[str, Any]

    def empty(self, base: str) -> None:
        """Let the registry have no packs, at another path."""
        file = self.directory / f"Pulumi.{self.stack}.yaml"
        written = yaml.safe_load(file.read_text(encoding="utf-8"))
        written["config"]["pack-registry:baseContentPath"] = base
        file.write_text(yaml.safe_dump(written), encoding="utf-8")
        self.cli("up", "--no-policy")

    def push(self, packs: Path) -> float:
        """Run `make push`, and return its seconds."""
        began = time.monotonic()
        self.cli("push", "--pack", str(packs))
        return time.monotonic() - began

    def loop(self, packs: Path, base: str) -> float:
        """Run the loop, and return its seconds."""
        host, ca_file = self.outputs["endpoint"].removeprefix("https://"), self.directory / "ca.crt"
        environment = {**self.environment, "DOCKER_CONFIG": str(self.directory / "docker")}
        oras = find_program("oras") or "oras"
        if not ca_file.exists():
            ca_file.write_text(self.outputs["caCertificate"], encoding="utf-8")
            login = ["login", "--plain-http=false", "--ca-file", str(ca_file), "--password-stdin"]
            _run(
                [oras, *login, "--username", "admin", host],
                environment,
                stdin=self.outputs["adminPassword"],
            )
        began = time.monotonic()
        _run([str(SCRIPT), str(packs), f"{host}/{base}", str(ca_file), oras], environment)
        return time.monotonic() - began

    def floor(self, packs: Path, base: str) -> float:
        """Return the seconds of what no push can avoid, even if it finds nothing to do.

        The Pulumi CLI decrypts the password, then a load generator in Go asks for each version.
        """
        path = f"{self.outputs['endpoint']}/v2/{archive_prefix(base)}"
        urls = [f"{path}{pack.name}/manifests/{pack.version}" for pack in _versions(packs)]
        ca_file = self.directory / "ca.crt"
        began = time.monotonic()
        stack_output = ["stack", "output", "--json", "--show-secrets", "--stack", self.stack]
        _run(["pulumi", *stack_output], self.environment, self.directory)
        decrypted = time.monotonic() - began
        return decrypted + ask_once(urls, "admin", self.outputs["adminPassword"], ca_file)

    def cli(self, *arguments: str) -> str:
        """Run a command of the Makefile."""
        python = str(self.directory / ".venv" / "bin" / "python")
        command = [python, "-m", "cli", *arguments, "--stack", self.stack]
        return _run(command, self.environment, self.directory)


def _run(
    command: list[str],
    environment: dict[str, str],
    directory: Path | None = None,
    stdin: str = "",
) -> str:
    done = subprocess.run(
        command,
        cwd=directory,
        env=environment,
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def _registry() -> Iterator[_Registry]:
    """Create a registry with zot in a copy of the project."""
    stack = unique_name("bench")
    with TemporaryDirectory() as name:
        directory = Path(name)
        copy_project(directory)
        settings = {"hostname": "localhost", "containerName": stack, "port": free_port()}
        config = {
            f"pack-registry:{key}": value
            for key, value in {**ZOT, **settings, "image": zot_image()}.items()
        }
        file = directory / f"Pulumi.{stack}.yaml"
        file.write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
        environment = {**os.environ, **engine_environment(directory)}
        registry = _Registry(directory, stack, environment, {})
        try:
            registry.cli("up", "--no-policy")
            registry.outputs.update(
                json.loads(registry.cli("outputs", "--only", "json", "--secrets"))
            )
            yield registry
        finally:
            remove_all_of(stack)
