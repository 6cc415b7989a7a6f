"""The Pulumi CLI and its plugins: which files a bundle has, and their versions."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

import pytest

from cli.bundles import pulumi_files as module
from cli.bundles.pulumi_files import find_pulumi_files
from cli.console import CommandError

REQUIRED = {
    name: importlib.metadata.version(f"pulumi-{name}") for name in ("docker", "random", "tls")
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "PULUMI_HOME", tmp_path / "home")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    for name in ("pulumi", "pulumi-language-python", "pulumi-language-nodejs"):
        program(tmp_path / "home/bin" / name, "v3.274.1")
    return tmp_path / "home"


def program(path: Path, version: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)
    return path


def write_plugin(path: Path, version: str) -> None:
    """Write a plugin that serves its version and nothing else."""
    path.write_text(
        f"""#!{sys.executable}
from concurrent.futures import ThreadPoolExecutor
import grpc
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc

class Provider(provider_pb2_grpc.ResourceProviderServicer):
    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version="{version}")

server = grpc.server(ThreadPoolExecutor(1))
provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination()
"""
    )


def plugin(home: Path, name: str, version: str = "") -> None:
    directory = home / "plugins" / f"resource-{name}-v{version or REQUIRED[name]}"
    program(directory / f"pulumi-resource-{name}", "0.0.0")
    (directory / "LICENSE").write_text("")


def test_plugins_of_pulumi(home: Path) -> None:
    for name in REQUIRED:
        plugin(home, name)
        plugin(home, name, "1.0.0")
    found = find_pulumi_files(str(home / "bin/pulumi"), "prod", kubernetes=False)
    assert set(found.files) == {
        "bin/pulumi",
        "bin/pulumi-language-python",
        *(
            f"plugins/resource-{name}-v{version}/{file}"
            for name, version in REQUIRED.items()
            for file in ("LICENSE", f"pulumi-resource-{name}")
        ),
    }
    assert found.versions == {"pulumi": "3.274.1", **REQUIRED}


def test_plugins_on_path(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(home / "bin/pulumi-resource-docker", "usage")
    program(home / "bin/pulumi-resource-random", "1")  # no server listens on this port
    write_plugin(program(tmp_path / "path/pulumi-resource-tls", ""), "5.5.1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    found = find_pulumi_files(str(home / "bin/pulumi"), "prod", kubernetes=False)
    assert found.files["bin/pulumi-resource-tls"] == tmp_path / "path/pulumi-resource-tls"
    assert found.versions == {
        "pulumi": "3.274.1",
        "docker": "unknown",
        "random": "unknown",
        "tls": "5.5.1",
    }


def test_missing_plugin(home: Path) -> None:
    plugin(home, "docker")
    plugin(home, "random")
    with pytest.raises(CommandError) as caught:
        find_pulumi_files(str(home / "bin/pulumi"), "prod", kubernetes=False)
    assert caught.value.message == (
        f"Pulumi's plugin tls {REQUIRED['tls']} is not installed. Install it with `make preview "
        "STACK=prod`, then run this command again."
    )


def test_kubernetes_needs_its_plugin(home: Path) -> None:
    for name in REQUIRED:
        plugin(home, name)
    with pytest.raises(CommandError, match="Pulumi's plugin kubernetes"):
        find_pulumi_files(str(home / "bin/pulumi"), "prod", kubernetes=True)


def test_incomplete_cli(home: Path) -> None:
    (home / "bin/pulumi-language-python").unlink()
    with pytest.raises(CommandError, match="does not contain pulumi-language-python"):
        find_pulumi_files(str(home / "bin/pulumi"), "prod", kubernetes=False)
