"""What goes wrong on a Docker host is told in sentences, before anything is touched, and mended by the next attempt."""

from __future__ import annotations

import socket

import docker

from common.labels import owning_stack
from tests.live.conftest import Factory
from tests.support.docker import DEVELOPMENT_IMAGE, derived_image, inspect
from tests.support.registry import expect_guides_answers


def test_a_busy_port_is_told_before_anything_is_made(registry: Factory) -> None:
    made = registry()
    with socket.create_server(("127.0.0.1", made.port)):
        shown = made.failed_up()
    assert f"port: {made.port} is taken by another program on the Docker host" in shown
    made.expect_untouched()


def test_a_port_of_another_registry_is_told_with_its_name(registry: Factory) -> None:
    first, second = registry(), registry()
    first.up()
    second.write(port=first.port)
    whose = owning_stack({"pack-registry.stack": first.label})
    assert (
        f"port: {first.port} is taken by the container {first.stack_name} of {whose}; set port"
        in second.failed_up()
    )
    second.expect_untouched()


def test_a_container_of_somebody_else_is_left_alone(registry: Factory) -> None:
    made = registry()
    client = docker.from_env()
    foreign = client.api.create_container(DEVELOPMENT_IMAGE, name=made.stack_name)["Id"]
    try:
        shown = made.failed_up()
        assert (
            f"containerName: a container named {made.stack_name} is there already and does not belong to this stack"
            in shown
        )
        made.expect_untouched()
        assert inspect(made.stack_name)["Id"] == foreign
    finally:
        client.api.remove_container(foreign, force=True)


def test_a_volume_of_somebody_else_is_left_alone(registry: Factory) -> None:
    made = registry()
    foreign = docker.from_env().volumes.create(f"{made.stack_name}-config")
    try:
        assert (
            f"containerName: a volume named {foreign.name} is there already, does not belong to this stack"
            in made.failed_up()
        )
        assert foreign.name == docker.from_env().volumes.get(foreign.name).name, (
            "what is in it is not the registry's to remove"
        )
    finally:
        foreign.remove(force=True)
    made.expect_untouched()


def test_a_stopped_docker_is_told_in_one_sentence(registry: Factory) -> None:
    made = registry(dockerHost="unix:///nowhere/docker.sock")
    shown = made.failed_up()
    assert "Docker can't be reached at unix:///nowhere/docker.sock" in shown
    assert "start it with `sudo systemctl start docker`" in shown
    made.expect_untouched()


def test_an_image_that_is_nowhere_is_told_before_anything_is_made(registry: Factory) -> None:
    made = registry(image="127.0.0.1:1/spectro-registry:4.7.0")
    shown = made.failed_up()
    assert (
        "image: 127.0.0.1:1/spectro-registry:4.7.0 is not on the Docker host and can't be fetched"
        in shown
    )
    made.expect_untouched()


def test_wrong_settings_are_told_all_at_once_and_nothing_is_touched(registry: Factory) -> None:
    made = registry(
        image="nginx", users=[{"name": "a:b"}, {"name": "ci", "passwrod": "hunter2 hunter2"}]
    )
    shown = made.failed_up()
    assert f"Found 3 invalid settings in stack {made.stack_name}. No changes were made." in shown
    assert 'image: invalid value "nginx"' in shown
    assert 'users[0].name: invalid value "a:…"' in shown
    assert 'Unknown setting users[1].passwrod. Did you mean "password"?' in shown
    assert "hunter2" not in shown
    made.expect_untouched()


def test_a_registry_that_fails_its_verification_fails_until_it_is_well(registry: Factory) -> None:
    with derived_image('ENTRYPOINT ["/spectro-server", "serve", "/no/such/file.yaml"]') as broken:
        made = registry(image=broken)
        for shown in (made.failed_up(), made.failed_up()):
            assert f"The registry in the container {made.stack_name} failed verification." in shown
            assert f"tried: GET https://localhost:{made.port}/health" in shown
            assert "Fix:" in shown
            assert "/no/such/file.yaml" in shown, "the container's last log lines are shown"
        made.write(image=DEVELOPMENT_IMAGE)
        expect_guides_answers(made.up())
