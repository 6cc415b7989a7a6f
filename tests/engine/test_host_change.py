"""A registry whose `dockerHost` changes: it moves, what it leaves behind is told, and nothing keeps running where it was."""

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
from cli.pulumi_cli import find_pulumi
from tests.engine.conftest import Factory, configure, started
from tests.support.docker import free_port, skip_or_fail
from tests.support.engine import EngineRegistry
from tests.support.registry import Client, expect_guides_answers
from tests.support.remote_hosts import RemoteHost, daemon_is_missing, local, over_tls

HERE = "unix:///var/run/docker.sock"
"""This machine's Docker by another name than none."""

NOWHERE = {"dockerHost": None, "dockerCertPath": None}


@pytest.fixture
def other() -> Iterator[RemoteHost]:
    skip_or_fail(daemon_is_missing(), "REQUIRE_REMOTE_HOSTS")
    with over_tls() as host:
        yield host


def moved(made: EngineRegistry, **settings: Any) -> None:
    """Name another Docker host; it is this machine, too, whose ports are taken by the server that runs."""
    made.write(**settings, port=free_port())


def of(made: EngineRegistry, host: RemoteHost) -> list[str]:
    """What is there on a host."""
    return [name for name in host.names() if made.stack_name in name]


def whole(made: EngineRegistry) -> list[str]:
    """All that a registry consists of."""
    config, data = f"{made.stack_name}-config", f"{made.stack_name}-data"
    return sorted([*made.containers_of_https, config, data])


def documented_copies(made: EngineRegistry, new: RemoteHost) -> list[str]:
    """The commands of the documentation that copy packs, for this machine and another one."""
    text = (ROOT / "docs" / "operations.md").read_text()
    directory = new.settings["dockerCertPath"]
    flags = " ".join(
        f"--tls{flag}={directory}/{file}.pem"
        for flag, file in (("cacert", "ca"), ("cert", "cert"), ("key", "key"))
    )
    hosts = {"old": "", "new": f"-H {new.settings['dockerHost']} --tlsverify {flags}"}
    found = re.findall(r"^    docker -H ssh://user@(old|new) (cp .+)$", text, re.MULTILINE)
    return [
        f"docker {hosts[host]} {command.replace('spectro-registry', made.stack_name)}"
        for host, command in found
    ]


def flat(text: str) -> str:
    return " ".join(text.split())


def test_a_registry_moves_with_its_packs_and_nothing_runs_on_where_it_was(
    registry: Factory, other: RemoteHost, tmp_path: Path
) -> None:
    made = registry(imageArchive=other.settings["imageArchive"])
    url, data = other.settings["dockerHost"], f"{made.stack_name}-data"
    with local() as here:
        before = made.up()
        digest = Client.of(before, "admin").push("packs/moved", b"a pack")
        copy_out, copy_in = documented_copies(made, other)
        subprocess.run(copy_out, shell=True, check=True, cwd=tmp_path)

        moved(made, **other.settings)
        previewed = made.stack.preview(color="never")
        assert previewed.change_summary.get(OpType.REPLACE) == 6, (
            "the image, two volumes and three containers are made anew"
        )
        told = f"dockerHost: the registry is made on {url} and removed from the environment's Docker host; the packs in the volume {data} stay there"
        assert told in flat(previewed.stdout)
        assert of(made, other) == [], "a preview makes nothing"
        after = made.up(refresh=True)
        assert told in flat(made.said)
        assert (of(made, here), of(made, other)) == ([data], whole(made)), (
            "all of it is there, and nothing but the packs is here"
        )
        for name in ("adminPassword", "caCertificate", "users"):
            assert after[name] == before[name], "clients notice nothing but the address"
        expect_guides_answers(after)
        subprocess.run(copy_in, shell=True, check=True, cwd=tmp_path)
        assert Client.of(after, "admin").pull("packs/moved", digest) == b"a pack"
        made.expect_no_changes(refresh=True)

        client = tmp_path / "client"
        shutil.copytree(other.settings["dockerCertPath"], client)
        made.write(dockerCertPath=str(client))
        assert OpType.REPLACE not in made.stack.preview().change_summary, (
            "the same host, asked with certificates from another place"
        )

        moved(made, dockerHost=HERE, dockerCertPath=None)
        made.up(refresh=True)
        assert (of(made, here), of(made, other)) == (whole(made), [data]), (
            "and back, under another URL"
        )
        made.write(**NOWHERE)
        again = made.up(refresh=True)
        assert of(made, here) == whole(made), "two names of one host are no reason to fail"
        assert Client.of(again, "admin").pull("packs/moved", digest) == b"a pack", (
            "what was kept here is found again"
        )
        expect_guides_answers(again)
        made.down()
        assert (of(made, here), of(made, other)) == ([data], [data]), "only packs are left"


def test_packs_that_a_move_would_remove_are_not_lost(registry: Factory, other: RemoteHost) -> None:
    made = registry(storage={"keepOnDestroy": False}, imageArchive=other.settings["imageArchive"])
    with local() as here:
        outputs = made.up()
        running = here.client.containers.get(made.stack_name).id
        there = made.port
        moved(made, **other.settings)
        refusal = f"dockerHost: the packs in the volume {made.stack_name}-data of the environment's Docker host would be removed with the volume"
        assert refusal in flat(made.failed_preview())
        moved(made, storage={"keepOnDestroy": True}, **other.settings)
        assert refusal in flat(made.failed_up()), "it is what the last update said that decides"
        assert here.client.containers.get(made.stack_name).id == running, "nothing was touched"
        assert of(made, other) == []
        made.write(**NOWHERE, port=there)
        made.up()
        moved(made, **other.settings)
        made.up()
        assert of(made, here) == [f"{made.stack_name}-data"], "kept"
        assert outputs["dataVolume"] == f"{made.stack_name}-data"


def test_a_host_that_is_gone_for_good_can_be_forgotten(
    project: tuple[Path, str], tmp_path: Path
) -> None:
    skip_or_fail(daemon_is_missing(), "REQUIRE_REMOTE_HOSTS")
    directory, stack = project

    def made(*command: str, fails: bool = False) -> str:
        run = started(directory, stack, *command)
        shown = run.communicate()[0]
        assert (run.returncode != 0) is fails, shown
        return shown

    def passwords() -> Any:
        return json.loads(made("outputs", "--only", "json", "--secrets"))["users"]

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
        made("up", "--no-policy")
        before = passwords()
    configure(directory, stack, dockerHost=HERE, dockerCertPath="")
    for command in (["up", "--no-policy"], ["down"]):
        said = made(*command, fails=True)
        assert (
            f"By its record the registry of {stack} is on {url}, where Docker can't be reached"
            in said
        ), said
    assert f"By its record the registry of {stack} is on {url}, and dockerHost is {HERE}" in made(
        "down", "--purge", "--yes", fails=True
    )
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
    assert "The registry is up and verified." in made("up", "--no-policy")
    assert passwords() == before, "what is not on a Docker host is kept"
    made("down")
