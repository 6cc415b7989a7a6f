"""Preflight checks of storage: directories, volumes, and packs that would be lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import pulumi

from common.errors import UserError
from common.labels import DATA_LABEL, STORAGE_LABEL, Owner, owning_stack
from components.docker import names
from components.docker.engine import DockerEngine
from components.docker.plan import DockerPlan
from components.servers.directories import OCI_DIRECTORIES
from components.settings import Storage, StorageKind
from components.storage.location import StorageLocation


def directory_problems(engine: DockerEngine, storage: Storage) -> Iterator[str]:
    """Report a missing directory. On another machine, only Docker can check it."""
    path = storage.path
    if storage.kind is StorageKind.PATH and engine.is_local and not Path(path).is_dir():
        yield (
            f"storage.path: {path} is not a directory of the Docker host. Create it with "
            f"`sudo mkdir -p {path}`, or set storage.path to an existing directory."
        )


def volume_problems(
    engine: DockerEngine, plan: DockerPlan, owner: Owner, reported: Set[str] = frozenset()
) -> Iterator[str]:
    """Report volumes of other owners that would be removed with the registry.

    A volume that outlives the registry is used as it is, whichever owner created it.

    :param reported: stacks whose containers have the same names, which have been reported. Another
        containerName also gives another name to the volumes that are named after it.
    """
    config_volume = names.config_volume(plan.container_name)
    removed = {config_volume: ("containerName", "Set another containerName")}
    if plan.data_volume and not plan.storage.keep_on_destroy:
        removed[plan.data_volume] = (
            "storage.volume",
            "Set storage.keepOnDestroy to true, or another storage.volume",
        )
    if plan.process.needs_scratch:
        removed[names.scratch_volume(plan.container_name)] = removed[config_volume]
    for name, (setting, fix) in removed.items():
        labels = engine.volume_labels(name)
        if labels is None or owner.owns(labels):
            continue
        if owning_stack(labels) in reported and name != plan.storage.volume:
            continue
        problem = f"{setting}: a volume named {name} exists, and would be removed with the registry"
        if stack := owning_stack(labels):
            yield f"{problem}. It belongs to {stack}. {fix}."
        else:
            yield (
                f"{problem}. It does not belong to this stack. {fix}, or remove the volume and "
                f"its content with `docker volume rm {name}`."
            )


def abandoned_volume_problems(
    containers: Sequence[dict[str, Any]], location: StorageLocation, owner: Owner
) -> Iterator[str]:
    """Report a volume that would be removed with its packs because storage changes.

    Pulumi retains a volume only if the last update set it to be retained.

    :param location: the location from now on.
    """
    for previous, keeps_data in _previous_locations(containers, owner):
        is_lost = previous.kind is not StorageKind.MEMORY and not keeps_data
        # The other flavor's directory in the same volume does not abandon it.
        if is_lost and previous.holder != location.holder:
            yield (
                f"storage: the packs in {previous} would be removed with the volume. Set the "
                "previous storage with storage.keepOnDestroy true, run `make up`, then change it."
            )


def format_problems(
    engine: DockerEngine,
    containers: Sequence[dict[str, Any]],
    location: StorageLocation,
    owner: Owner,
) -> Iterator[str]:
    """Report packs that the other server of an OCI registry can't read.

    The change is accepted when the new server's directory exists in the same place: then another
    registry has copied the packs. The smoke test compares packs in a bucket.
    """
    for container in containers:
        for previous, _ in _previous_locations([container], owner):
            if not location.is_of_other_server(previous):
                continue
            directory = OCI_DIRECTORIES[location.flavor]
            if engine.has_path(container["Names"][0].lstrip("/"), directory):
                continue
            stack = pulumi.get_stack()
            yield (
                f"ociServer: the packs in {previous} would not be in {location}. Copy them with "
                f"`make copy-packs FROM={stack} STACK={stack}-new` (docs/how-to/move-packs.md), or "
                "set ociServer back."
            )


def warn_of_moved_storage(
    containers: Sequence[dict[str, Any]], location: StorageLocation, owner: Owner
) -> None:
    """Warn of packs that stay in the previous location, because no pack is copied."""
    for previous, _ in _previous_locations(containers, owner):
        if previous == location:
            continue
        if location.is_of_other_server(previous):
            pulumi.log.warn(
                f"ociServer: {location} has only the packs that `make copy-packs` copied there. "
                f"Compare the lists of packs before you delete {previous}."
            )
        elif previous.kind is StorageKind.MEMORY:
            pulumi.log.warn(
                f"storage: the packs in {previous} are lost. They will not be in {location}."
            )
        else:
            pulumi.log.warn(
                f"storage: the packs in {previous} stay there. They will not be in {location}. "
                "docs/how-to/move-packs.md describes how to copy them."
            )


def _previous_locations(
    containers: Sequence[dict[str, Any]], owner: Owner
) -> Iterator[tuple[StorageLocation, bool]]:
    """Return the location of packs of each container of this registry, and whether it is kept."""
    for container in containers:
        labels: Mapping[str, str] = container["Labels"] or {}
        if owner.owns(labels) and STORAGE_LABEL in labels:
            try:
                location = StorageLocation.from_label(labels[STORAGE_LABEL])
            except ValueError:
                name = container["Names"][0].lstrip("/")
                raise UserError(
                    f"The label {STORAGE_LABEL} of the container {name} is invalid, so the "
                    "location of its packs is unknown. Remove the container with "
                    f"`docker rm -f {name}`, and run `make up` again. No changes were made."
                ) from None
            yield location, labels.get(DATA_LABEL) != "false"
