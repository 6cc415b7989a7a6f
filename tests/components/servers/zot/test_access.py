"""Access control: who may do what, by the policies of the longest matching pattern."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.servers.zot.access import ACTIONS, access_control
from components.settings import Role, User

PATHS = ("packs", "packs/team-a", "packs/team-a/base", "packs/team-b", "other")
REPOSITORIES = (*PATHS, "packs/team-a/base/nginx", "packs/team-ab", "packs-2", "z/y/x")


def allowed(section: dict[str, Any], user: str, repository: str) -> set[str]:
    """Return what zot allows (pkg/api/authz.go, `can`)."""

    def matches(pattern: str) -> bool:
        path = pattern.removesuffix("**").rstrip("/")
        return not path or f"{repository}/".startswith(f"{path}/")

    longest = max(filter(matches, section["repositories"]), key=len)
    policy = section["repositories"][longest]
    actions = set(policy["defaultPolicy"])
    for each in policy["policies"]:
        actions |= set(each["actions"]) if user in each["users"] else set()
    if user in section["adminPolicy"]["users"]:
        actions |= set(section["adminPolicy"]["actions"])
    return actions


@pytest.mark.parametrize(
    ("role", "actions"),
    [
        ("reader", {"read"}),
        ("writer", {"read", "create", "update"}),
        ("admin", {"read", "create", "update", "delete"}),
    ],
)
def test_actions_of_role(role: str, actions: set[str]) -> None:
    section = access_control([User(name="ci", role=Role(role))], metrics=None)
    assert allowed(section, "ci", "packs/nginx") == actions


def test_admin_always_has_all_actions() -> None:
    section = access_control([User(name="admin")], metrics=[])
    assert allowed(section, "admin", "any") == {"read", "create", "update", "delete"}
    assert section["metrics"] == {"users": ["admin"]}
    section = access_control([User(name="ci")], metrics=["ci", "admin"])
    assert section["metrics"] == {"users": ["admin", "ci"]}
    assert "metrics" not in access_control([], metrics=None)


@pytest.mark.parametrize("repositories", [[], ["packs"]])
def test_no_access_without_credentials(repositories: list[str]) -> None:
    section = access_control([User(name="ci", repositories=repositories)], metrics=None)
    for policy in section["repositories"].values():
        assert policy["anonymousPolicy"] == []


def test_new_reader_changes_nothing() -> None:
    writer = User(name="ci", role=Role.WRITER)
    before = access_control([writer], metrics=None)
    assert access_control([writer, User(name="new")], metrics=None) == before
    limited = User(name="limited", repositories=["packs"])
    assert allowed(access_control([limited], metrics=None), "new", "other") == set()


users = st.builds(
    User,
    name=st.sampled_from(["a", "b", "c", "d"]),
    role=st.sampled_from(list(Role)),
    repositories=st.lists(st.sampled_from(PATHS), max_size=3),
)


@given(st.lists(users, unique_by=lambda user: user.name), st.sampled_from(REPOSITORIES))
def test_access_of_paths(configured: list[User], repository: str) -> None:
    section = access_control(configured, metrics=None)
    for user in configured:
        covers = not user.repositories or any(
            repository == path or repository.startswith(f"{path}/") for path in user.repositories
        )
        expected = set(ACTIONS[user.role]) if covers else set()
        assert allowed(section, user.name, repository) == expected
