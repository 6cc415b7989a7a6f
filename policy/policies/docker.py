"""What the policies read of containers: whether they run, their environment, labels and files.

Resources are recognized by type and properties, never by name, so other programs are read alike.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from common.labels import TLS_LABEL
from policy.resources import UNKNOWN, Resource

CONTAINER = "docker:index/container:Container"
VOLUME = "docker:index/volume:Volume"
REMOTE_IMAGE = "docker:index/remoteImage:RemoteImage"
NETWORK = "docker:index/network:Network"
CONTAINERS = frozenset({CONTAINER})

CERTIFICATE_VARIABLE = "REGISTRY_HTTP_TLS_CERTIFICATE"
KEY_VARIABLE = "REGISTRY_HTTP_TLS_KEY"
HTPASSWD_VARIABLE = "REGISTRY_AUTH_HTPASSWD_PATH"

_IMAGE_ID = re.compile(r"(sha256:)?[0-9a-f]{64}")
_REGISTRY_IMAGE = re.compile(
    r"(.*/)?([^/]*registry[^/]*|distribution|zot[^/]*)([:@].*)?", re.IGNORECASE
)
_REGISTRY_COMMAND = re.compile(
    r"\b(registry|distribution|zot)\b|\bserve\s+\S+\.(ya?ml|json)\b", re.IGNORECASE
)
_TLS_SOURCES = frozenset({"self-signed", "private-ca", "provided", "letsencrypt"})
"""The values of the TLS label that state a certificate: the values of the setting tls.mode."""


def is_started(container: Resource) -> bool:
    """Whether a container runs.

    A container that never starts only writes files into a volume. For such a container, both
    `start` and `mustRun` are false, and Docker does not restart it; the provider's defaults are
    true, true and `no`.
    """
    return (
        container.get("start", True) is not False
        or container.get("mustRun", True) is not False
        or container.get("restart", "no") not in ("no", "", UNKNOWN)
    )


def to_object(value: Any) -> Mapping[str, Any]:
    """An object. An unknown object is empty."""
    return value if isinstance(value, Mapping) else {}


def to_string(value: Any) -> str:
    """A string. An unknown string is empty."""
    return value if isinstance(value, str) else ""


def labels(resource: Resource) -> dict[str, Any]:
    """The known labels of a container or volume. A label with two values is empty."""
    return _merged(
        (to_string(label.get("label")), label.get("value", ""))
        for label in resource.get_objects("labels")
    )


def statement(container: Resource, label: str) -> Any:
    """What a label states about a container; None if nothing confirms it.

    Everyone can write a label. The component `PackRegistry` enforces what its labels state.
    """
    if not container.in_pack_registry:
        return None
    return UNKNOWN if UNKNOWN in container.get_list("labels") else labels(container).get(label)


def variables(container: Resource) -> list[tuple[str, str]]:
    """The known environment variables of a container, including duplicates."""
    lines = [line for line in container.get_list("envs") if isinstance(line, str)]
    return [(name, value) for name, _, value in (line.partition("=") for line in lines)]


def environment(container: Resource) -> dict[str, str]:
    """The known environment of a container. A variable with two values is empty."""
    return _merged(variables(container))


def _merged(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A dict of pairs. A key with two values is empty: the provider does not keep the order."""
    merged: dict[str, Any] = {}
    for key, value in pairs:
        merged[key] = value if merged.get(key, value) == value else ""
    return merged


@dataclass(frozen=True)
class Upload:
    """A file that Docker writes into a container."""

    file: str
    content: bytes | None
    """None if a policy can't read it: it is on the operator's machine, or not valid base64."""
    permissions: Any


def uploads(container: Resource) -> Iterator[Upload]:
    """The files of a container. A file whose content is unknown is left out."""
    for upload in container.get_objects("uploads"):
        file = to_string(upload.get("file")) or "a file"
        permissions = upload.get("permissions") or (
            "0744" if upload.get("executable") is True else "0644"  # the provider's defaults
        )
        for key, read in _READERS.items():
            if isinstance(text := upload.get(key), str) and text:
                yield Upload(file, read(text), permissions)


def _decode(text: str) -> bytes | None:
    try:
        return base64.b64decode(re.sub(r"\s", "", text), validate=True)
    except (binascii.Error, ValueError):
        return None


_READERS: Mapping[str, Callable[[str], bytes | None]] = {
    "content": lambda text: text.encode(errors="surrogateescape"),
    "contentBase64": _decode,
    "source": lambda _: None,
}


def is_registry(container: Resource) -> bool:
    """Whether a container may be a registry: by its environment, command or image.

    An image ID does not name a program, so a container with published ports may be a registry.
    """
    if any(name.startswith("REGISTRY_") for name, _ in variables(container)):
        return True
    image = to_string(container.get("image"))
    if is_image_id(image):
        return bool(container.get("ports")) or container.get("publishAllPorts") is True
    words = [*container.get_list("entrypoints"), *container.get_list("command")]
    command = " ".join(word for word in words if isinstance(word, str))
    return bool(_REGISTRY_IMAGE.fullmatch(image) or _REGISTRY_COMMAND.search(command))


def uses_tls(container: Resource) -> bool:
    """Whether a registry may use TLS, by its environment or its statement. Unknown values may."""
    env = environment(container)
    has_files = all(env.get(name) for name in (CERTIFICATE_VARIABLE, KEY_VARIABLE))
    has_acme = bool(re.search(r"\w", env.get("REGISTRY_HTTP_TLS_LETSENCRYPT_HOSTS", "")))
    label = statement(container, TLS_LABEL)
    unknown = UNKNOWN in (label, *container.get_list("envs"))
    return has_files or has_acme or label in _TLS_SOURCES or unknown


def is_image_id(reference: str) -> bool:
    """Whether an image is named by its ID on the Docker host."""
    return bool(_IMAGE_ID.fullmatch(reference))


def host_of(resource: Resource) -> str:
    """The Docker host of a resource; empty for the environment's host or an unknown host."""
    return to_string(resource.provider.get("host"))


def to_label_inputs(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Labels as the Docker provider expects them."""
    return [{"label": label, "value": value} for label, value in values.items()]
