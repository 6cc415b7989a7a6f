"""Updates of an existing registry: a new certificate, a removed or stopped container."""

from __future__ import annotations

import docker

from tests.engine.conftest import Factory
from tests.support.certificates import Chain, issue_chain
from tests.support.docker import inspect
from tests.support.registry import expect_guides_answers


def test_new_certificate_replaces_container_only(new_registry: Factory) -> None:
    def tls(chain: Chain) -> dict[str, str]:
        return {
            "mode": "provided",
            "certificatePem": chain.pem,
            "privateKeyPem": chain.leaf.key_pem,
        }

    first, second = issue_chain("registry.example.com"), issue_chain("registry.example.com")
    registry = new_registry(hostname="registry.example.com", tls=tls(first))
    password = registry.up()["adminPassword"]
    container = inspect(registry.stack_name)["Id"]
    registry.write(tls=tls(second))
    outputs = registry.up()
    assert inspect(registry.stack_name)["Id"] != container, (
        "the server reads its certificate only at its start"
    )
    assert outputs["adminPassword"] == password
    assert outputs["certificateFingerprint"] == second.leaf.fingerprint
    expect_guides_answers(outputs)
    registry.expect_no_changes()


def test_refresh_recovers_missing_container(
    new_registry: Factory,
) -> None:
    registry = new_registry()
    outputs = registry.up()
    client = docker.from_env()
    client.api.remove_container(registry.stack_name, force=True)
    assert "no such container, because another program removed it" in registry.failed_up()
    recovered = registry.up(refresh=True)
    assert recovered["adminPassword"] == outputs["adminPassword"], (
        "the passwords are in state, not in the container"
    )
    expect_guides_answers(recovered)
    client.api.stop(registry.stack_name)
    assert "Response: status exited" in registry.failed_up()
    expect_guides_answers(registry.up(refresh=True))
