"""The package in programs of other languages, with the real engine and the real language hosts."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from common.version import VERSION
from package.schema import package_schema
from tests.support.docker import container_names, free_port, skip_or_fail
from tests.support.git_server import ADDRESS, git_server, git_server_is_unavailable
from tests.support.package import (
    PASSWORD,
    Program,
    copy_package,
    exclusive,
    installed_package,
    language_is_missing,
    pulumi_home,
)
from tests.support.registry import Client

__all__ = ["installed_package", "pulumi_home"]

LANGUAGES = ("yaml", "typescript", "go")
WRONG_DAYS = {
    "yaml": "tls.validityDays: invalid value 99999.",
    "typescript": "tls.validityDays: invalid value 99999.",
    "go": "Tls.ValidityDays: invalid value 99999.",
}
"""How the message names the setting in each language."""


@pytest.fixture
def new_program(tmp_path: Path, pulumi_home: Path) -> Iterator[Any]:
    programs: list[Program] = []

    def create(example: str) -> Program:
        programs.append(Program(tmp_path, pulumi_home, example))
        return programs[-1]

    yield create
    for program in programs:
        program.remove()


def registry(program: Program, **properties: Any) -> dict[str, Any]:
    """A registry with the development image and a fast key."""
    return {
        "hostname": "localhost",
        "image": "${image}",
        "port": program.port,
        "bindAddress": "127.0.0.1",
        "containerName": program.stack,
        "tls": {"algorithm": "ecdsa-p256"},
        **properties,
    }


def state(program: Program) -> dict[str, dict[str, Any]]:
    """The resources in the stack's state by name."""
    exported = json.loads(program.run("stack", "export"))
    return {item["urn"].split("::")[-1]: item for item in exported["deployment"]["resources"]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_example(language: str, new_program: Any, installed_package: Path) -> None:
    skip_or_fail(language_is_missing(language), "REQUIRE_LANGUAGES")
    program = new_program(f"package-{language}")
    program.add(str(installed_package))
    program.create()

    created = program.up()
    client = Client(created["endpoint"], created["caCertificate"])
    assert client.request("GET", "/health").status == 200
    assert client.request("GET", "/v1/_catalog").status == 401
    assert created["users"]["ci"] == PASSWORD
    for user, password in created["users"].items():
        logged_in = Client(created["endpoint"], created["caCertificate"], user, password)
        assert logged_in.request("GET", "/v1/_catalog").status == 200
    program.run("preview", "--expect-no-changes")
    exported = program.run("stack", "export")
    assert PASSWORD not in exported
    assert created["adminPassword"] not in exported

    program.set(validityDays=99999)
    assert WRONG_DAYS[language] in program.failed_up()
    program.set(validityDays=200)
    updated = program.up()
    assert updated["adminPassword"] == created["adminPassword"]

    program.set(rotation="2")
    rotated = program.up()
    assert rotated["adminPassword"] != created["adminPassword"]
    admin = Client(rotated["endpoint"], rotated["caCertificate"], "admin", rotated["adminPassword"])
    assert admin.request("GET", "/v1/_catalog").status == 200

    program.down()
    assert container_names(program.stack) == set()


def test_schema_has_no_warnings(new_program: Any, installed_package: Path) -> None:
    program = new_program("package-yaml")
    with exclusive(program.home):
        schema = program.run("package", "get-schema", str(installed_package))
    assert json.loads(schema) == {**package_schema(), "config": {}}
    assert "warning" not in program.said.lower()
    path = program.directory / "schema.json"
    path.write_text(schema)
    program.run("schema", "check", str(path))
    assert "warning" not in program.said.lower()


def test_unknown_inputs_and_resource_options(new_program: Any, installed_package: Path) -> None:
    program = new_program("package-yaml")
    program.add(str(installed_package))
    program.create()
    port = program.port
    resources: dict[str, dict[str, Any]] = {
        "chosen": {"type": "random:RandomInteger", "properties": {"min": port, "max": port}},
        "first": {"type": "random:RandomPet"},
        "random": {"type": "pulumi:providers:random"},
        "old": {
            "type": "pack-registry:PackRegistry",
            "properties": registry(program, port="${chosen.result}", rotation="${first.id}"),
            "options": {
                "dependsOn": ["${first}"],
                "providers": ["${random}"],
                "protect": True,
            },
        },
    }
    program.write(resources)
    program.run("preview", "--color", "never")
    assert "  - port: known only during the update" in program.said
    assert "docker:index:Container old-server create" in program.said

    program.up()
    found = state(program)
    dependencies = {urn.split("::")[-1] for urn in found["old"]["dependencies"]}
    assert {"first", "chosen"} <= dependencies
    assert found["old"]["protect"]
    assert found["old-server"]["protect"]
    assert "::random::" in found["old-admin-password"]["provider"]

    resources["new"] = resources.pop("old")
    resources["new"]["options"] |= {"protect": False, "aliases": [{"name": "old"}]}
    program.write(resources)
    shown = program.run("up", "--yes", "--skip-preview", "--color", "never")
    assert " deleted" not in shown
    assert " replaced" not in shown
    program.down()


def test_two_registries_in_one_program(new_program: Any, installed_package: Path) -> None:
    program = new_program("package-yaml")
    program.add(str(installed_package))
    program.create()
    other = next(port for port in iter(free_port, None) if port != program.port)
    resources = {
        name: {"type": "pack-registry:PackRegistry", "properties": properties}
        for name, properties in {
            "one": registry(program),
            "two": registry(program, port=other, containerName=f"{program.stack}-two"),
        }.items()
    }
    wanted = {
        name: {key: f"${{{name}.{key}}}" for key in ("endpoint", "caCertificate")}
        for name in resources
    }
    program.write(resources, outputs=wanted)
    outputs = program.up()
    for name in ("one", "two"):
        client = Client(outputs[name]["endpoint"], outputs[name]["caCertificate"])
        assert client.request("GET", "/health").status == 200
    program.down()


def test_package_of_git_tag(new_program: Any, tmp_path: Path) -> None:
    skip_or_fail(git_server_is_unavailable(), "REQUIRE_GIT_SERVER")
    work, repositories = tmp_path / "work", tmp_path / "repositories"
    work.mkdir()
    copy_package(work)
    git = ["git", "-C", str(work), "-c", "user.name=test", "-c", "user.email=test@example.com"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message=Release"], check=True)
    subprocess.run([*git, "tag", f"v{VERSION}"], check=True)
    subprocess.run(
        ["git", "clone", "--quiet", "--bare", str(work), str(repositories / "pack-registry.git")],
        check=True,
    )
    program = new_program("package-yaml")
    with git_server(repositories, tmp_path) as (url, certificate):
        source = f"{url}/pack-registry.git/package@v{VERSION}"
        program.add(source, SSL_CERT_FILE=str(certificate))
    packages = yaml.safe_load((program.directory / "Pulumi.yaml").read_text())["packages"]
    assert packages["pack-registry"].startswith(f"{ADDRESS}/pack-registry.git/package@")
    program.create()
    shown = program.run("preview", "--color", "never")
    assert "pack-registry:index:PackRegistry registry create" in shown
