"""Errors on a Docker host: reported before any change, and recovered by the next update."""

from __future__ import annotations

import socket

import docker

from common.labels import owning_stack
from tests.live.conftest import Factory
from tests.support.docker import DEVELOPMENT_IMAGE, derived_image, inspect
from tests.support.registry import expect_guides_answers


def test_busy_port(new_registry: Factory) -> None:
    registry = new_registry()
    with socket.create_server(("127.0.0.1", registry.port)):
        shown = registry.failed_up()
    assert f"port: {registry.port} is in use by another program on the Docker host" in shown
    registry.expect_untouched()


def test_port_of_other_registry(new_registry: Factory) -> None:
    first, second = new_registry(), new_registry()
    first.up()
    second.write(port=first.port)
    whose = owning_stack({"pack-registry.stack": first.label})
    assert (
        f"port: {first.port} is in use by the container {first.stack_name} of {whose}. Set port"
        in second.failed_up()
    )
    second.expect_untouched()


def test_container_of_other_owner_stays(new_registry: Factory) -> None:
    registry = new_registry()
    client = docker.from_env()
    foreign = client.api.create_container(DEVELOPMENT_IMAGE, name=registry.stack_name)["Id"]
    try:
        shown = registry.failed_up()
        taken = f"containerName: a container named {registry.stack_name} already exists"
        assert f"{taken}. It does not belong to this stack." in shown
        registry.expect_untouched()
        assert inspect(registry.stack_name)["Id"] == foreign
    finally:
        client.api.remove_container(foreign, force=True)


def test_volume_of_other_owner_stays(new_registry: Factory) -> None:
    registry = new_registry()
    foreign = docker.from_env().volumes.create(f"{registry.stack_name}-config")
    try:
        taken = f"containerName: a volume named {foreign.name} exists"
        expected = (
            f"{taken}, and would be removed with the registry. It does not belong to this stack."
        )
        assert expected in registry.failed_up()
        assert foreign.name == docker.from_env().volumes.get(foreign.name).name, (
            "its data belongs to another owner"
        )
    finally:
        foreign.remove(force=True)
    registry.expect_untouched()


def test_stopped_docker(new_registry: Factory) -> None:
    registry = new_registry(dockerHost="unix:///nowhere/docker.sock")
    shown = registry.failed_up()
    assert "Docker can't be reached at unix:///nowhere/docker.sock" in shown
    assert "Start it with `sudo systemctl start docker`" in shown
    registry.expect_untouched()


def test_missing_image(new_registry: Factory) -> None:
    registry = new_registry(image="127.0.0.1:1/spectro-registry:4.7.0")
    shown = registry.failed_up()
    assert (
        "image: 127.0.0.1:1/spectro-registry:4.7.0 is not on the Docker host and can't be pulled"
        in shown
    )
    registry.expect_untouched()


def test_invalid_settings_are_reported_at_once(new_registry: Factory) -> None:
    registry = new_registry(
        image="nginx", users=[{"name": "a:b"}, {"name": "ci", "passwrod": "hunter2 hunter2"}]
    )
    shown = registry.failed_up()
    assert (
        f"Found 3 invalid settings in stack {registry.stack_name}. No changes were made." in shown
    )
    assert 'image: invalid value "nginx"' in shown
    assert 'users[0].name: invalid value "a:…"' in shown
    assert 'Unknown setting users[1].passwrod. Did you mean "password"?' in shown
    assert "hunter2" not in shown
    registry.expect_untouched()


def test_failed_verification_until_fixed(new_registry: Factory) -> None:
    with derived_image('ENTRYPOINT ["/spectro-server", "serve", "/no/such/file.yaml"]') as broken:
        registry = new_registry(image=broken)
        for shown in (registry.failed_up(), registry.failed_up()):
            container = f"the container {registry.stack_name}"
            assert f"The registry in {container} failed verification." in shown
            assert f"Request: GET https://localhost:{registry.port}/health" in shown
            assert "Fix:" in shown
            assert "/no/such/file.yaml" in shown, "the container's last log lines are shown"
        registry.write(image=DEVELOPMENT_IMAGE)
        expect_guides_answers(registry.up())
