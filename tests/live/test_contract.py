"""A registry with default settings matches the contract of Palette's guide."""

from __future__ import annotations

from pydantic.alias_generators import to_camel

from components.pack_registry import PackRegistry
from tests.live.conftest import Factory
from tests.support.docker import inspect
from tests.support.registry import Client, expect_contract, expect_guides_answers, expect_roles


def test_default_settings(registry: Factory) -> None:
    made = registry(tls=None)
    outputs = made.up()
    expect_contract(inspect(made.stack_name), name=made.stack_name, port=made.port)
    expect_guides_answers(outputs)
    expect_roles(outputs)
    assert set(outputs) == {to_camel(name) for name in PackRegistry.__annotations__}
    assert outputs["consoleRegistration"] == {
        "name": made.stack_name,
        "endpoint": f"https://localhost:{made.port}",
        "username": "admin",
        "password": outputs["adminPassword"],
        "caCertificate": outputs["caCertificate"],
        "insecureSkipVerify": False,
    }, "all fields of the console's form"
    assert made.containers() == made.containers_of_https
    assert made.volumes() == {f"{made.stack_name}-data", f"{made.stack_name}-config"}
    made.expect_settled()


def test_chosen_and_generated_passwords(registry: Factory) -> None:
    hashed = "$2y$05$7Sp05B7WpITe7ZAdESFnaOAdsAcspvW9BApVqKKFpLzFWQhCfFZ5a"
    made = registry(
        users=[
            {"name": "ci"},
            {"name": "chosen", "password": "a chosen password"},
            {"name": "hashed", "bcrypt": hashed},
        ]
    )
    outputs = made.up()
    assert outputs["users"].keys() == {"admin", "ci", "chosen"}, (
        "the password of a given hash is unknown"
    )
    assert outputs["users"]["chosen"] == "a chosen password"
    expect_guides_answers(outputs)
    assert Client.of(outputs, "spectro", "a password").status("/v1/_catalog") == 401, (
        "a user that is not listed has no access"
    )
