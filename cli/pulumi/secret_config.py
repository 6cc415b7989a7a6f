"""Settings of a stack with their secrets, which only Pulumi decrypts."""

from __future__ import annotations

from cli.pulumi.binary import Pulumi


def read_secret_config(pulumi: Pulumi, stack: str, project: str) -> dict[str, str]:
    """Return the texts of a project's settings by their names, without its namespace.

    :raises CommandError: if there is no such stack, or Pulumi can't decrypt its config.
    """
    config = pulumi.run_json("config", "--json", "--show-secrets", "--stack", stack)
    namespace = f"{project}:"
    return {
        key.removeprefix(namespace): str(each.get("value", ""))
        for key, each in config.items()
        if key.startswith(namespace)
    }
