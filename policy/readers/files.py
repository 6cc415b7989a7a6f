"""The files that a program writes: into a Docker container, a Secret or a ConfigMap."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policy.readers.containers import CERTIFICATE_VARIABLE, KEY_VARIABLE
from policy.readers.docker import CONTAINER, variables
from policy.readers.kubernetes import CONFIG_MAP, SECRET
from policy.readers.mounts import normalize_path
from policy.resources import UNKNOWN, Resource, to_string

FILES = frozenset({CONTAINER, SECRET, CONFIG_MAP})
"""The types of resources with files."""

_TLS_SECRET = {CERTIFICATE_VARIABLE: "tls.crt", KEY_VARIABLE: "tls.key"}
"""The files of a Secret of the type kubernetes.io/tls."""


@dataclass(frozen=True, eq=False, repr=False)
class File:
    """A file whose content is known."""

    file: str
    content: bytes | None
    """None if a policy can't read it: it is on the operator's machine, or not valid base64."""
    permissions: Any = UNKNOWN


def files(resource: Resource) -> Iterator[File]:
    """The files of a resource. A file whose content is unknown is left out."""
    if resource.type == CONTAINER:
        yield from _uploads(resource)
    elif resource.type in FILES:
        for group in ("data", "stringData", "binaryData"):
            is_text = group == "stringData" or (group, resource.type) == ("data", CONFIG_MAP)
            for name, value in resource.get_object(group).items():
                if isinstance(value, str) and value:
                    yield File(name, _encode(value) if is_text else decode_base64(value))


def configured_paths(resource: Resource, *names: str) -> set[str]:
    """The normalized paths of files that a container's environment names.

    The type kubernetes.io/tls of a Secret names its files, too.
    """
    if resource.type == CONTAINER:
        paths = [path for name, path in variables(resource) if name in names]
    else:
        is_tls = resource.get("type") == "kubernetes.io/tls"
        paths = [path for name, path in _TLS_SECRET.items() if name in names and is_tls]
    return {normalize_path(path) for path in paths}


def _uploads(container: Resource) -> Iterator[File]:
    for upload in container.get_objects("uploads"):
        file = to_string(upload.get("file")) or "a file"
        permissions = upload.get("permissions") or (
            "0744" if upload.get("executable") is True else "0644"  # the provider's defaults
        )
        for key, read in _READERS.items():
            if isinstance(text := upload.get(key), str) and text:
                yield File(file, read(text), permissions)


def _encode(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def decode_base64(text: str) -> bytes | None:
    """Decode base64; None if it is not valid."""
    try:
        return base64.b64decode(re.sub(r"\s", "", text), validate=True)
    except (binascii.Error, ValueError):
        return None


_READERS: Mapping[str, Callable[[str], bytes | None]] = {
    "content": _encode,
    "contentBase64": decode_base64,
    "source": lambda _: None,
}
