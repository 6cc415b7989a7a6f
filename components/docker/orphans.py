"""Containers that an interrupted update left behind."""

from __future__ import annotations

import pulumi

from common.errors import UserError
from common.labels import Owner
from components.docker.engine import DockerEngine
from components.docker.errors import ContainerNotOwnedError, engine_errors


def remove_orphan_hook(name: str, engine: DockerEngine, owner: Owner) -> pulumi.ResourceHookBinding:
    """Return a hook that removes an orphan before a container of the same name is created.

    :param name: the hook's name, unique in the program.
    """

    def remove(call: pulumi.ResourceHookArgs) -> None:
        container = str((call.new_inputs or {})["name"])
        try:
            with engine_errors(engine, f"the search for a container named {container}"):
                removed = remove_orphan(engine, container, owner)
        except ContainerNotOwnedError as error:
            raise UserError(str(error)) from None
        if removed:
            pulumi.log.warn(
                f"Removed the container {container}, which an interrupted update of this stack "
                "left behind."
            )

    return pulumi.ResourceHookBinding(before_create=[pulumi.ResourceHook(name, remove)])


def remove_orphan(engine: DockerEngine, name: str, owner: Owner) -> bool:
    """Remove a container that an interrupted update of the same stack left behind.

    :returns: whether there was one.
    :raises ContainerNotOwnedError: if a container of that name belongs to another owner.
    """
    found = engine.container(name)
    if found is None:
        return False
    if not owner.owns(found.labels):
        raise ContainerNotOwnedError(name, found.labels)
    engine.remove_container(found.id)
    return True
