"""A change of `dockerHost`: the registry moves, its packs stay, and the old host runs nothing."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import OpType

from cli.paths import ROOT
from cli.pulumi.binary import find_pulumi
from tests.engine.conftest import Factory, configure, started
from tests.support.docker import free_port, skip_or_fail
from tests.support.engine import EngineRegistry
from tests.support.registry import Client, expect_guides_answers
from tests.support.remote_hosts import RemoteHost, local, over_tls
from tests.support.second_daemon import daemon_is_missing

HERE = "unix:///var/run/docker.sock"
"""The default Docker host, named explicitly."""

NOWHERE = {"dockerHost": None, "dockerCertPath": None}


@pytest.fixture
def other() -> Iterator[RemoteHost]:
    skip_or_fail(daemon_is_missing(), "REQUIRE_REMOTE_HOSTS")
    with over_tls() as host:
        yield host


def change_host(registry: EngineRegistry, **settings: Any) -> None:
    """Set another Docker host, and another port, because both hosts share this machine's ports."""
    registry.write(**settings, port=free_port())


def objects_on(registry: EngineRegistry, host: RemoteHost) -> list[str]:
    """Return the names of the registry's containers and volumes on a host."""
    return [name for name in host.names() if registry.stack_name in name]


def all_objects(registry: EngineRegistry) -> list[str]:
    """Return the names of all containers and volumes of a complete registry."""
    config, data = f"{registry.stack_name}-config", f"{registry.stack_name}-data"
    return sorted([*registry.containers_of_https, config, data])


def documented_copies(registry: EngineRegistry, new: RemoteHost) -> list[str]:
    """Return the documented commands that copy packs, from this machine to another host."""
    text = (ROOT / "docs" / "how-to" / "docker-host.md").read_text()
    directory = new.settings["dockerCertPath"]
    flags = " ".join(
        f"--tls{flag}={directory}/{file}.pem"
        for flag, file in (("cacert", "ca"), ("cert", "cert"), ("key", "key"))
    )
    hosts = {"old": "", "new": f"-H {new.settings['dockerHost']} --tlsverify {flags}"}
    found = re.findall(r"^    docker -H ssh://user@(old|new) (cp .+)$", text, re.MULTILINE)
    return [
        f"docker {hosts[host]} {command.replace('spectro-registry', registry.stack_name)}"
        for host, command in found
    ]


def flat(text: str) -> str:
    return " ".join(text.split())


def test_registry_moves_with_packs(
    new_registry: Factory, other: RemoteHost, tmp_path: Path
) -> None:
    registry = new_registry(imageArchive=other.settings["imageArchive"])
    url, data = other.settings["dockerHost"], f"{registry.stack_name}-data"
    with local() as here:
        before = registry.up()
        digest = Client.of(before, "admin").push("packs/moved", b"a pack")
        copy_out, copy_in = documented_copies(registry, other)
        subprocess.run(copy_out, shell=True, check=True, cwd=tmp_path)

        change_host(registry, **other.settings)
        previewed = registry.stack.preview(color="never")
        assert previewed.change_summary.get(OpType.REPLACE) == 6, (
            "the image, two volumes and three containers are replaced"
        )
        warning = (
            f"dockerHost: the registry is created on {url} and removed from the environment's "
            f"Docker host. The packs in the volume {data} stay there."
        )
        assert warning in flat(previewed.stdout)
        assert objects_on(registry, other) == [], "a preview creates nothing"
        after = registry.up(refresh=True)
        assert warning in flat(registry.said)
        assert (objects_on(registry, here), objects_on(registry, other)) == (
            [data],
            all_objects(registry),
        ), "everything is on the new host, only the packs are on the old one"
        for name in ("adminPassword", "caCertificate", "users"):
            assert after[name] == before[name], "clients only notice the address"
        expect_guides_answers(after)
        subprocess.run(copy_in, shell=True, check=True, cwd=tmp_path)
        assert Client.of(after, "admin").pull("packs/moved", digest) == b"a pack"
        registry.expect_no_changes(refresh=True)

        client = tmp_path / "client"
        shutil.copytree(other.settings["dockerCertPath"], client)
        registry.write(dockerCertPath=str(client))
        assert OpType.REPLACE not in registry.stack.preview().change_summary, (
            "the same host, with certificates from another directory"
        )

        change_host(registry, dockerHost=HERE, dockerCertPath=None)
        registry.up(refresh=True)
        assert (objects_on(registry, here), objects_on(registry, other)) == (
            all_objects(registry),
            [data],
        ), "it moves back, with another URL"
        registry.write(**NOWHERE)
        again = registry.up(refresh=True)
        assert objects_on(registry, here) == all_objects(registry), "two URLs of one host are valid"
        assert Client.of(again, "admin").pull("packs/moved", digest) == b"a pack", (
            "the kept volume is used again"
        )
        expect_guides_answers(again)
        registry.down()
        assert (objects_on(registry, here), objects_on(registry, other)) == ([data], [data]), (
            "only packs remain"
        )


