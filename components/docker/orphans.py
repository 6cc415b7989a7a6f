"""TODO describe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from common.errors import UserError
from common.labels import Owner
from components.docker.engine import DockerEngine
from components.docker.errors import ContainerNotOwnedError, engine_errors

if TYPE_CHECKING:
    pass
from common import features


def remove_orphan_hook(
    name: str, host: DockerEngine, owner: Owner
) -> pulumi.ResourceHookBinding | None:
    """Before a container is created, remove one of its name that an interrupted update of the same stack left behind."""
    if not features.HOOKS_ON:
        return None

    def clear(call: pulumi.ResourceHookArgs) -> None:
        container = str((call.new_inputs or {})["name"])
        try:
            with engine_errors(host, f"the container {container} was looked for"):
                cleared = remove_orphan(host, container, owner)
        except ContainerNotOwnedError as error:
            raise UserError(str(error)) from None
        if cleared:
            pulumi.log.warn(
                f"Removed the container {container}, which an interrupted update of this stack had left behind."
            )

    return pulumi.ResourceHookBinding(before_create=[pulumi.ResourceHook(name, clear)])


def remove_orphan(host: DockerEngine, name: str, owner: Owner) -> bool:
    """Remove a container that an interrupted update of the same stack left behind; whether there was one.

    :raises ContainerNotOwnedError: where the name is taken by somebody else's container.
    """
    found = host.container(name)
    if found is None:
        return False
    if not owner.owns(found.labels):
        raise ContainerNotOwnedError(name, found.labels)
    host.remove_container(found.id)
    return True
