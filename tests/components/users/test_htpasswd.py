"""The users and the htpasswd file, read by passlib as an independent judge."""

from __future__ import annotations

from typing import Any

import bcrypt
import pulumi
import pytest
from passlib.apache import HtpasswdFile

from components.pack_registry import PackRegistry
from tests.support.declaring import arguments_of, declare, htpasswd, served
from tests.support.recording import Recorder, Run, run

CHOSEN = "correct horse battery staple"
OTHER = "Tr0ub4dor & three more words"
READY = bcrypt.hashpw(b"known to nobody", b"$2y$05$known.to.nobody.00000u").decode()


def lines(made: Run) -> dict[str, str]:
    """Hash by user, in the order of the file."""
    text = htpasswd(made)
    assert text.endswith("\n"), "a last line without its end is joined with what is appended to it"
    return dict(line.split(":", 1) for line in text.splitlines())


def cost(line: str) -> int:
    return int(line.split("$")[2])


def judge(made: Run) -> HtpasswdFile:
    return HtpasswdFile.from_string(htpasswd(made))


def test_admin_and_spectro_are_there_by_default_admin_first(default: Run) -> None:
    assert list(lines(default)) == ["admin", "spectro"], "the guide makes these two"


@pytest.mark.parametrize(
    ("users", "expected"),
    [
        ([], ["admin"]),
        ([{"name": "ci"}], ["admin", "ci"]),
        ([{"name": "ci"}, {"name": "admin"}], ["admin", "ci"]),
        ([{"name": "z"}, {"name": "a"}, {"name": "m"}], ["admin", "z", "a", "m"]),
        ([{"name": "a.b-c_d"}, {"name": "0"}], ["admin", "a.b-c_d", "0"]),
    ],
)
def test_admin_is_always_there_and_first_the_others_as_listed(
    users: list[dict[str, str]], expected: list[str]
) -> None:
    made = declare(users=users)
    assert list(lines(made)) == expected, "a change of the order alone would rewrite the file"
    assert list(made.outputs["users"]) == expected, (
        "the same word for the same thing: the output has the same users"
    )


def test_every_exported_password_opens_the_registry() -> None:
    made = declare(
        users=[
            {"name": "admin", "password": OTHER},
            {"name": "spectro"},
            {"name": "ci", "password": CHOSEN, "cost": 4},
        ]
    )
    assert list(made.outputs["users"]) == ["admin", "spectro", "ci"], (
        "all three passwords are known"
    )
    for user, password in made.outputs["users"].items():
        assert judge(made).check_password(user, password) is True, (
            f"{user} is told this password and must get in with it"
        )
        assert judge(made).check_password(user, password + "x") is False, (
            f"{user} must not get in with another one"
        )


def test_a_password_of_ones_own_is_taken_to_the_letter() -> None:
    password = "Grüße: aus $Köln$ 'und' \"Bonn\" \\ ✓"
    made = declare(users=[{"name": "ci", "password": password}])
    assert made.outputs["users"]["ci"] == password, "nothing is trimmed or escaped"
    assert judge(made).check_password("ci", password) is True, (
        "basic authentication sends UTF-8 (RFC 7617)"
    )


def test_a_password_of_72_bytes_counts_to_its_last_byte() -> None:
    password = "0123456789abcdXY" * 4 + "01234567"
    made = declare(users=[{"name": "ci", "password": password, "cost": 4}])
    assert judge(made).check_password("ci", password) is True, "72 bytes are allowed"
    assert judge(made).check_password("ci", password[:-1] + "8") is False, (
        "bcrypt must see the last byte"
    )


def test_the_hashes_are_bcrypt_as_htpasswd_writes_it_at_the_right_cost() -> None:
    users = [
        {"name": "made"},
        {"name": "chosen", "password": CHOSEN},
        {"name": "dear", "cost": 6},
        {"name": "cheap", "password": OTHER, "cost": 4},
    ]
    found = lines(declare(users=users))
    assert all(line.startswith("$2y$") for line in found.values()), (
        "`htpasswd -B` writes $2y$, and the server takes it"
    )
    assert {user: cost(line) for user, line in found.items()} == {
        "admin": 5,
        "made": 5,
        "chosen": 10,
        "dear": 6,
        "cheap": 4,
    }, "the server pays the cost on every request: 5 where nobody can guess, 10 where somebody may"


def test_a_ready_hash_is_taken_as_it_is_and_its_password_is_not_exported() -> None:
    for given in (READY, f"ci:{READY}", f"  ci:{READY}\n"):
        made = declare(users=[{"name": "ci", "bcrypt": given}])
        assert lines(made)["ci"] == READY, (
            "`htpasswd -nB` prints a whole line; either form is taken"
        )
        assert "ci" not in made.outputs["users"], "its password is known to nobody here"
        assert "registry-readers-seed" not in made.resources, (
            "a generated password would be a second one"
        )


def test_an_admin_given_as_a_hash_has_no_password_to_export() -> None:
    made = declare(users=[{"name": "admin", "bcrypt": READY}])
    assert lines(made) == {"admin": READY}, "the admin may be given as a hash too"
    assert made.outputs["adminPassword"] == "", "consumers rely on the output being there"
    assert made.outputs["users"] == {}, "no password is known"


