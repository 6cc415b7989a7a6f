"""The Pulumi CLI, its language host and its plugins, from their directories."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from cli.console import CommandError, make_command
from cli.paths import PULUMI_HOME
from cli.pulumi.binary import PROVIDERS

PROGRAMS = (
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
    "pulumi-analyzer-policy",
    "pulumi-analyzer-policy-python",
)
"""The CLI and what programs in Python need. Newer CLIs have some of them built in."""
_REQUIRED = PROGRAMS[:2]
START_SECONDS = 20
"""Time for a plugin to start."""
_VERSION = re.compile(r"v?(\d+\.\d+\.\d+\S*)")


@dataclass(frozen=True)
class PulumiFiles:
    """The files, and the versions of what they are."""

    files: dict[str, Path]
    """Paths on this machine, by path in Pulumi's directory."""
    versions: dict[str, str]
    """`pulumi` and the names of the providers."""


def find_pulumi_files(command: str, stack: str, *, kubernetes: bool) -> PulumiFiles:
    """Find what the CLI uses for the stack.

    :param command: path of the CLI.
    :raises CommandError: if a program or a plugin is missing.
    """
    directory = Path(command).resolve().parent
    files = {f"bin/{name}": directory / name for name in PROGRAMS if (directory / name).is_file()}
    if missing := [name for name in _REQUIRED if f"bin/{name}" not in files]:
        raise CommandError(
            f"{directory} does not contain {', '.join(missing)}, so the Pulumi CLI is incomplete. "
            "Install it again (https://www.pulumi.com/docs/install/)."
        )
    path = os.pathsep.join([str(Path(command).parent), os.environ.get("PATH", os.defpath)])
    versions = {"pulumi": _printed_version([command, "version"])}
    for name in (*PROVIDERS, *(["kubernetes"] if kubernetes else [])):
        required = importlib.metadata.version(f"pulumi-{name}")
        found = dict(_plugin(name, required, path))
        if not found:
            raise CommandError(
                f"Pulumi's plugin {name} {required} is not installed. Install it with "
                f"`{make_command('preview', stack)}`, then run this command again."
            )
        files |= found
        versions[name] = _version(name, required, found)
    return PulumiFiles(files, versions)


def _plugin(name: str, required: str, search_path: str) -> Iterator[tuple[str, Path]]:
    """Yield the files of a plugin: the required version, or the one on PATH."""
    directory = PULUMI_HOME / "plugins" / f"resource-{name}-v{required}"
    if directory.is_dir():
        for path in sorted(directory.rglob("*")):
            if path.is_file():
                yield str(path.relative_to(PULUMI_HOME)), path
        return
    program = f"pulumi-resource-{name}"
    if found := shutil.which(program, path=search_path):
        yield f"bin/{program}", Path(found).resolve()


def _version(name: str, required: str, files: dict[str, Path]) -> str:
    """Return the version of a plugin; of one on PATH, what it says, or `unknown`."""
    program = files.get(f"bin/pulumi-resource-{name}")
    return _reported_version(program) if program else required


def _reported_version(program: Path) -> str:
    """Start a plugin as the CLI does, and ask for its version."""
    import grpc
    from google.protobuf import empty_pb2  # type: ignore[import-untyped]
    from pulumi.runtime.proto import provider_pb2_grpc

    no_engine = "127.0.0.1:1"
    try:
        with subprocess.Popen(
            [program, no_engine], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as plugin:
            try:
                port = int(cast("BinaryIO", plugin.stdout).readline() or 0)
                with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                    client = provider_pb2_grpc.ResourceProviderStub(channel)
                    found = client.GetPluginInfo(empty_pb2.Empty(), timeout=START_SECONDS)
                    return str(found.version) or "unknown"
            finally:
                plugin.kill()
    except (OSError, ValueError, grpc.RpcError):
        return "unknown"


def _printed_version(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=START_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    found = _VERSION.fullmatch(done.stdout.strip())
    return found[1] if found else "unknown"
