"""Generated passwords: how strong, whose they are, and when a new one is made."""

from __future__ import annotations

import math
import string
from typing import Any

import pytest

from components.users.passwords import PASSWORD_LENGTH, derived_password
from tests.support.component import declare, htpasswd
from tests.support.recording import Run

PASSWORD = "random:index/randomPassword:RandomPassword"
READERS = ["a", "b", "c"]


def passwords(**settings: Any) -> dict[str, str]:
    """Password by user, on an engine whose random texts change with their keepers, as the provider's do."""
    return dict(declare(**settings).outputs["users"])


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    assert before.keys() == after.keys(), "a rotation neither adds nor removes users"
    return {user for user in before if before[user] != after[user]}


def users(*names: str, **rotation: str) -> list[dict[str, str]]:
    return [
        {"name": name, **({"rotation": rotation[name]} if name in rotation else {})}
        for name in names
    ]


def random_texts(made: Run) -> set[str]:
    """Names of the random texts that are kept in state."""
    return {resource.name for resource in made.resources.values() if resource.typ == PASSWORD}


def test_random_texts_can_not_be_guessed(default: Run) -> None:
    assert random_texts(default) == {
        "registry-admin-password",
        "registry-readers-seed",
        "registry-salt",
    }
    for name in random_texts(default):
        inputs = default.resources[name].inputs
        assert inputs["length"] == PASSWORD_LENGTH == 32, "32 characters"
        assert inputs["special"] is False, "letters and digits need no quoting in any shell or URL"
        assert not any(inputs.get(kind) is False for kind in ("upper", "lower", "numeric")), (
            "letters of both cases and digits"
        )
        bits = inputs["length"] * math.log2(len(string.ascii_letters + string.digits))
        assert bits >= 128, (
            f"bcrypt's low cost is only right for passwords of 128 bits or more, this one has {bits:.0f}"
        )


def test_the_admins_password_is_a_random_text_of_its_own(default: Run) -> None:
    made = default.outputs
    assert (
        made["adminPassword"]
        == made["users"]["admin"]
        != derived_password(made["users"]["admin"], "admin")
    )
    assert "registry-admin-password" in random_texts(default), (
        "who reads must not be able to find out how the one who writes logs in"
    )


def test_derived_passwords_are_as_strong_as_random_ones() -> None:
    derived = [derived_password("seed", f"user-{number}") for number in range(1000)]
    assert len(set(derived)) == 1000, "every user has a password of his own"
    assert {len(password) for password in derived} == {PASSWORD_LENGTH}
    counts = {
        character: sum(password.count(character) for password in derived)
        for character in string.ascii_letters + string.digits
    }
    assert sum(counts.values()) == 32_000, "letters and digits, nothing else"
    expected = 32_000 / 62
    deviation = sum((count - expected) ** 2 / expected for count in counts.values())
    assert deviation < 120, (
        f"no character is likelier than others: chi-squared of 61 degrees of freedom is above 120 in one of 10^5 cases, {deviation}"
    )


def test_a_derived_password_depends_on_the_whole_seed_and_the_whole_name() -> None:
    assert (
        len(
            {derived_password(seed, user) for seed in ("a", "aa", "A") for user in ("a", "aa", "A")}
        )
        == 9
    )


def test_a_thousand_users_take_no_more_resources_than_one() -> None:
    made = declare(users=users(*(f"user-{number}" for number in range(1000))))
    assert random_texts(made) == {
        "registry-admin-password",
        "registry-readers-seed",
        "registry-salt",
    }, "each resource costs every preview time"
    assert len(set(made.outputs["users"].values())) == 1001, (
        "all have passwords, and each another one"
    )
    assert htpasswd(made).count("\n") == 1001


