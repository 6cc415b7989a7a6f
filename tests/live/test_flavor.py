"""OCI registries: start, verification, and push and pull through /v2/, also with a real client."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import docker
import pytest

from palette.registration_output import parse_registration_output
from tests.live.conftest import Factory
from tests.support.docker import inspect, skip_or_fail
from tests.support.flavors import DISTRIBUTION
from tests.support.processes import find_program
from tests.support.registry import (
    CONTRACT_ENVIRONMENT,
    CONTRACT_TLS_ENVIRONMENT,
    Client,
    expect_oci_answers,
)

ROOT = "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY"


def environment(container: str) -> dict[str, str]:
    """Return the environment of a container, without the image's PATH."""
    return dict(
        variable.split("=", 1)
        for variable in inspect(container)["Config"]["Env"]
        if not variable.startswith("PATH=")
    )


def test_oci_registry(new_registry: Factory) -> None:
    registry = new_registry(**DISTRIBUTION, baseContentPath="packs")
    outputs = registry.up()
    assert outputs["healthUrl"] == f"https://localhost:{registry.port}/v2/"
    assert outputs["catalogUrl"] == f"https://localhost:{registry.port}/v2/_catalog"
    assert outputs["consoleRegistration"]["providerType"] == "pack"
    assert outputs["consoleRegistration"]["baseContentPath"] == "packs"
    expect_oci_answers(outputs)
    assert environment(registry.stack_name) == {
        **CONTRACT_ENVIRONMENT,
        **CONTRACT_TLS_ENVIRONMENT,
        ROOT: "/data/registry",
    }

    digest = Client.of(outputs, "admin").push("packs/nginx", b"a pack")
    assert Client.of(outputs, "spectro").pull("packs/nginx", digest) == b"a pack"
    catalog = Client.of(outputs, "spectro").request("GET", "/v2/_catalog").json()
    assert catalog == {"repositories": ["packs/nginx"]}
    registry.expect_settled()

    registry.write(rotation="2027-01")
    again = registry.up()
    expect_oci_answers(again)
    assert Client.of(again, "admin").pull("packs/nginx", digest) == b"a pack", (
        "packs survive the rotation"
    )
    assert Client.of(again, "admin", outputs["adminPassword"]).status("/v2/") == 401, (
        "the old password is rejected"
    )


