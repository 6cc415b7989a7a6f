"""A registry with default settings matches the contract of Palette's guide."""

from __future__ import annotations

from components.registry_component import RegistryComponent
from tests.live.conftest import Factory
from tests.support.docker import inspect
from tests.support.registry import Client, expect_contract, expect_guides_answers, expect_roles


def test_default_settings(new_registry: Factory) -> None:
    registry = new_registry(tls=None)
    outputs = registry.up()
    expect_contract(inspect(registry.stack_name), name=registry.stack_name, port=registry.port)
    expect_guides_answers(outputs)
    expect_roles(outputs)
    assert set(outputs) == set(RegistryComponent.output_names())
    assert outputs["consoleRegistration"] == {
        "name": registry.stack_name,
        "endpoint": f"https://localhost:{registry.port}",
        "username": "admin",
        "password": outputs["adminPassword"],
        "caCertificate": outputs["caCertificate"],
        "insecureSkipVerify": False,
    }, "all fields of the console's form"
    assert registry.containers() == registry.containers_of_https
    assert registry.volumes() == {f"{registry.stack_name}-data", f"{registry.stack_name}-config"}
    registry.expect_settled()


def test_chosen_and_generated_passwords(new_registry: Factory) -> None:
    hashed = "$2y$05$7Sp05B7WpITe7ZAdESFnaOAdsAcspvW9BApVqKKFpLzFWQhCfFZ5a"
    registry = new_registry(
        users=[
            {"name": "ci"},
            {"name": "chosen", "password": "correct horse battery staple"},
            {"name": "hashed", "bcrypt": hashed},
        ]
    )
    outputs = registry.up()
    assert outputs["users"].keys() == {"admin", "ci", "chosen"}, (
        "the password of a given hash is unknown"
    )
    assert outputs["users"]["chosen"] == "correct horse battery staple"
    expect_guides_answers(outputs)
    assert Client.of(outputs, "spectro", "a password").status("/v1/_catalog") == 401, (
        "a user that is not listed has no access"
    )