def test_a_password_is_generated_for_exactly_those_without_one_of_their_own() -> None:
    given = [
        {"name": "made"},
        {"name": "chosen", "password": "correct horse battery staple", "cost": 4},
        {"name": "hashed", "bcrypt": "$2y$05$" + "a" * 53},
    ]
    assert set(passwords(users=given)) == {"admin", "made", "chosen"}, (
        "of a ready hash the password is known to nobody here"
    )
    assert passwords(users=given)["chosen"] == "correct horse battery staple"
    given = [{"name": "admin", "bcrypt": "$2y$05$" + "a" * 53}, *given[1:]]
    assert random_texts(declare(users=given)) == {"registry-salt"}, (
        "a password that opens nothing is of no use"
    )


def test_nothing_changes_while_no_rotation_changes() -> None:
    settings = {"rotation": "2027-01", "users": users("a", "b", a="x")}
    assert passwords(**settings) == passwords(**settings), "what is in state stays"


def test_the_rotation_of_all_changes_every_generated_password() -> None:
    listed = [
        *users("a", "b", b="x"),
        {"name": "chosen", "password": "correct horse battery staple", "cost": 4},
    ]
    assert changed(passwords(users=listed), passwords(users=listed, rotation="2027-01")) == {
        "admin",
        "a",
        "b",
    }, "and no chosen one"


@pytest.mark.parametrize("rotated", ["a", "b", "admin"])
def test_the_rotation_of_one_user_changes_that_ones_password_alone(rotated: str) -> None:
    names = ("admin", "a", "b")
    before, after = (
        passwords(users=users(*names)),
        passwords(users=users(*names, **{rotated: "2027-01"})),
    )
    assert changed(before, after) == {rotated}, "nobody else's password is to change"
    again = passwords(users=users(*names, **{rotated: "2027-02"}))
    assert changed(after, again) == {rotated}, "nor at the next rotation"


def test_a_rotated_password_comes_from_a_seed_that_was_not_there_before() -> None:
    before, after = declare(users=users("a")), declare(users=users("a", a="2027-01"))
    fresh = random_texts(after) - random_texts(before)
    assert len(fresh) == 1, (
        "whoever has seen the old state must not be able to compute the new password"
    )


def test_users_of_one_rotation_share_its_seed_and_no_password() -> None:
    made = declare(users=users(*READERS, a="2027-01", b="2027-01"))
    assert len(random_texts(made)) == 4, (
        "admin's, the salts', one for 2027-01 and one for those never rotated"
    )
    assert len(set(made.outputs["users"].values())) == 4


def test_a_user_who_comes_or_goes_leaves_the_others_passwords() -> None:
    few, many = passwords(users=users("a", "c")), passwords(users=users("b", "c", "a"))
    assert few.items() <= many.items(), "a password must not depend on the user's place in the list"


def test_a_user_who_comes_back_has_a_new_password_with_another_rotation_alone() -> None:
    before, without = passwords(users=users("a", "b")), passwords(users=users("b"))
    assert "a" not in without
    assert passwords(users=users("a", "b"))["a"] == before["a"], (
        "it is derived from his name: docs/operations.md says what to do"
    )
    again = passwords(users=users("a", "b", a="back"))
    assert again["a"] != before["a"], "whoever knows the old password must not be let in"
    assert again["b"] == before["b"]


def test_any_text_is_a_rotation() -> None:
    texts = ["2027-01", "2027/01", "ä", " ", "::", "x" * 1000]
    seeds = {text: random_texts(declare(users=users("a", a=text))) for text in texts}
    assert len({frozenset(seed) for seed in seeds.values()}) == len(texts), (
        "each has a seed of its own"
    )
    assert all(len(name) < 60 for names in seeds.values() for name in names), (
        "a resource's name has limits that a rotation has not"
    )


def test_a_rotation_written_as_a_number_is_a_text() -> None:
    assert passwords(rotation=2027) == passwords(rotation="2027"), (
        "YAML makes a number of bare digits, which must not rotate anything"
    )


def test_the_cost_of_a_hash_is_no_reason_for_a_new_password() -> None:
    assert passwords(users=[{"name": "a"}]) == passwords(users=[{"name": "a", "cost": 6}]), (
        "only the hash changes"
    )
