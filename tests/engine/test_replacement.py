"""What an update does to what is there already: a certificate replaced, a container that somebody removed or stopped."""

from __future__ import annotations

import docker

from tests.engine.conftest import Factory
from tests.support.certificates import Chain, issue_chain
from tests.support.docker import inspect
from tests.support.registry import expect_guides_answers


def test_another_certificate_replaces_the_container_and_nothing_else(registry: Factory) -> None:
    def tls(chain: Chain) -> dict[str, str]:
        return {
            "mode": "provided",
            "certificatePem": chain.pem,
            "privateKeyPem": chain.leaf.key_pem,
        }

    first, second = issue_chain("registry.example.com"), issue_chain("registry.example.com")
    made = registry(hostname="registry.example.com", tls=tls(first))
    password = made.up()["adminPassword"]
    container = inspect(made.stack_name)["Id"]
    made.write(tls=tls(second))
    outputs = made.up()
    assert inspect(made.stack_name)["Id"] != container, (
        "the server reads its certificate once, so it needs a new container"
    )
    assert outputs["adminPassword"] == password
    assert outputs["certificateFingerprint"] == second.leaf.fingerprint
    expect_guides_answers(outputs)
    made.expect_no_changes()


def test_a_container_removed_or_stopped_by_hand_is_told_and_healed_by_a_refresh(
    registry: Factory,
) -> None:
    made = registry()
    outputs = made.up()
    client = docker.from_env()
    client.api.remove_container(made.stack_name, force=True)
    assert "there is no such container; it was removed by other means" in made.failed_up()
    healed = made.up(refresh=True)
    assert healed["adminPassword"] == outputs["adminPassword"], (
        "the passwords are in state, not in the container"
    )
    expect_guides_answers(healed)
    client.api.stop(made.stack_name)
    assert "its status is exited" in made.failed_up()
    expect_guides_answers(made.up(refresh=True))
