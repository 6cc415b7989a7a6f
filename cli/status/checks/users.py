"""Users: whether the server has those that the last update wrote, and the age of passwords."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime

from cli.condition import Line, State, UnknownError
from cli.console import count
from cli.status.registry import Registry
from components.servers.paths import HTPASSWD_FILE, NEW_HTPASSWD_FILE

PASSWORD_DAYS = 365
"""Age of a generated password at which a rotation is suggested."""

DAY = 86400
SHOWN = 5
WRITERS = "docker:index/container:Container"
SECRETS = "kubernetes:core/v1:Secret"
PASSWORDS = "random:index/randomPassword:RandomPassword"


def check_users(registry: Registry) -> Iterator[Line]:
    """Compare the htpasswd file of the server with that of the last update, by names."""
    written = _parse(_recorded_file(registry))
    text, fix = registry.inspection.htpasswd()
    found = _parse(text)
    names = sorted(found)
    figures = {"users": len(found), "names": names}
    problems = [
        f"{problem}: {_listed(users)}"
        for problem, users in (
            ("not written by the last update", sorted(set(found) - set(written))),
            ("missing", sorted(set(written) - set(found))),
            (
                "with a changed password",
                sorted(user for user in found if user in written and found[user] != written[user]),
            ),
        )
        if users
    ]
    if problems:
        yield Line("users", State.ERROR, f"users {'; '.join(problems)}", fix, figures)
        return
    yield Line("users", State.OK, f"{len(found)} ({_listed(names)})", figures=figures)


def check_passwords(registry: Registry) -> Iterator[Line]:
    """Report the age of generated passwords. Those of the settings have no date.

    One random string generates the passwords of all readers (``components/users/passwords.py``).
    """
    component = registry.record.component
    kinds = {"admin": f"{component}-admin-password", "other users": f"{component}-readers-seed"}
    ages: dict[str, int] = {}
    for who, prefix in kinds.items():
        times = [
            datetime.fromisoformat(str(each["created"])).timestamp()
            for each in registry.record.of_type(PASSWORDS)
            if str(each["urn"]).rpartition("::")[2].startswith(prefix) and each.get("created")
        ]
        if times:
            ages[who] = math.floor((registry.now - min(times)) / DAY)
    if not ages:
        raise UnknownError("all passwords are from the settings, which have no date")
    value = ", ".join(f"{who} {count(days, 'day')} old" for who, days in ages.items())
    figures = {"oldestDays": max(ages.values())}
    if max(ages.values()) <= PASSWORD_DAYS:
        yield Line("passwords", State.OK, value, figures=figures)
        return
    fix = f"Change rotation (docs/how-to/rotate-credentials.md), then run `{registry.make('up')}`."
    yield Line("passwords", State.WARNING, value, fix, figures)


def _recorded_file(registry: Registry) -> str:
    """Return the htpasswd file of the last update.

    :raises UnknownError: if the record has none.
    """
    for each in registry.record.of_type(WRITERS):
        for upload in each["inputs"].get("uploads") or ():
            if str(upload.get("file", "")).rpartition("/")[2] in (HTPASSWD_FILE, NEW_HTPASSWD_FILE):
                return str(upload.get("content") or "")
    for each in registry.record.of_type(SECRETS):
        data = each["inputs"].get("stringData") or {}
        if HTPASSWD_FILE in data:
            return str(data[HTPASSWD_FILE])
    raise UnknownError("Pulumi's record has no htpasswd file")


def _parse(text: str) -> dict[str, str]:
    """Return the hash of each user."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition(":") for line in lines if line and not line.startswith("#"))
    return {user: digest for user, _, digest in pairs}


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
