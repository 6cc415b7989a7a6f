"""The strings in the properties of a resource, each with its path and its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policy.policy import Config
from policy.readers.files import decode_base64
from policy.readers.kubernetes import CONFIG_MAP, SECRET
from policy.readers.secret_patterns import is_secret, secrets_in
from policy.resources import Resource

_OTHER_DOCKER_POLICIES = frozenset({"envs", "uploads"})
"""The properties that are not shown by Docker, or that other policies check."""
_REFERENCE = re.compile(
    r"secretName|imagePullSecret|nginx\.ingress\.kubernetes\.io/(auth|auth-tls|proxy-ssl)-secret"
)
"""The properties and annotations that name a Secret."""


@dataclass(frozen=True, eq=False, repr=False)
class PropertyString:
    """A string in a property."""

    path: str
    name: str
    """The key that names it; empty for words of a list."""
    text: str

    @property
    def is_secret(self) -> bool:
        """Whether it is a secret, or contains one."""
        name = self.name.replace("/", "_")
        texts = (self.text, f"{name}: {self.text}") if name else (self.text,)
        return is_secret(name, self.text) or any(found for text in texts for found in _in(text))


def _in(text: str) -> Iterator[str]:
    return secrets_in(text)


Strings = Callable[[Resource], Iterable[PropertyString]]


def docker_strings(resource: Resource) -> Iterator[PropertyString]:
    """The strings that Docker shows."""
    for key, value in resource.properties.items():
        if key not in _OTHER_DOCKER_POLICIES:
            yield from _strings(value, key, key)


def kubernetes_strings(resource: Resource) -> Iterator[PropertyString]:
    """The strings of a Kubernetes resource, except environments and the data of a Secret."""
    for key, value in resource.properties.items():
        if resource.type == SECRET and key in ("data", "stringData"):
            continue
        if resource.type == CONFIG_MAP and key == "binaryData" and isinstance(value, Mapping):
            yield from _strings({name: _text(item) for name, item in value.items()}, key, key)
            continue
        for found in _strings(value, key, key):
            if not _REFERENCE.fullmatch(found.name):
                yield found


def _text(value: Any) -> Any:
    content = decode_base64(value) if isinstance(value, str) else None
    return value if content is None else content.decode(errors="replace")


def _strings(value: Any, path: str, name: str) -> Iterator[PropertyString]:
    if isinstance(value, str):
        yield PropertyString(path, name, value)
    elif isinstance(value, Mapping):
        label = value.get("label") or value.get("name")
        if isinstance(label, str) and isinstance(value.get("value"), str):
            yield PropertyString(f"{path}.{label}", label, value["value"])
        else:
            for key, item in value.items():
                if key != "env" or not isinstance(item, list):  # another policy checks variables
                    yield from _strings(item, f"{path}.{key}", key)
    elif isinstance(value, list):
        words = [item for item in value if isinstance(item, str)]
        if words:
            yield PropertyString(path, "", " ".join(words))
        for item in value:
            if not isinstance(item, str):
                yield from _strings(item, path, name)


def no_secret_in_properties(
    strings: Strings, shown_by: str
) -> Callable[[Resource, Config], Iterator[str]]:
    """The validation of a policy that rejects secrets in properties.

    :param shown_by: What shows the properties, with its verb.
    """

    def validate(resource: Resource, config: Config) -> Iterator[str]:
        reported: set[str] = set()
        for found in strings(resource):
            path = found.path
            if path not in config["allowed"] and path not in reported and found.is_secret:
                reported.add(path)
                yield (
                    f"Property {path} must not contain a secret, because {shown_by} "
                    "(sensitive value hidden)"
                )

    return validate