def test_host_change_never_removes_packs(new_registry: Factory, other: RemoteHost) -> None:
    registry = new_registry(
        storage={"keepOnDestroy": False}, imageArchive=other.settings["imageArchive"]
    )
    with local() as here:
        outputs = registry.up()
        running = here.client.containers.get(registry.stack_name).id
        there = registry.port
        change_host(registry, **other.settings)
        refusal = (
            f"dockerHost: the packs in the volume {registry.stack_name}-data of the environment's "
            "Docker host would be removed with the volume"
        )
        assert refusal in flat(registry.failed_preview())
        change_host(registry, storage={"keepOnDestroy": True}, **other.settings)
        assert refusal in flat(registry.failed_up()), "the setting of the last update decides"
        assert here.client.containers.get(registry.stack_name).id == running, "nothing was changed"
        assert objects_on(registry, other) == []
        registry.write(**NOWHERE, port=there)
        registry.up()
        change_host(registry, **other.settings)
        registry.up()
        assert objects_on(registry, here) == [f"{registry.stack_name}-data"], "kept"
        assert outputs["dataVolume"] == f"{registry.stack_name}-data"


def test_lost_host_can_be_forgotten(project: tuple[Path, str], tmp_path: Path) -> None:
    skip_or_fail(daemon_is_missing(), "REQUIRE_REMOTE_HOSTS")
    directory, stack = project

    def run(*command: str, fails: bool = False) -> str:
        process = started(directory, stack, *command)
        shown = process.communicate()[0]
        assert (process.returncode != 0) is fails, shown
        return shown

    def passwords() -> Any:
        return json.loads(run("outputs", "--only", "json", "--secrets"))["users"]

    with over_tls() as host:
        shutil.copytree(host.settings["dockerCertPath"], tmp_path / "client")
        shutil.copy2(host.settings["imageArchive"], tmp_path / "image.tar")
        url = host.settings["dockerHost"]
        configure(
            directory,
            stack,
            dockerHost=url,
            dockerCertPath=str(tmp_path / "client"),
            imageArchive=str(tmp_path / "image.tar"),
        )
        run("up", "--no-policy")
        before = passwords()
    configure(directory, stack, dockerHost=HERE, dockerCertPath="")
    for command in (["up", "--no-policy"], ["down"]):
        said = run(*command, fails=True)
        hint = f"The state of stack {stack} has resources on {url}, where Docker is not reachable"
        assert hint in said, said
    assert (
        f"According to its state, the registry of stack {stack} is on {url}, "
        f"but dockerHost is {HERE}."
    ) in run("down", "--purge", "--yes", fails=True)
    (forget,) = set(re.findall(r"`(pulumi state delete [^`]+)`", said))
    environment = {
        "PULUMI_BACKEND_URL": (directory / ".state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(directory / ".state" / "passphrase"),
    }
    subprocess.run(
        [find_pulumi() or "", *shlex.split(forget)[1:], "--yes"],
        cwd=directory,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
    )
    assert "The registry is up and verified." in run("up", "--no-policy")
    assert passwords() == before, "passwords are in the state, not on the host"
    run("down")
