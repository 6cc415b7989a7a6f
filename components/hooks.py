"""What runs on the Docker host beside the declared resources, and the switches for it.

Unit tests turn them: a mocked Pulumi engine has no hooks, and a unit test has no Docker.
"""

from __future__ import annotations

import pulumi

from components.docker_host import DockerHost, ForeignContainerError, clear_orphan, failures_told
from components.errors import ToldError
from components.ownership import Owner

CHECKS_ON = True
"""Whether the Docker host is checked before an update and the registry proven after it."""

HOOKS_ON = True
"""Whether the engine at hand can call back before it creates a resource."""


def orphan_clearing(name: str, host: DockerHost, owner: Owner) -> pulumi.ResourceHookBinding | None:
    """Before a container is created, remove one of its name that an interrupted update of the same stack left behind."""
    if not HOOKS_ON:
        return None

    def clear(call: pulumi.ResourceHookArgs) -> None:
        container = str((call.new_inputs or {})["name"])
        try:
            with failures_told(host, f"the container {container} was looked for"):
                cleared = clear_orphan(host, container, owner)
        except ForeignContainerError as error:
            raise ToldError(str(error)) from None
        if cleared:
            pulumi.log.warn(f"Removed the container {container}, which an interrupted update of this stack had left behind.")

    return pulumi.ResourceHookBinding(before_create=[pulumi.ResourceHook(name, clear)])
