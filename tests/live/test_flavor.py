"""An OCI registry by the same program: brought up, verified, written to and read through /v2/, also by a client that others have made."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import docker

from tests.live.conftest import Factory
from tests.support.docker import inspect, skip_or_fail
from tests.support.processes import found
from tests.support.registry import (
    CONTRACT_ENVIRONMENT,
    CONTRACT_TLS_ENVIRONMENT,
    Client,
    expect_oci_answers,
)

ROOT = "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY"


def environment(container: str) -> dict[str, str]:
    """What a container is told, without what its image is."""
    return dict(
        variable.split("=", 1)
        for variable in inspect(container)["Config"]["Env"]
        if not variable.startswith("PATH=")
    )


def test_an_oci_registry_is_brought_up_verified_and_used(registry: Factory) -> None:
    made = registry(flavor="oci", baseContentPath="packs")
    outputs = made.up()
    assert "CNCF Distribution has no roles" in made.said, (
        "spectro may write, and the user is told so"
    )
    assert outputs["healthUrl"] == f"https://localhost:{made.port}/v2/"
    assert outputs["catalogUrl"] == f"https://localhost:{made.port}/v2/_catalog"
    assert outputs["consoleRegistration"]["providerType"] == "pack"
    assert outputs["consoleRegistration"]["baseContentPath"] == "packs"
    expect_oci_answers(outputs)
    assert environment(made.stack_name) == {
        **CONTRACT_ENVIRONMENT,
        **CONTRACT_TLS_ENVIRONMENT,
        ROOT: "/data/registry",
    }

    digest = Client.of(outputs, "admin").push("packs/nginx", b"a pack")
    assert Client.of(outputs, "spectro").pull("packs/nginx", digest) == b"a pack"
    catalog = Client.of(outputs, "spectro").request("GET", "/v2/_catalog").json()
    assert catalog == {"repositories": ["packs/nginx"]}
    made.expect_settled()

    made.write(rotation="2027-01")
    again = made.up()
    expect_oci_answers(again)
    assert Client.of(again, "admin").pull("packs/nginx", digest) == b"a pack", (
        "packs outlive the rotation"
    )
    assert Client.of(again, "admin", outputs["adminPassword"]).status("/v2/") == 401, (
        "the old password does not"
    )


def test_packs_are_in_the_same_directory_whether_the_server_has_a_file_or_not(
    registry: Factory, tmp_path: Path
) -> None:
    packs = tmp_path / "packs"
    packs.mkdir()
    made = registry(flavor="oci", storage={"kind": "path", "path": str(packs)})
    digest = Client.of(made.up(), "admin").push("packs/nginx", b"a pack")
    assert [path.name for path in packs.iterdir()] == ["registry"], (
        "a directory of its own, which no pack registry touches"
    )
    made.write(server={"logFormat": "json"})
    assert Client.of(made.up(), "admin").pull("packs/nginx", digest) == b"a pack", (
        "by its YAML file"
    )


def test_a_change_of_flavor_says_where_packs_stay_and_loses_none(registry: Factory) -> None:
    made = registry()
    digest = Client.of(made.up(), "admin").push("packs/nginx", b"a pack")
    made.write(flavor="oci")
    oci = made.up()
    assert f"the packs in the volume {made.stack_name}-data stay there" in made.said
    assert Client.of(oci, "admin").request("GET", "/v2/_catalog").json() == {"repositories": []}, (
        "it is empty at first"
    )
    made.write(flavor=None)
    assert Client.of(made.up(), "admin").pull("packs/nginx", digest) == b"a pack", "and back again"


def test_an_image_of_the_docker_hub_by_its_full_name_is_found_on_the_host(
    registry: Factory,
) -> None:
    made = registry(flavor="oci")
    name = f"docker.io/library/{made.stack_name}:3.0.0"
    client = docker.from_env()
    client.images.get(str(made.settings["image"])).tag(name)
    try:
        made.write(image=name)
        expect_oci_answers(made.up())
        made.expect_settled()
        made.down()
    finally:
        client.images.remove(name, force=True)


def oras(outputs: dict[str, Any], directory: Path, *arguments: str, user: str = "admin") -> None:
    """Run the client as one of the registry's users; to localhost it would speak plain HTTP by itself."""
    authority = outputs["endpoint"].partition("://")[2]
    (directory / "ca.crt").write_text(outputs["caCertificate"])
    options = ["--plain-http=false", "--ca-file", "ca.crt", "--username", user, "--password-stdin"]
    done = subprocess.run(
        [
            ORAS,
            arguments[0],
            *options,
            *(argument.replace("REGISTRY", authority) for argument in arguments[1:]),
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


ORAS = found("oras") or ""


def test_a_real_client_pushes_and_pulls(registry: Factory, tmp_path: Path) -> None:
    skip_or_fail(
        None if ORAS else "oras can't be found; `make tools` builds it where Go is", "REQUIRE_ORAS"
    )
    made = registry(flavor="oci")
    outputs = made.up()
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
