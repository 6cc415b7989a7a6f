"""What the policies read of Docker's resources: containers, their mounts, files and images.

Resources are recognized by type and properties, never by name, so other programs are read alike.
"""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from common.labels import TLS_LABEL
from policy.resources import UNKNOWN, Resource

CONTAINER = "docker:index/container:Container"
VOLUME = "docker:index/volume:Volume"
REMOTE_IMAGE = "docker:index/remoteImage:RemoteImage"
CONTAINERS = frozenset({CONTAINER})

CERTIFICATE_VARIABLE = "REGISTRY_HTTP_TLS_CERTIFICATE"
KEY_VARIABLE = "REGISTRY_HTTP_TLS_KEY"
HTPASSWD_VARIABLE = "REGISTRY_AUTH_HTPASSWD_PATH"

_IMAGE_ID = re.compile(r"(sha256:)?[0-9a-f]{64}")
_REGISTRY_IMAGE = re.compile(r"(^|/)(spectro-registry|distribution|registry)([:@]|$)")


def is_started(container: Resource) -> bool:
    """Whether a container runs.

    A container that never starts only writes files into a volume. For such a container, both
    `start` and `mustRun` are false; the provider's defaults are true.
    """
    return container.get("start", True) is not False or container.get("mustRun", True) is not False


@dataclass(frozen=True)
class Mount:
    """A directory, file or volume in a container."""

    kind: str
    source: str
    target: str
    read_only: bool
    bound: str = ""
    """The host directory behind a volume that Docker creates for the mount."""

    @property
    def host_path(self) -> str:
        """The host path that is mounted, or the name of a volume."""
        return self.bound or self.source


def bound_by(options: Mapping[str, Any]) -> str:
    """The host directory behind a volume of the driver `local`; empty for other volumes."""
    is_bind = {"bind", "rbind"} & set(_string(options.get("o")).split(","))
    return _string(options.get("device")) if is_bind else ""


def mounts(container: Resource) -> Iterator[Mount]:
    """The known mounts of a container. An unknown `readOnly` counts as true."""
    for mount in container.get_objects("mounts"):
        yield Mount(
            kind=_string(mount.get("type")),
            source=_string(mount.get("source")),
            target=_string(mount.get("target")),
            read_only=bool(mount.get("readOnly")),
            bound=bound_by(_object(_object(mount.get("volumeOptions")).get("driverOptions"))),
        )
    for volume in container.get_objects("volumes"):
        bind = volume.get("hostPath")
        yield Mount(
            kind="bind" if bind else "volume",
            source=_string(bind or volume.get("volumeName")),
            target=_string(volume.get("containerPath")),
            read_only=bool(volume.get("readOnly")),
        )


def _object(value: Any) -> Mapping[str, Any]:
    """An object. An unknown object is empty."""
    return value if isinstance(value, Mapping) else {}


def _string(value: Any) -> str:
    """A string. An unknown string is empty."""
    return value if isinstance(value, str) else ""


def labels(resource: Resource) -> dict[str, Any]:
    """The known labels of a container or volume."""
    return {
        _string(label.get("label")): label.get("value", "")
        for label in resource.get_objects("labels")
    }


def environment(container: Resource) -> dict[str, str]:
    """The known environment variables of a container."""
    lines = [line for line in container.get_list("envs") if isinstance(line, str)]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


@dataclass(frozen=True)
class Upload:
    """A file that Docker writes into a container."""

    file: str
    content: str
    permissions: Any


def uploads(container: Resource) -> Iterator[Upload]:
    """The files of a container whose content is known."""
    for upload in container.get_objects("uploads"):
        content = upload.get("content")
        encoded = upload.get("contentBase64")
        if content in (None, "") and isinstance(encoded, str):
            content = _decode(encoded)
        if isinstance(content, str) and content:
            file = _string(upload.get("file")) or "a file"
            yield Upload(file, content, upload.get("permissions"))


def _decode(encoded: str) -> str | None:
    try:
        return base64.b64decode(encoded).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def is_registry(container: Resource) -> bool:
    """Whether a container is a registry, by its environment or its image."""
    variables = environment(container)
    return any(name.startswith("REGISTRY_") for name in variables) or bool(
        _REGISTRY_IMAGE.search(_string(container.get("image")))
    )


def uses_tls(container: Resource) -> bool:
    """Whether a registry may use TLS, by its environment or its label. Unknown values may."""
    variables = environment(container)
    has_files = all(variables.get(name) for name in (CERTIFICATE_VARIABLE, KEY_VARIABLE))
    has_acme = bool(variables.get("REGISTRY_HTTP_TLS_LETSENCRYPT_HOSTS"))
    has_label = labels(container).get(TLS_LABEL, "off") not in ("", "off")
    unknown = UNKNOWN in (*container.get_list("envs"), *container.get_list("labels"))
    return has_files or has_acme or has_label or unknown


def config_directories(container: Resource) -> set[str]:
    """The directories of a registry's htpasswd file, certificate and key, by its environment."""
    variables = environment(container)
    names = (CERTIFICATE_VARIABLE, KEY_VARIABLE, HTPASSWD_VARIABLE)
    return {posixpath.dirname(path) for name in names if (path := variables.get(name))}


def is_image_id(reference: str) -> bool:
    """Whether an image is named by its ID on the Docker host."""
    return bool(_IMAGE_ID.fullmatch(reference))


def image_repository(reference: str) -> str:
    """An image's full name without tag and digest: `nginx` is `docker.io/library/nginx`."""
    name = reference.partition("@")[0]
    path, slash, last = name.rpartition("/")
    repository = f"{path}{slash}{last.partition(':')[0]}"
    first, slash, _ = repository.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return repository
    return f"docker.io/{repository}" if slash else f"docker.io/library/{repository}"


def host_of(resource: Resource) -> str:
    """The Docker host of a resource; empty for the environment's host or an unknown host."""
    return _string(resource.provider.get("host"))


def to_label_inputs(labels: Mapping[str, str]) -> list[dict[str, str]]:
    """Labels as the Docker provider expects them."""
    return [{"label": label, "value": value} for label, value in labels.items()]
