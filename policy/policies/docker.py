"""What the rules know of Docker's resources: which containers run, what they mount, what their images are called.

Resources are told by their type and properties, never by their names: what another program declares is read in the same way.
"""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policy.resource import UNKNOWN, Declared

CONTAINER = "docker:index/container:Container"
VOLUME = "docker:index/volume:Volume"
REMOTE_IMAGE = "docker:index/remoteImage:RemoteImage"
CONTAINERS = frozenset({CONTAINER})

LABELS = "pack-registry"
"""Prefix of the labels that the pack registry puts on what it makes."""
PIDS_LABEL = f"{LABELS}.pids-limit"
DATA_LABEL = f"{LABELS}.keeps-data"
TLS_LABEL = f"{LABELS}.tls"

CERTIFICATE_VARIABLE = "REGISTRY_HTTP_TLS_CERTIFICATE"
KEY_VARIABLE = "REGISTRY_HTTP_TLS_KEY"
HTPASSWD_VARIABLE = "REGISTRY_AUTH_HTPASSWD_PATH"

_IMAGE_ID = re.compile(r"(sha256:)?[0-9a-f]{64}")
_REGISTRY_IMAGE = re.compile(r"(^|/)(spectro-registry|distribution|registry)([:@]|$)")


def is_started(container: Declared) -> bool:
    """Whether a container is meant to run.

    One that is created and never started only carries files into a volume: Docker is told neither to start it (`start`) nor to see that it
    runs (`mustRun`). Both must be said, and they are true where they are not.
    """
    return container.get("start", True) is not False or container.get("mustRun", True) is not False


@dataclass(frozen=True)
class Mount:
    """A directory, file or volume that a container is given."""

    kind: str
    source: str
    target: str
    read_only: bool
    bound: str = ""
    """The directory of the host that a volume stands for, where it is made for the mount."""

    @property
    def host_path(self) -> str:
        """What of the host is mounted, as far as the mount itself says; no path where it is a volume by its name."""
        return self.bound or self.source


def bound_by(options: Mapping[str, Any]) -> str:
    """The directory of the host that a volume stands for, by the options of Docker's own volume driver; empty for other volumes."""
    is_bind = {"bind", "rbind"} & set(_text(options.get("o")).split(","))
    return _text(options.get("device")) if is_bind else ""


def mounts(container: Declared) -> Iterator[Mount]:
    """The mounts of a container, as far as they are known; a switch that is not known yet is taken to be as it must be."""
    for mount in container.groups("mounts"):
        yield Mount(
            kind=_text(mount.get("type")),
            source=_text(mount.get("source")),
            target=_text(mount.get("target")),
            read_only=bool(mount.get("readOnly")),
            bound=bound_by(_group(_group(mount.get("volumeOptions")).get("driverOptions"))),
        )
    for volume in container.groups("volumes"):
        bind = volume.get("hostPath")
        yield Mount(
            kind="bind" if bind else "volume",
            source=_text(bind or volume.get("volumeName")),
            target=_text(volume.get("containerPath")),
            read_only=bool(volume.get("readOnly")),
        )


def _group(value: Any) -> Mapping[str, Any]:
    """A group; an unknown one is empty."""
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    """A text; an unknown one is empty."""
    return value if isinstance(value, str) else ""


def labels(resource: Declared) -> dict[str, Any]:
    """The labels of a container or volume, as far as they are known."""
    return {
        _text(label.get("label")): label.get("value", "") for label in resource.groups("labels")
    }


def environment(container: Declared) -> dict[str, str]:
    """The environment of a container, as far as it is known."""
    lines = [line for line in container.listed("envs") if isinstance(line, str)]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


@dataclass(frozen=True)
class Upload:
    """A file that Docker puts into a container, as far as it is known."""

    file: str
    content: str
    permissions: Any


def uploads(container: Declared) -> Iterator[Upload]:
    """The files that a container is given with their content; those whose content is not known yet are left out."""
    for upload in container.groups("uploads"):
        content = upload.get("content")
        encoded = upload.get("contentBase64")
        if content in (None, "") and isinstance(encoded, str):
            content = _decoded(encoded)
        if isinstance(content, str) and content:
            yield Upload(_text(upload.get("file")) or "a file", content, upload.get("permissions"))


def _decoded(encoded: str) -> str | None:
    try:
        return base64.b64decode(encoded).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None  # no text, so none of the files that rules read


def is_registry(container: Declared) -> bool:
    """Whether a container serves packs or images: by the registry's environment, or by its image."""
    variables = environment(container)
    return any(name.startswith("REGISTRY_") for name in variables) or bool(
        _REGISTRY_IMAGE.search(_text(container.get("image")))
    )


def speaks_tls(container: Declared) -> bool:
    """Whether a registry's environment gives it a certificate, or a label says where it has one from; what is not known yet may be either."""
    variables = environment(container)
    given = {CERTIFICATE_VARIABLE, KEY_VARIABLE} <= variables.keys() and all(
        variables[name] for name in (CERTIFICATE_VARIABLE, KEY_VARIABLE)
    )
    by_itself = bool(variables.get("REGISTRY_HTTP_TLS_LETSENCRYPT_HOSTS")) or labels(container).get(
        TLS_LABEL, "off"
    ) not in ("", "off")
    return given or by_itself or UNKNOWN in (*container.listed("envs"), *container.listed("labels"))


def directories_of_config(container: Declared) -> set[str]:
    """Where a registry's environment says that it reads its credentials and its certificate."""
    variables = environment(container)
    paths = (
        variables.get(name) for name in (CERTIFICATE_VARIABLE, KEY_VARIABLE, HTPASSWD_VARIABLE)
    )
    return {posixpath.dirname(path) for path in paths if path}


def is_image_id(reference: str) -> bool:
    """Whether a container's image is named by what is in it, as Docker identifies it on its host."""
    return bool(_IMAGE_ID.fullmatch(reference))


def image_repository(reference: str) -> str:
    """The full name of an image without tag and digest, as Docker completes it: `nginx` is `docker.io/library/nginx`."""
    name = reference.partition("@")[0]
    path, slash, last = name.rpartition("/")
    repository = f"{path}{slash}{last.partition(':')[0]}"
    first, slash, _ = repository.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return repository
    return f"docker.io/{repository}" if slash else f"docker.io/library/{repository}"


def host_of(resource: Declared) -> str:
    """The Docker host that a resource is on; empty for the environment's own, or one that is not known yet."""
    return _text(resource.provider.get("host"))


def label_entries(labelled: Mapping[str, str]) -> list[dict[str, str]]:
    """Labels as the Docker provider takes them."""
    return [{"label": label, "value": value} for label, value in labelled.items()]