def test_config_file_keeps_packs_directory(new_registry: Factory, tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    packs.mkdir()
    registry = new_registry(**DISTRIBUTION, storage={"kind": "path", "path": str(packs)})
    digest = Client.of(registry.up(), "admin").push("packs/nginx", b"a pack")
    assert [path.name for path in packs.iterdir()] == ["registry"], (
        "a separate directory that no pack registry uses"
    )
    registry.write(server={"logFormat": "json"})
    assert Client.of(registry.up(), "admin").pull("packs/nginx", digest) == b"a pack", (
        "with a YAML file"
    )


def test_flavor_change_keeps_packs(new_registry: Factory) -> None:
    registry = new_registry()
    digest = Client.of(registry.up(), "admin").push("packs/nginx", b"a pack")
    registry.write(**DISTRIBUTION)
    oci = registry.up()
    assert f"the packs in the volume {registry.stack_name}-data stay there" in registry.said
    assert Client.of(oci, "admin").request("GET", "/v2/_catalog").json() == {"repositories": []}, (
        "it is empty at first"
    )
    registry.write(flavor=None, ociServer=None, users=None)
    assert Client.of(registry.up(), "admin").pull("packs/nginx", digest) == b"a pack", (
        "and back again"
    )


def test_full_docker_hub_name(
    new_registry: Factory,
) -> None:
    registry = new_registry(**DISTRIBUTION)
    name = f"docker.io/library/{registry.stack_name}:3.0.0"
    client = docker.from_env()
    client.images.get(str(registry.settings["image"])).tag(name)
    try:
        registry.write(image=name)
        expect_oci_answers(registry.up())
        registry.expect_settled()
        registry.down()
    finally:
        client.images.remove(name, force=True)


def oras(outputs: dict[str, Any], directory: Path, *arguments: str, user: str = "admin") -> None:
    """Run oras as a user of the registry. By default it uses plain HTTP for localhost."""
    address = outputs["endpoint"].partition("://")[2]
    (directory / "ca.crt").write_text(outputs["caCertificate"])
    options = ["--plain-http=false", "--ca-file", "ca.crt", "--username", user, "--password-stdin"]
    done = subprocess.run(
        [
            ORAS,
            arguments[0],
            *options,
            *(argument.replace("REGISTRY", address) for argument in arguments[1:]),
        ],
        cwd=directory,
        env={"HOME": str(directory), "PATH": os.environ["PATH"]},
        input=outputs["users"][user],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


ORAS = find_program("oras") or ""


def test_oras_pushes_and_pulls(new_registry: Factory, tmp_path: Path) -> None:
    skip_or_fail(
        None if ORAS else "oras is not installed; `make tools` builds it with Go", "REQUIRE_ORAS"
    )
    registry = new_registry(**DISTRIBUTION)
    outputs = registry.up()
    packs, pulled = tmp_path / "pushing", tmp_path / "pulling"
    packs.mkdir()
    pulled.mkdir()
    content = os.urandom(3 * 2**20)
    (packs / "nginx.tar.gz").write_bytes(content)
    oras(
        outputs,
        packs,
        "push",
        "REGISTRY/spectro-packs/archive/nginx:1.0.0",
        "nginx.tar.gz:application/x-gtar-compressed",
    )
    oras(outputs, pulled, "pull", "REGISTRY/spectro-packs/archive/nginx:1.0.0", user="spectro")
    assert (pulled / "nginx.tar.gz").read_bytes() == content, "byte for byte"


def log_in(command: str, directory: Path, password: str) -> None:
    """Run a login command as it is printed, and type the password in a terminal."""
    terminal, stdin = os.openpty()
    environment = {"HOME": str(directory), "PATH": f"{Path(ORAS).parent}:{os.environ['PATH']}"}
    process = subprocess.Popen(
        shlex.split(command),
        cwd=directory,
        env=environment,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    os.write(terminal, f"{password}\n".encode())
    output = process.communicate(timeout=60)[0]
    os.close(terminal)
    os.close(stdin)
    assert process.returncode == 0, output
    assert "Login Succeeded" in output


@pytest.mark.parametrize("tls", [{}, {"mode": "off"}], ids=["https", "http"])
def test_printed_login_and_push_location(
    tls: dict[str, Any], new_registry: Factory, tmp_path: Path
) -> None:
    skip_or_fail(
        None if ORAS else "oras is not installed; `make tools` builds it with Go", "REQUIRE_ORAS"
    )
    registry = new_registry(**DISTRIBUTION, **({"tls": tls} if tls else {}))
    outputs = registry.up()
    if not tls:
        (file,) = re.findall(r"--ca-file (\S+)", outputs["cliLogin"])
        (tmp_path / file).write_text(outputs["caCertificate"])
    log_in(outputs["cliLogin"], tmp_path, outputs["adminPassword"])

    output = parse_registration_output(outputs["consoleRegistration"], "dev")
    location = output.pack_repository.replace("NAME:VERSION", "nginx:1.0.0")
    (tmp_path / "nginx-1.0.0.tar.gz").write_bytes(b"a pack")
    options = re.findall(r"--(?:plain-http|ca-file)\S*(?: ca-\S+)?", outputs["cliLogin"])
    push = " ".join(["oras push", *options, location, "nginx-1.0.0.tar.gz"])
    done = subprocess.run(
        shlex.split(push),
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": f"{Path(ORAS).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    palette_path = f"{output.base_content_path}/spectro-packs/archive/nginx"
    accept = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
    manifest = f"/v2/{palette_path}/manifests/1.0.0"
    found = Client.of(outputs, "admin").request("GET", manifest, headers=accept)
    assert found.status == 200, "Palette looks here"
