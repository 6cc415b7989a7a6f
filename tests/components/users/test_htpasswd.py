"""The htpasswd file: its lines, its hashes, and the checks of given passwords and hashes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bcrypt
import pulumi
import pytest
from passlib.apache import HtpasswdFile

from common.settings_model import field_docs
from components.pack_registry import PackRegistry
from components.settings import User
from components.users.htpasswd import render_htpasswd
from tests.components.users.declared import credentials, declare
from tests.support.component import arguments_of, htpasswd, served
from tests.support.component import declare as declare_registry
from tests.support.recording import Recorder, Run, run

CHOSEN = "correct horse battery staple"
OTHER = "Tr0ub4dor & three more words"
GIVEN_HASH = bcrypt.hashpw(b"a given password", b"$2y$05$known.to.nobody.00000u").decode()


def lines(made: Run) -> dict[str, str]:
    """Return the hash by user, in the order of the file."""
    text = str(made.outputs["htpasswd"])
    assert text.endswith("\n"), "a text appended to the file must start on a new line"
    return dict(line.split(":", 1) for line in text.splitlines())


def cost(line: str) -> int:
    return int(line.split("$")[2])


def parsed(made: Run) -> HtpasswdFile:
    return HtpasswdFile.from_string(made.outputs["htpasswd"])


def test_default_users(default: Run) -> None:
    text = htpasswd(default)
    assert [line.split(":")[0] for line in text.splitlines()] == ["admin", "spectro"], (
        "Palette's guide creates these two"
    )


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
def test_admin_is_first(users: list[dict[str, str]], expected: list[str]) -> None:
    made = declare(users=users)
    assert list(lines(made)) == expected, "the order is stable"
    assert list(made.outputs["users"]) == expected, "the output has the same users"


def test_exported_passwords_match_hashes() -> None:
    made = declare(
        users=[
            {"name": "admin", "password": OTHER},
            {"name": "spectro"},
            {"name": "ci", "password": CHOSEN},
        ]
    )
    assert list(made.outputs["users"]) == ["admin", "spectro", "ci"]
    for user, password in made.outputs["users"].items():
        assert parsed(made).check_password(user, password) is True, user
        assert parsed(made).check_password(user, password + "x") is False, user


def test_given_password_is_unchanged() -> None:
    password = "Grüße: aus $Köln$ 'und' \"Bonn\" \\ ✓"
    made = declare(users=[{"name": "ci", "password": password}])
    assert made.outputs["users"]["ci"] == password, "it is neither trimmed nor escaped"
    assert parsed(made).check_password("ci", password) is True, (
        "basic authentication uses UTF-8 (RFC 7617)"
    )


def test_password_of_72_bytes() -> None:
    password = "kV3xTq9ZrB7mWc2YpL8sHd4NfJ6gUe1aKo5iXtQzRwMbCyPhSvDnFjGuEkAlOqIxTzWm8Yc2"
    made = declare(users=[{"name": "ci", "password": password}])
    assert parsed(made).check_password("ci", password) is True, "72 bytes are allowed"
    assert parsed(made).check_password("ci", password[:-1] + "3") is False, "every byte counts"


@pytest.mark.parametrize(("settings", "expected"), [({}, 5), ({"bcryptCost": 7}, 7)])
def test_one_cost_for_all(settings: dict[str, Any], expected: int) -> None:
    made = declare(
        users=[{"name": "generated"}, {"name": "chosen", "password": CHOSEN}], **settings
    )
    assert all(line.startswith("$2y$") for line in lines(made).values()), "`htpasswd -B`'s prefix"
    assert {user: cost(line) for user, line in lines(made).items()} == dict.fromkeys(
        ("admin", "generated", "chosen"), expected
    ), "response times must not tell which users exist"


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    shown: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: shown.append(text))
    return shown


def hash_of_cost(cost: int) -> str:
    return f"$2y${cost:02}${'a' * 53}"


@pytest.mark.parametrize("is_late", [False, True], ids=["string", "output"])
def test_hash_of_other_cost_warns(is_late: bool, warnings: list[str]) -> None:
    user = {"name": "ci", "bcrypt": hash_of_cost(10)}
    late(**user) if is_late else declare(users=[{"name": "spectro"}, user])
    assert "".join(warnings) == (
        "users: these bcrypt hashes have another cost than 5, the cost of the other users: "
        "ci (10). Response times tell which users exist. Generate the hashes again with "
        "`htpasswd -nB -C 5 USER`."
    )


def test_warning_names_few_users(warnings: list[str]) -> None:
    declare(users=[{"name": f"u{cost}", "bcrypt": hash_of_cost(cost)} for cost in range(4, 13)])
    (warning,) = warnings
    assert ": u4 (4), u6 (6), u7 (7), u8 (8), u9 (9) and 3 more. " in warning


@pytest.mark.parametrize(
    ("users", "bcrypt_cost"),
    [
        ([("ci", 5)], 5),
        ([("ci", 10)], 10),
        ([("admin", 10), ("ci", 10)], 5),
    ],
    ids=["default", "same cost", "only hashes"],
)
def test_equal_costs(users: list[tuple[str, int]], bcrypt_cost: int, warnings: list[str]) -> None:
    given = [{"name": name, "bcrypt": hash_of_cost(cost)} for name, cost in users]
    declare(users=given, bcryptCost=bcrypt_cost)
    assert warnings == []


def test_only_hashes_of_different_costs(warnings: list[str]) -> None:
    given = [{"name": "admin", "bcrypt": hash_of_cost(8)}, {"name": "a", "bcrypt": hash_of_cost(6)}]
    declare(users=given)
    (warning,) = warnings
    assert "another cost than 6, the cost of the other users: admin (8). " in warning


def test_given_hash_is_unchanged() -> None:
    for given in (GIVEN_HASH, f"ci:{GIVEN_HASH}", f"  ci:{GIVEN_HASH}\n"):
        made = declare(users=[{"name": "ci", "bcrypt": given}])
        assert lines(made)["ci"] == GIVEN_HASH, "`htpasswd -nB` prints a whole line"
        assert "ci" not in made.outputs["users"], "its password is unknown"
        assert "registry-readers-seed" not in made.resources, "no password must be generated"


def test_admin_with_given_hash() -> None:
    made = declare_registry(users=[{"name": "admin", "bcrypt": GIVEN_HASH}])
    assert htpasswd(made) == f"admin:{GIVEN_HASH}\n", "only the given hash"
    assert made.outputs["adminPassword"] == "", "consumers rely on the output"
    assert made.outputs["users"] == {}, "no password is known"


def test_file_is_stable() -> None:
    users = [{"name": "spectro"}, {"name": "ci", "password": CHOSEN}]
    assert lines(declare(users=users)) == lines(declare(users=users)), (
        "new salts would change the file in every preview"
    )


def test_changed_password_changes_one_line() -> None:
    def users(password: str) -> list[dict[str, Any]]:
        return [
            {"name": "spectro"},
            {"name": "ci", "password": password},
            {"name": "other", "password": CHOSEN},
        ]

    before, after = lines(declare(users=users(CHOSEN))), lines(declare(users=users(OTHER)))
    assert {user for user in before if before[user] != after[user]} == {"ci"}, (
        "other lines stay the same"
    )
    assert before["ci"][:29] != after["ci"][:29], "each password needs a new salt"


def test_added_user_adds_one_line() -> None:
    few, many = (
        lines(declare(users=[{"name": "a"}, {"name": "c"}])),
        lines(declare(users=[{"name": "a"}, {"name": "b"}, {"name": "c"}])),
    )
    assert few.items() <= many.items(), "hashes must not depend on the order of the users"


def test_salts_are_unique() -> None:
    users = [{"name": f"user-{number}", "password": CHOSEN} for number in range(60)]
    found = lines(declare(users=users, bcryptCost=4))
    assert len(found) == 61, "the 60 and admin"
    assert len({line[:29] for line in found.values()}) == 61, (
        "equal salts would reveal equal passwords"
    )


def test_salt_seed_is_secret(default: Run) -> None:
    seed = default.resources["registry-salt"]
    assert seed.typ == "random:index/randomPassword:RandomPassword", (
        "the state shows random bytes in plain text, as the resource ID"
    )
    assert seed.inputs["length"] >= 22, "128 bits, the size of a salt"
    assert "keepers" not in seed.inputs, "a rotation must not change the salts of other passwords"
    assert "result" in seed.request.additionalSecretOutputs, (
        "the seed reveals which passwords changed"
    )


def test_salts_depend_on_seed() -> None:
    class OtherSeed(Recorder):
        def answers(self, args: pulumi.runtime.MockResourceArgs) -> dict[str, Any]:
            return {
                **super().answers(args),
                **({"result": "another seed"} if args.name == "registry-salt" else {}),
            }

    users = [{"name": "admin", "password": CHOSEN}]
    assert lines(declare(users=users)) != lines(
        declare(users=users, recorder=OtherSeed(served()))
    ), "salts must not be predictable"


def late(**user: Any) -> Run:
    """Declare a user whose password or hash is an output."""

    def program() -> dict[str, pulumi.Output[Any]]:
        given = {
            name: pulumi.Output.secret(value) if name in ("password", "bcrypt") else value
            for name, value in user.items()
        }
        return credentials(users=[{"name": "spectro"}, given])

    return run(Recorder(served()), program)


def test_password_as_output() -> None:
    def program() -> dict[str, pulumi.Output[Any]]:
        users = [{"name": "spectro"}, {"name": "ci", "password": pulumi.Output.secret(CHOSEN)}]
        return PackRegistry("registry", arguments_of({"users": users})).outputs

    made = run(Recorder(served()), program)
    assert HtpasswdFile.from_string(htpasswd(made)).check_password("ci", CHOSEN) is True, (
        "other stacks provide passwords as outputs"
    )


def test_hash_as_output() -> None:
    assert lines(late(name="ci", bcrypt=GIVEN_HASH))["ci"] == GIVEN_HASH, "the hash is unchanged"
    assert lines(late(name="ci", bcrypt=f"ci:{GIVEN_HASH}\n"))["ci"] == GIVEN_HASH, (
        "outputs have the same forms as strings"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "x" * 4 + "0123456789" * 7},
        {"password": "short"},
        {"password": "aaaaaaaaaaaaaaaa"},
        {"password": "two lines\nof a file"},
        {"bcrypt": "no hash at all"},
        {"bcrypt": GIVEN_HASH.replace("$05$", "$31$")},
        {"bcrypt": f"{GIVEN_HASH}\nintruder:{GIVEN_HASH}"},
    ],
    ids=[
        "over 72 bytes",
        "short",
        "one letter",
        "control character",
        "no hash",
        "high cost",
        "two lines",
    ],
)
def test_invalid_output_fails(wrong: dict[str, str]) -> None:
    setting, value = next(iter(wrong.items()))
    allowed = field_docs(User, setting).allowed
    with pytest.raises(pulumi.RunError) as raised:
        late(name="ci", **wrong)
    assert (
        str(raised.value)
        == f"users: invalid {setting} for ci (sensitive value hidden). Must be {allowed}."
    )
    assert value not in str(raised.value), "messages never contain secrets"


def test_rendered_bytes() -> None:
    passwords = {
        "admin": "correct horse battery staple",
        "spectro": "Grüße: aus $Köln$ 'und' \"Bonn\" \\ ✓",
        "ci": "a password of nobody",
        "long": "0123456789abcdXY" * 4 + "01234567",
    }
    users = [*passwords, "given"]
    rendered = render_htpasswd(users, 5, passwords, {"given": GIVEN_HASH}, "seed of the salts")
    assert rendered == (
        "admin:$2y$05$ufMurEvrsp1VS0ymszJPpOfFWK9NT8WCtxn9ahkSsXhaCyKsWn1Ny\n"
        "spectro:$2y$05$L5Xm545hwC4I9qyWmM.FNe7cQx/GNDuBPEvTdBLRhwpOC3y6mg3YO\n"
        "ci:$2y$05$YYqYYaVpzBiE6qKpRVfI9eF9ySNZtVoblSYx6y.XLWrlIxRk6pL1S\n"
        "long:$2y$05$ebLuyEWbTROLQN3bnHZWF.5ug/f8qrwrxfktF3PVzSQwnbBU.2HYy\n"
        f"given:{GIVEN_HASH}\n"
    ), "another rendering would restart every server at the next update"


@pytest.mark.parametrize(
    "declared",
    [lambda **user: declare(users=[user]), late],
    ids=["string", "output"],
)
def test_impossible_hash_fails(declared: Callable[..., Run]) -> None:
    impossible = GIVEN_HASH[:-1] + "1"
    with pytest.raises(pulumi.RunError) as raised:
        declared(name="ci", bcrypt=impossible)
    assert str(raised.value) == (
        "users: invalid bcrypt for ci (sensitive value hidden). No password matches it. "
        "Generate a new hash with `htpasswd -nB ci`."
    )


def test_hash_with_unused_salt_bits() -> None:
    given = "$2y$05$" + "a" * 53
    assert lines(declare(users=[{"name": "ci", "bcrypt": given}]))["ci"] == given, (
        "servers ignore unused bits of a salt"
    )
