"""A trial in the place of an earlier one, and beside what is not its own."""

from __future__ import annotations

import docker
import pytest

from cli.remains import own
from tests.support.docker import DEVELOPMENT_IMAGE, inspect
from tests.support.registry import Client, expect_guides_answers
from tests.trial.conftest import Factory


def test_a_second_trial_takes_the_place_of_the_first(registry: Factory) -> None:
    made = registry()
    first = made.up()
    container = inspect(made.stack_name)["Id"]
    digest = Client.of(first, "admin").push("packs/kept", b"bytes to keep")
    second = made.up()
    assert inspect(made.stack_name)["Id"] != container
    assert second["adminPassword"] != first["adminPassword"], "nothing was recorded"
    assert Client.of(second, "admin", first["adminPassword"]).status("/v1/_catalog") == 401
    assert Client.of(second, "admin").pull("packs/kept", digest) == b"bytes to keep", (
        "its volume is its own, and what is in it"
    )
    expect_guides_answers(second)
    assert made.containers() == made.containers_of_https
    assert made.volumes() == {f"{made.stack_name}-data", f"{made.stack_name}-config"}


def test_a_trial_that_was_killed_is_replaced_by_the_next(registry: Factory) -> None:
    made = registry()
    with made.on_a_terminal() as running:
        while not made.containers():
            assert running.poll() is None
        running.kill()
        running.communicate()
    expect_guides_answers(made.up())


def test_a_second_trial_with_wrong_settings_leaves_the_first_alone(registry: Factory) -> None:
    made = registry()
    outputs = made.up()
    made.write(port=70000)
    assert "What was made is left" not in made.failed_up(), "nothing was made"
    expect_guides_answers(outputs)


def test_a_volume_of_somebody_else_is_left_alone(registry: Factory) -> None:
    made = registry()
    client = docker.from_env()
    packs = client.volumes.create(f"{made.stack_name}-data", labels=own(made.stack_name).labels)
    try:
        shown = made.failed_up()
        assert (
            f"The volume {packs.name} is there already and does not belong to this trial" in shown
        )
        assert f"`docker volume rm {packs.name}`" in shown
        assert "What was made is left" not in shown, "nothing was made"
        made.expect_untouched()
        made.down()
        assert client.volumes.get(packs.name).name == packs.name, "a real stack keeps its packs"
    finally:
        packs.remove(force=True)
    made.expect_untouched()


def test_the_registry_of_the_stack_itself_is_told_with_what_removes_it(registry: Factory) -> None:
    made = registry()
    client = docker.from_env()
    labels = own(made.stack_name).labels
    packs = client.volumes.create(f"{made.stack_name}-data", labels=labels)
    container = client.containers.create(DEVELOPMENT_IMAGE, name=made.stack_name, labels=labels)
    try:
        of = f"STACK={made.stack_name}"
        assert made.failed_up() == (
            f"x The registry of {made.stack_name} is there already, made by `make up {of}`; "
            f"`make down {of}` removes it and keeps its packs, or try another STACK.\n"
        )
        made.expect_untouched()
    finally:
        container.remove(force=True)
        packs.remove(force=True)


def test_an_explicit_docker_host_is_the_one_that_is_used(registry: Factory) -> None:
    made = registry(dockerHost="unix:///var/run/docker.sock")
    expect_guides_answers(made.up())


def test_what_docker_refuses_is_told_in_a_sentence(registry: Factory) -> None:
    made = registry(bindAddress="203.0.113.1")
    shown = made.failed_up()
    assert "registry-server: Docker at unix:///var/run/docker.sock refuses it (" in shown
    assert "cannot assign requested address" in shown
    assert "What was made is left to look at" in shown


def test_the_way_to_the_registry_is_told_where_its_name_leads_nowhere(
    registry: Factory, tmp_path_factory: pytest.TempPathFactory
) -> None:
    packs = tmp_path_factory.mktemp("packs")
    made = registry(hostname="registry.example.com", storage={"kind": "path", "path": str(packs)})
    made.up()
    health = f"https://registry.example.com:{made.port}/health"
    of = f"STACK={made.stack_name}"
    assert (
        f"To ask it: make try-ca {of} > ca.crt && curl --cacert ca.crt --connect-to '::127.0.0.1:' {health}"
        in made.said
    )
    assert f"its packs stay in {packs} of the Docker host" in made.said
