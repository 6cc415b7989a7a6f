"""Generated passwords: how strong, and when a new one is made."""

from __future__ import annotations

import math
import string
from typing import Any

import pytest

from components.credentials import PASSWORD_LENGTH
from tests.support.declaring import declare
from tests.support.recording import Run

PASSWORD = "random:index/randomPassword:RandomPassword"


def keepers(**settings: Any) -> dict[str, Any]:
    """What each generated password depends on, by the resource's name."""
    made = declare(**settings)
    return {
        resource.name: resource.inputs["keepers"] for resource in made.resources.values() if resource.typ == PASSWORD and "keepers" in resource.inputs
    }


def users(*names: str, **rotation: str) -> list[dict[str, str]]:
    return [{"name": name, **({"rotation": rotation[name]} if name in rotation else {})} for name in names]


def test_a_generated_password_can_not_be_guessed(default: Run) -> None:
    for name in ("registry-admin-password", "registry-spectro-password"):
        inputs = default.resources[name].inputs
        assert inputs["length"] == PASSWORD_LENGTH == 32, "32 characters"
        assert inputs["special"] is False, "letters and digits need no quoting in any shell or URL"
        assert not any(inputs.get(kind) is False for kind in ("upper", "lower", "numeric")), "letters of both cases and digits"
        bits = inputs["length"] * math.log2(len(string.ascii_letters + string.digits))
        assert bits >= 128, f"bcrypt's low cost is only right for passwords of 128 bits or more, this one has {bits:.0f}"


def test_a_password_is_generated_for_exactly_those_without_one_of_their_own() -> None:
    given = [
        {"name": "made"},
        {"name": "chosen", "password": "correct horse battery staple", "cost": 4},
        {"name": "hashed", "bcrypt": "$2y$05$" + "a" * 53},
    ]
    assert set(keepers(users=given)) == {"registry-admin-password", "registry-made-password"}, "a second password would be of no use"


def test_nothing_changes_while_no_rotation_changes() -> None:
    settings = {"rotation": "2027-01", "users": users("a", "b", a="x")}
    assert keepers(**settings) == keepers(**settings), "an unchanged keeper keeps the password"


def test_the_rotation_of_all_changes_every_keeper() -> None:
    before, after = keepers(users=users("a", "b")), keepers(users=users("a", "b"), rotation="2027-01")
    assert set(before) == set(after) == {"registry-admin-password", "registry-a-password", "registry-b-password"}
    assert all(before[name] != after[name] for name in before), "all generated passwords are to be new"


@pytest.mark.parametrize("rotated", ["a", "b", "admin"])
def test_the_rotation_of_one_user_changes_that_ones_keeper_alone(rotated: str) -> None:
    names = ("admin", "a", "b")
    before, after = keepers(users=users(*names)), keepers(users=users(*names, **{rotated: "2027-01"}))
    assert {name for name in before if before[name] != after[name]} == {f"registry-{rotated}-password"}, "nobody else's password is to change"


def test_a_rotation_written_as_a_number_is_a_text() -> None:
    assert keepers(rotation=2027) == keepers(rotation="2027"), "YAML makes a number of bare digits, which must not rotate anything"


def test_the_cost_of_a_hash_is_no_reason_for_a_new_password() -> None:
    assert keepers(users=[{"name": "a"}]) == keepers(users=[{"name": "a", "cost": 6}]), "only the hash changes"
