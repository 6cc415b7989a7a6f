"""A trial that replaces an earlier one, and a trial next to resources of other owners."""

from __future__ import annotations

from typing import Any

import docker
import pytest

from cli.owners import stack_owner
from tests.support.docker import DEVELOPMENT_IMAGE, inspect
from tests.support.registry import Client, expect_guides_answers
from tests.trial.conftest import Factory


def test_second_trial_replaces_first(new_registry: Factory) -> None:
    registry = new_registry()
    first = registry.up()
    assert "Replaced" not in registry.said
    container = inspect(registry.stack_name)["Id"]
    digest = Client.of(first, "admin").push("packs/kept", b"bytes to keep")
    second = registry.up()
    assert (
        f"> Replaced the earlier trial of stack {registry.stack_name}: new certificate and "
        "passwords, same packs. Fetch its CA certificate again: "
        f"`make --silent try-ca STACK={registry.stack_name} > ca.crt`.\n"
    ) in registry.said
    assert inspect(registry.stack_name)["Id"] != container
    assert second["adminPassword"] != first["adminPassword"], "a trial has no state"
    assert Client.of(second, "admin", first["adminPassword"]).status("/v1/_catalog") == 401
    assert Client.of(second, "admin").pull("packs/kept", digest) == b"bytes to keep", (
        "the volume is reused with its data"
    )
    expect_guides_answers(second)
    assert registry.containers() == registry.containers_of_https
    assert registry.volumes() == {f"{registry.stack_name}-data", f"{registry.stack_name}-config"}


@pytest.mark.parametrize(
    ("settings", "replaced"),
    [
        ({"tls": {"mode": "off"}}, "new passwords, same packs.\n"),
        (
            {"storage": {"kind": "memory", "confirmLoss": True}},
            "new certificate and passwords, no packs of it. Fetch its CA certificate again: ",
        ),
    ],
)
def test_what_is_replaced(new_registry: Factory, settings: Any, replaced: str) -> None:
    registry = new_registry(**settings)
    for _ in range(2):
        done = registry.run("up")
        assert done.returncode == 0, done.stderr
    assert f"Replaced the earlier trial of stack {registry.stack_name}: {replaced}" in done.stderr
    new = "passwords" if "tls" in settings else "certificate and passwords"
    packs = "keeps its packs" if "tls" in settings else "removes its packs"
    assert f"This replaces its {new}, and {packs}." in done.stderr


def test_incomplete_trial_is_not_called_replaced(new_registry: Factory) -> None:
    registry = new_registry(server={"extra": {"storage": {"filesystem": {"maxthreads": "many"}}}})
    registry.failed_up()
    registry.write(server=None)
    registry.up()
    assert "Replaced" not in registry.said, "nobody has its certificate or passwords"


def test_killed_trial_is_replaced(new_registry: Factory) -> None:
    registry = new_registry()
    with registry.on_a_terminal() as running:
        while not registry.containers():
            assert running.poll() is None
        running.kill()
        running.communicate()
    expect_guides_answers(registry.up())


def test_invalid_settings_keep_first_trial(new_registry: Factory) -> None:
    registry = new_registry()
    outputs = registry.up()
    registry.write(port=70000)
    assert "Created resources stay" not in registry.failed_up(), "nothing was created"
    expect_guides_answers(outputs)


def test_volume_of_other_owner_stays(new_registry: Factory) -> None:
    registry = new_registry()
    client = docker.from_env()
    packs = client.volumes.create(
        f"{registry.stack_name}-data", labels=stack_owner(registry.stack_name).labels
    )
    try:
        shown = registry.failed_up()
        assert f"The volume {packs.name} exists and does not belong to this trial." in shown
        assert f"`docker volume rm {packs.name}`" in shown
        assert "Created resources stay" not in shown, "nothing was created"
        registry.expect_untouched()
        registry.down()
        assert client.volumes.get(packs.name).name == packs.name, "a real stack keeps its packs"
    finally:
        packs.remove(force=True)
    registry.expect_untouched()


def test_existing_registry_of_stack_is_reported(new_registry: Factory) -> None:
    registry = new_registry()
    client = docker.from_env()
    labels = stack_owner(registry.stack_name).labels
    packs = client.volumes.create(f"{registry.stack_name}-data", labels=labels)
    container = client.containers.create(DEVELOPMENT_IMAGE, name=registry.stack_name, labels=labels)
    try:
        of = f"STACK={registry.stack_name}"
        assert registry.failed_up() == (
            f"x The registry of stack {registry.stack_name} already exists. `make up {of}` created "
            f"it. To remove it and keep its packs, run `make down {of}`. Or try another STACK.\n"
        )
        registry.expect_untouched()
    finally:
        container.remove(force=True)
        packs.remove(force=True)


def test_explicit_docker_host_is_used(new_registry: Factory) -> None:
    registry = new_registry(dockerHost="unix:///var/run/docker.sock")
    expect_guides_answers(registry.up())


def test_docker_error_is_reported(new_registry: Factory) -> None:
    registry = new_registry(bindAddress="203.0.113.1")
    shown = registry.failed_up()
    assert "registry-server: Docker error on unix:///var/run/docker.sock: " in shown
    assert "cannot assign requested address" in shown
    assert "Created resources stay for diagnosis." in shown


def test_unresolved_hostname_shows_connect_to(
    new_registry: Factory, tmp_path_factory: pytest.TempPathFactory
) -> None:
    packs = tmp_path_factory.mktemp("packs")
    registry = new_registry(
        hostname="registry.example.com", storage={"kind": "path", "path": str(packs)}
    )
    registry.up()
    health = f"https://registry.example.com:{registry.port}/health"
    of = f"STACK={registry.stack_name}"
    curl = f"curl --cacert ca.crt --connect-to '::127.0.0.1:' {health}"
    assert f"To send a request: make --silent try-ca {of} > ca.crt && {curl}" in registry.said
    assert f"Its packs stay in {packs} on the Docker host." in registry.said
