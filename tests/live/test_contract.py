"""The guide's contract on a registry with nothing set but where it runs."""

from __future__ import annotations

from pydantic.alias_generators import to_camel

from components.pack_registry import PackRegistry
from tests.live.conftest import Factory
from tests.support.docker import inspect
from tests.support.registry import Client, expect_contract, expect_guides_answers, expect_roles


def test_a_default_registry_keeps_the_guides_contract(registry: Factory) -> None:
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
    }, "all that the console's form asks for"
    assert made.containers() == made.containers_of_https
    assert made.volumes() == {f"{made.stack_name}-data", f"{made.stack_name}-config"}
    made.expect_settled()


def test_given_and_generated_passwords_are_accepted_and_no_others(registry: Factory) -> None:
    hashed = "$2y$05$7Sp05B7WpITe7ZAdESFnaOAdsAcspvW9BApVqKKFpLzFWQhCfFZ5a"
    made = registry(
        users=[
            {"name": "ci"},
            {"name": "chosen", "password": "a password of one's own"},
            {"name": "hashed", "bcrypt": hashed},
        ]
    )
    outputs = made.up()
    assert outputs["users"].keys() == {"admin", "ci", "chosen"}, (
        "the password of a hash is nobody's to know"
    )
    assert outputs["users"]["chosen"] == "a password of one's own"
    expect_guides_answers(outputs)
    assert Client.of(outputs, "spectro", "a password").status("/v1/_catalog") == 401, (
        "whoever is not listed is not let in"
    )