def test_the_file_is_the_same_at_the_next_update() -> None:
    users = [{"name": "spectro"}, {"name": "ci", "password": CHOSEN, "cost": 4}]
    assert htpasswd(declare(users=users)) == htpasswd(declare(users=users)), (
        "fresh salts would make every preview show a change"
    )


def test_a_changed_password_changes_its_own_line_alone() -> None:
    def users(password: str) -> list[dict[str, Any]]:
        return [
            {"name": "spectro"},
            {"name": "ci", "password": password, "cost": 4},
            {"name": "other", "password": CHOSEN, "cost": 4},
        ]

    before, after = lines(declare(users=users(CHOSEN))), lines(declare(users=users(OTHER)))
    assert {user for user in before if before[user] != after[user]} == {"ci"}, (
        "nobody else's credentials are touched"
    )
    assert before["ci"][:29] != after["ci"][:29], (
        "a salt used twice tells that two passwords were in turn the same user's"
    )


def test_a_user_more_or_less_leaves_the_other_lines_alone() -> None:
    few, many = (
        lines(declare(users=[{"name": "a"}, {"name": "c"}])),
        lines(declare(users=[{"name": "a"}, {"name": "b"}, {"name": "c"}])),
    )
    assert few.items() <= many.items(), "hashes must not depend on a user's place in the list"


def test_many_users_all_have_their_own_salt() -> None:
    users = [{"name": f"user-{number}", "password": CHOSEN, "cost": 4} for number in range(60)]
    found = lines(declare(users=users))
    assert len(found) == 61, "the 60 and admin"
    assert len({line[:29] for line in found.values()}) == 61, (
        "with equal salts equal passwords would be seen, and guessed together"
    )


def test_the_salts_depend_on_a_secret_seed_that_is_kept(default: Run) -> None:
    seed = default.resources["registry-salt"]
    assert seed.typ == "random:index/randomPassword:RandomPassword", (
        "of random bytes the state shows the value in plain, as the resource's id"
    )
    assert seed.inputs["length"] >= 22, "128 bits, as many as a salt has"
    assert "keepers" not in seed.inputs, (
        "a rotation must not change the salts of passwords that stay"
    )
    assert "result" in seed.request.additionalSecretOutputs, (
        "whoever has it can tell which users' passwords changed"
    )


def test_another_seed_gives_another_salt_to_the_same_password() -> None:
    class OtherSeed(Recorder):
        def answers(self, args: pulumi.runtime.MockResourceArgs) -> dict[str, Any]:
            return {
                **super().answers(args),
                **({"result": "another seed"} if args.name == "registry-salt" else {}),
            }

    users = [{"name": "admin", "password": CHOSEN, "cost": 4}]
    assert lines(declare(users=users)) != lines(
        declare(users=users, recorder=OtherSeed(served()))
    ), "a salt that can be computed is none"


def late(**user: Any) -> Run:
    """A registry one of whose users is given by an output, which is only known while the update runs."""

    def program() -> dict[str, pulumi.Output[Any]]:
        given = {
            name: pulumi.Output.secret(value) if name in ("password", "bcrypt") else value
            for name, value in user.items()
        }
        return PackRegistry(
            "registry", arguments_of({"users": [{"name": "spectro"}, given]})
        ).outputs

    return run(Recorder(served()), program)


def test_a_password_may_be_an_output() -> None:
    made = late(name="ci", password=CHOSEN, cost=4)
    assert judge(made).check_password("ci", CHOSEN) is True, (
        "other stacks and vaults hand over passwords as outputs"
    )
    assert cost(lines(late(name="ci", password=CHOSEN))["ci"]) == 10, "somebody chose it"


def test_a_hash_may_be_an_output_and_a_whole_line() -> None:
    assert lines(late(name="ci", bcrypt=READY))["ci"] == READY, "a hash is taken as it is"
    assert lines(late(name="ci", bcrypt=f"ci:{READY}\n"))["ci"] == READY, (
        "what is allowed as a text is allowed as an output"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "x" * 4 + "0123456789" * 7},
        {"password": "short"},
        {"password": "aaaaaaaaaaaaaaaa"},
        {"password": "two lines\nof a file"},
        {"bcrypt": "no hash at all"},
        {"bcrypt": READY.replace("$05$", "$31$")},
        {"bcrypt": f"{READY}\nintruder:{READY}"},
    ],
    ids=[
        "over 72 bytes",
        "short",
        "one letter",
        "control character",
        "no hash",
        "too dear",
        "two lines",
    ],
)
def test_an_output_that_does_not_do_stops_the_update_with_a_sentence(wrong: dict[str, str]) -> None:
    """As with provided certificates; the text of an output is known only then, and the same rules hold."""
    setting, value = next(iter(wrong.items()))
    allowed = {
        "password": (
            "12 or more characters, at least 5 of them different, not only common words, at most "
            "72 bytes in UTF-8 (bcrypt ignores more), without control characters"
        ),
        "bcrypt": (
            "a bcrypt hash ($2a$, $2b$ or $2y$) of cost 4 to 12, or the user's htpasswd line with "
            "such a hash"
        ),
    }[setting]
    with pytest.raises(pulumi.RunError) as raised:
        late(name="ci", **wrong)
    assert str(raised.value) == (
        f"users: invalid {setting} of user ci (sensitive value hidden). Must be {allowed}."
    )
    assert value not in str(raised.value), "a secret is never shown"
