"""Where packs are kept."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator

from components import syntax
from components.model.base import Group, setting


class StorageKind(StrEnum):
    """Where packs are kept."""

    VOLUME = "volume"
    PATH = "path"


class Storage(Group):
    """Where packs are kept."""

    kind: StorageKind = setting(
        StorageKind.VOLUME,
        "A named Docker volume, or a directory of the Docker host.",
        allowed="one of volume, path",
        example="volume",
    )
    volume: Annotated[str, BeforeValidator(syntax.or_nothing(syntax.docker_name))] = setting(
        "",
        "With kind volume: the volume's name; the container's name with `-data` by default.",
        allowed="2 to 128 letters, digits, dots, underscores and dashes, a letter or digit first",
        example="registry-data",
    )
    path: Annotated[str, BeforeValidator(syntax.or_nothing(syntax.host_path))] = setting(
        "",
        "With kind path: an existing directory of the Docker host, writable by the server's user.",
        allowed="an absolute path of the Docker host, not a system directory",
        example="/srv/pack-registry",
    )
    keep_on_destroy: bool = setting(
        True,
        "Whether the data volume outlives `pulumi destroy`; the next update finds it again by its name.",
        allowed="true or false",
        example=True,
    )
