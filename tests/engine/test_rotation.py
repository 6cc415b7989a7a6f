"""Rotated passwords and removed users take effect immediately and change nothing else."""

from __future__ import annotations

from tests.engine.conftest import Factory
from tests.support.docker import inspect
from tests.support.registry import Client, expect_guides_answers


def test_rotation_changes_only_its_passwords(new_registry: Factory) -> None:
    registry = new_registry(
        users=[
            {"name": "spectro"},
            {"name": "ci"},
            {"name": "chosen", "password": "correct horse battery staple"},
        ]
    )
    before = registry.up()
    assert before["users"]["chosen"] == "correct horse battery staple"
    expect_guides_answers(before)
    container = inspect(registry.stack_name)

    registry.write(
        users=[
            {"name": "spectro", "rotation": "2027-01"},
            {"name": "ci"},
            {"name": "chosen", "password": "correct horse battery staple"},
        ]
    )
    after = registry.up()
    changed = {user for user in before["users"] if before["users"][user] != after["users"][user]}
    assert changed == {"spectro"}
    assert Client.of(after, "spectro").status("/v1/_catalog") == 200, (
        "the new password works immediately"
    )
    assert Client.of(after, "spectro", before["users"]["spectro"]).status("/v1/_catalog") == 401, (
        "the old one is rejected"
    )
    expect_guides_answers(after)
    now = inspect(registry.stack_name)
    assert (now["Id"], now["State"]["StartedAt"]) == (
        container["Id"],
        container["State"]["StartedAt"],
    ), "the server kept running"

    registry.write(
        users=[
            {"name": "spectro", "rotation": "2027-01"},
            {"name": "chosen", "password": "correct horse battery staple"},
        ]
    )
    without = registry.up()
    assert "ci" not in without["users"]
    assert Client.of(without, "ci", after["users"]["ci"]).status("/v1/_catalog") == 401, (
        "a removed user loses access immediately"
    )

    registry.write(rotation="all of them")
    rotated = registry.up()
    changed = {
        user for user in without["users"] if without["users"][user] != rotated["users"][user]
    }
    assert changed == {"admin", "spectro"}, "chosen passwords are never rotated"
    expect_guides_answers(rotated)
    assert inspect(registry.stack_name)["Id"] == container["Id"]
    registry.expect_no_changes(refresh=True)
