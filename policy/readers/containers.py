"""A container in the form that policies share, whether Docker or Kubernetes runs it.

``docker.py`` and ``pods.py`` read it, and ``workloads.py`` finds the containers of a resource.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from policy.readers.mounts import Mount
from policy.resources import UNKNOWN

CERTIFICATE_VARIABLE = "REGISTRY_HTTP_TLS_CERTIFICATE"
KEY_VARIABLE = "REGISTRY_HTTP_TLS_KEY"
HTPASSWD_VARIABLE = "REGISTRY_AUTH_HTPASSWD_PATH"
TLS_SOURCES = frozenset({"self-signed", "private-ca", "provided", "letsencrypt", "secret"})
"""The values of the TLS label that state a certificate: the values of the setting tls.mode."""

_REGISTRY_IMAGE = re.compile(
    r"(.*/)?([^/]*registry[^/]*|distribution|zot[^/]*)([:@].*)?", re.IGNORECASE
)
_REGISTRY_COMMAND = re.compile(
    r"\b(registry|distribution|zot)\b|\bserve\s+\S+\.(ya?ml|json)\b", re.IGNORECASE
)
_IMAGE_ID = re.compile(r"(sha256:)?[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Container:
    """A container. A property that a preview does not know is UNKNOWN."""

    title: str = "Container"
    """The container at the start of a message."""
    place: str = ""
    """The container after the name of what it runs, such as ` in container NAME`."""
    shown_by: str = "`docker inspect`"
    """What shows its environment."""
    image: str
    """The name of its image, or its ID on a Docker host; empty if it is unknown."""
    may_be_registry: bool = False
    """Whether it may be a registry although its image has no name."""
    words: tuple[str, ...]
    """The known words of its entry point and command."""
    variables: tuple[tuple[str, str], ...]
    """The known environment variables, including duplicates."""
    has_unknown_variables: bool
    """Whether the environment is not completely known."""
    stated_tls: Any
    """The TLS mode that a pack registry states; None if nothing confirms it."""
    privileged: Any
    read_only_root: Any
    no_new_privileges: Any
    """Whether its processes can't gain privileges."""
    added_capabilities: frozenset[str]
    """Those that are known."""
    dropped_capabilities: frozenset[str] | None
    """None if not all of them are known."""
    security_options: tuple[str, ...]
    """The options that may weaken its isolation, as they are written or as `NAME=VALUE`."""
    has_seccomp_profile: bool = True
    """Whether a seccomp profile applies. Docker has a default one, Kubernetes has none."""
    memory: Any
    """The memory limit in MiB; 0 if there is none."""
    is_server: bool = True
    """Whether it runs as long as its workload, so that its limit has a minimum."""
    mounts: tuple[Mount, ...]
    """The known mounts."""


def merged(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A dict of pairs. A key with two values is empty: which one applies is not certain."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        found[key] = value if found.get(key, value) == value else ""
    return found


def environment(container: Container) -> dict[str, str]:
    """The known environment of a container. A variable with two values is empty."""
    return merged(container.variables)


def is_image_id(reference: str) -> bool:
    """Whether an image is named by its ID on a Docker host."""
    return bool(_IMAGE_ID.fullmatch(reference))


def is_registry(container: Container) -> bool:
    """Whether a container may be a registry: by its environment, command or image."""
    if any(name.startswith("REGISTRY_") for name, _ in container.variables):
        return True
    if is_image_id(container.image):
        return container.may_be_registry
    command = " ".join(container.words)
    return bool(_REGISTRY_IMAGE.fullmatch(container.image) or _REGISTRY_COMMAND.search(command))


def uses_tls(container: Container) -> bool:
    """Whether a registry may use TLS, by its environment or its statement. Unknown values may."""
    env = environment(container)
    has_files = all(env.get(name) for name in (CERTIFICATE_VARIABLE, KEY_VARIABLE))
    has_acme = bool(re.search(r"\w", env.get("REGISTRY_HTTP_TLS_LETSENCRYPT_HOSTS", "")))
    stated = container.stated_tls
    unknown = stated is UNKNOWN or container.has_unknown_variables
    return has_files or has_acme or stated in TLS_SOURCES or unknown
