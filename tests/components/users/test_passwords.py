"""Generated passwords: strength, derivation, rotation."""

from __future__ import annotations

import math
import string
from typing import Any

import pytest

from components.users import htpasswd
from components.users.passwords import PASSWORD_LENGTH, derived_password
from tests.components.users.declared import declare
from tests.support.recording import Run

PASSWORD = "random:index/randomPassword:RandomPassword"
READERS = ["a", "b", "c"]


def passwords(**settings: Any) -> dict[str, str]:
    """Return the password by user. The recorder's random strings depend on their keepers."""
    return dict(declare(**settings).outputs["users"])


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    assert before.keys() == after.keys(), "a rotation neither adds nor removes users"
    return {user for user in before if before[user] != after[user]}


def users(*names: str, **rotation: str) -> list[dict[str, str]]:
    return [
        {"name": name, **({"rotation": rotation[name]} if name in rotation else {})}
        for name in names
    ]


def random_strings(made: Run) -> set[str]:
    """Return the names of the random strings in the state."""
    return {resource.name for resource in made.resources.values() if resource.typ == PASSWORD}


def test_random_strings_have_128_bits(default: Run) -> None:
    assert random_strings(default) == {
        "registry-admin-password",
        "registry-readers-seed",
        "registry-salt",
    }
    for name in random_strings(default):
        inputs = default.resources[name].inputs
        assert inputs["length"] == PASSWORD_LENGTH == 32, "32 characters"
        assert inputs["special"] is False, "letters and digits need no quoting in shells and URLs"
        assert not any(inputs.get(kind) is False for kind in ("upper", "lower", "numeric")), (
            "letters of both cases and digits"
        )
        bits = inputs["length"] * math.log2(len(string.ascii_letters + string.digits))
        assert bits >= 128, f"a low bcrypt cost is safe only from 128 bits on, not with {bits:.0f}"


def test_admin_password_is_not_derived(default: Run) -> None:
    made = default.outputs
    assert (
        made["adminPassword"]
        == made["users"]["admin"]
        != derived_password(made["users"]["admin"], "admin")
    )
    assert "registry-admin-password" in random_strings(default), (
        "readers must not be able to compute the password of the admin"
    )


def test_derived_passwords_are_uniform() -> None:
    derived = [derived_password("seed", f"user-{number}") for number in range(1000)]
    assert len(set(derived)) == 1000, "every user has another password"
    assert {len(password) for password in derived} == {PASSWORD_LENGTH}
    counts = {
        character: sum(password.count(character) for password in derived)
        for character in string.ascii_letters + string.digits
    }
    assert sum(counts.values()) == 32_000, "only letters and digits"
    expected = 32_000 / 62
    deviation = sum((count - expected) ** 2 / expected for count in counts.values())
    assert deviation < 120, (
        f"chi-squared with 61 degrees of freedom exceeds 120 once in 10^5 cases: {deviation}"
    )


def test_derived_password_depends_on_seed_and_name() -> None:
    assert (
        len(
            {derived_password(seed, user) for seed in ("a", "aa", "A") for user in ("a", "aa", "A")}
        )
        == 9
    )


def test_thousand_users_need_one_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(htpasswd, "_hash", lambda *_: "$2y$04$" + "a" * 53)
    made = declare(users=users(*(f"user-{number}" for number in range(1000))), bcryptCost=4)
    assert random_strings(made) == {
        "registry-admin-password",
        "registry-readers-seed",
        "registry-salt",
    }, "each resource makes previews slower"
    assert len(set(made.outputs["users"].values())) == 1001, "every user has another password"
    assert made.outputs["htpasswd"].count("\n") == 1001


def test_passwords_are_generated_only_if_needed() -> None:
    given = [
        {"name": "made"},
        {"name": "chosen", "password": "correct horse battery staple"},
        {"name": "hashed", "bcrypt": "$2y$05$" + "a" * 53},
    ]
    assert set(passwords(users=given)) == {"admin", "made", "chosen"}, (
        "the password of a given hash is unknown"
    )
    assert passwords(users=given)["chosen"] == "correct horse battery staple"
    given = [{"name": "admin", "bcrypt": "$2y$05$" + "a" * 53}, *given[1:]]
    assert random_strings(declare(users=given)) == {"registry-salt"}, (
        "no password must be generated"
    )


def test_passwords_are_stable() -> None:
    settings = {"rotation": "2027-01", "users": users("a", "b", a="x")}
    assert passwords(**settings) == passwords(**settings), "the state keeps passwords"


def test_rotation_changes_all_generated_passwords() -> None:
    listed = [
        *users("a", "b", b="x"),
        {"name": "chosen", "password": "correct horse battery staple"},
    ]
    assert changed(passwords(users=listed), passwords(users=listed, rotation="2027-01")) == {
        "admin",
        "a",
        "b",
    }, "chosen passwords stay the same"


@pytest.mark.parametrize("rotated", ["a", "b", "admin"])
def test_user_rotation_changes_one_password(rotated: str) -> None:
    names = ("admin", "a", "b")
    before, after = (
        passwords(users=users(*names)),
        passwords(users=users(*names, **{rotated: "2027-01"})),
    )
    assert changed(before, after) == {rotated}, "other passwords stay the same"
    again = passwords(users=users(*names, **{rotated: "2027-02"}))
    assert changed(after, again) == {rotated}, "also at the next rotation"


def test_rotation_uses_new_seed() -> None:
    before, after = declare(users=users("a")), declare(users=users("a", a="2027-01"))
    fresh = random_strings(after) - random_strings(before)
    assert len(fresh) == 1, "an old state must not reveal the new password"


def test_users_share_seed_of_rotation() -> None:
    made = declare(users=users(*READERS, a="2027-01", b="2027-01"))
    assert len(random_strings(made)) == 4, (
        "for admin, the salts, 2027-01, and users without a rotation"
    )
    assert len(set(made.outputs["users"].values())) == 4


def test_added_user_changes_no_other_password() -> None:
    few, many = passwords(users=users("a", "c")), passwords(users=users("b", "c", "a"))
    assert few.items() <= many.items(), "passwords must not depend on the order of the users"


def test_readded_user_has_old_password() -> None:
    before, without = passwords(users=users("a", "b")), passwords(users=users("b"))
    assert "a" not in without
    assert passwords(users=users("a", "b"))["a"] == before["a"], (
        "it is derived from the name; docs/how-to/docker-host.md explains the consequence"
    )
    again = passwords(users=users("a", "b", a="back"))
    assert again["a"] != before["a"], "the old password must not work"
    assert again["b"] == before["b"]


def test_rotation_is_any_string() -> None:
    rotations = ["2027-01", "2027/01", "ä", " ", "::", "x" * 1000]
    seeds = {text: random_strings(declare(users=users("a", a=text))) for text in rotations}
    assert len({frozenset(seed) for seed in seeds.values()}) == len(rotations), (
        "each has its own seed"
    )
    assert all(len(name) < 60 for names in seeds.values() for name in names), (
        "resource names are limited, rotations are not"
    )


def test_rotation_as_number() -> None:
    assert passwords(rotation=2027) == passwords(rotation="2027"), (
        "YAML reads unquoted digits as a number"
    )


def test_cost_changes_no_password() -> None:
    assert passwords(users=[{"name": "a"}]) == passwords(users=[{"name": "a"}], bcryptCost=6), (
        "only the hash changes"
    )
