"""Users of the server and of the record, and the age of passwords."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cli.condition import State, UnknownError
from cli.status.checks.users import check_passwords, check_users
from tests.support.inspections import DAY, HTPASSWD, NOW, FakeInspection, one, registry_of

SECRET = {
    "type": "kubernetes:core/v1:Secret",
    "urn": "urn:pulumi:prod::pack-registry::kubernetes:core/v1:Secret::registry-users",
    "inputs": {"stringData": {"htpasswd-basic": "admin:hash-1\n"}},
}


def test_same_users() -> None:
    line = one(check_users(registry_of()))
    assert (line.state, line.value) == (State.OK, "2 (admin, spectro)")
    assert line.figures == {"users": 2, "names": ["admin", "spectro"]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f"{HTPASSWD}mallory:hash-3\n", "users not written by the last update: mallory"),
        ("admin:hash-1\n", "users missing: spectro"),
        ("admin:hash-9\nspectro:hash-2\n", "users with a changed password: admin"),
        ("", "users missing: admin, spectro"),
    ],
)
def test_other_users(text: str, value: str) -> None:
    line = one(check_users(registry_of(FakeInspection(text=text))))
    assert (line.state, line.value) == (State.ERROR, value)
    assert line.fix == "Run `make up STACK=prod`."
    assert "hash" not in str(line)


def test_many_users_are_counted() -> None:
    text = "".join(f"user-{number}:hash\n" for number in range(9))
    line = one(check_users(registry_of(FakeInspection(text=HTPASSWD + text))))
    assert "user-4 and 4 more" in line.value


def test_users_of_cluster() -> None:
    registry = registry_of(FakeInspection(text="admin:hash-1\n"), SECRET)
    record = registry.record
    only = type(record)(record.stack, record.outputs, (SECRET,), ())
    registry = type(registry)(
        registry.stack, registry.settings, only, registry.pulumi, registry.inspection, NOW
    )
    assert one(check_users(registry)).state is State.OK


def password(name: str, days: float) -> dict[str, Any]:
    type_ = "random:index/randomPassword:RandomPassword"
    created = datetime.fromtimestamp(NOW - days * DAY, UTC).isoformat()
    urn = f"urn:pulumi:prod::pack-registry::{type_}::{name}"
    return {"type": type_, "urn": urn, "created": created}


def test_age_of_passwords() -> None:
    recent = password("registry-admin-password", 3.5)
    old = password("registry-readers-seed", 366)
    line = one(check_passwords(registry_of(None, recent, password("registry-salt", 900))))
    assert (line.state, line.value) == (State.OK, "admin 3 days old")
    line = one(check_passwords(registry_of(None, recent, old)))
    assert line.state is State.WARNING
    assert line.value == "admin 3 days old, other users 366 days old"
    assert "Change rotation" in line.fix
    with pytest.raises(UnknownError, match="from the settings"):
        one(check_passwords(registry_of()))
