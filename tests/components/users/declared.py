"""The users of a registry, declared without the rest of it."""

from __future__ import annotations

from typing import Any

import pulumi

from components.users.htpasswd import declare_users
from tests.support.component import served, settings_of
from tests.support.recording import Recorder, Run, run


def credentials(**arguments: Any) -> dict[str, pulumi.Output[Any]]:
    """Declare the users, in a program. The outputs are their passwords and the htpasswd file."""
    settings = settings_of(**arguments)
    declared = declare_users(
        "registry",
        settings.users,
        rotation=settings.rotation,
        cost=settings.bcrypt_cost,
        opts=pulumi.ResourceOptions(additional_secret_outputs=["result"]),
        ready=pulumi.Output.from_input([]),
    )
    return {"users": declared.passwords, "htpasswd": declared.htpasswd}


def declare(recorder: Recorder | None = None, **arguments: Any) -> Run:
    """Declare the users."""
    return run(recorder or Recorder(served()), lambda: credentials(**arguments))
