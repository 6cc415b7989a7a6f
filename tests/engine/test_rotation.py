"""New passwords, removed users: only what is concerned changes, and it changes at once."""

from __future__ import annotations

from tests.engine.conftest import Factory
from tests.support.docker import inspect
from tests.support.registry import Client, expect_guides_answers


def test_rotation_changes_one_password_and_nothing_else(registry: Factory) -> None:
    made = registry(
        users=[
            {"name": "spectro"},
            {"name": "ci"},
            {"name": "chosen", "password": "a password of one's own"},
        ]
    )
    before = made.up()
    assert before["users"]["chosen"] == "a password of one's own"
    expect_guides_answers(before)
    container = inspect(made.stack_name)

    made.write(
        users=[
            {"name": "spectro", "rotation": "2027-01"},
            {"name": "ci"},
            {"name": "chosen", "password": "a password of one's own"},
        ]
    )
    after = made.up()
    changed = {user for user in before["users"] if before["users"][user] != after["users"][user]}
    assert changed == {"spectro"}
    assert Client.of(after, "spectro").status("/v1/_catalog") == 200, (
        "the new password works at once"
    )
    assert Client.of(after, "spectro", before["users"]["spectro"]).status("/v1/_catalog") == 401, (
        "the old one does not any more"
    )
    expect_guides_answers(after)
    now = inspect(made.stack_name)
    assert (now["Id"], now["State"]["StartedAt"]) == (
        container["Id"],
        container["State"]["StartedAt"],
    ), "the server ran on"

    made.write(
        users=[
            {"name": "spectro", "rotation": "2027-01"},
            {"name": "chosen", "password": "a password of one's own"},
        ]
    )
    without = made.up()
    assert "ci" not in without["users"]
    assert Client.of(without, "ci", after["users"]["ci"]).status("/v1/_catalog") == 401, (
        "a removed user is out at once"
    )

    made.write(rotation="all of them")
    rotated = made.up()
    changed = {
        user for user in without["users"] if without["users"][user] != rotated["users"][user]
    }
    assert changed == {"admin", "spectro"}, (
        "a password that somebody chose is not the program's to change"
    )
    expect_guides_answers(rotated)
    assert inspect(made.stack_name)["Id"] == container["Id"]
    made.expect_no_changes(refresh=True)
