"""What the policies read of Docker's containers.

Resources are recognized by type and properties, never by name, so other programs are read alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from common.labels import TLS_LABEL
from policy.readers.containers import Container, merged
from policy.readers.mounts import mounts
from policy.resources import UNKNOWN, Resource, to_list, to_string

CONTAINER = "docker:index/container:Container"
VOLUME = "docker:index/volume:Volume"
REMOTE_IMAGE = "docker:index/remoteImage:RemoteImage"
NETWORK = "docker:index/network:Network"
CONTAINERS = frozenset({CONTAINER})

_NO_NEW_PRIVILEGES = "no-new-privileges"
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
"""What Go's strconv.ParseBool, and so Docker, reads as true."""
_DEFAULT_PROFILES = {"seccomp": "builtin", "apparmor": "docker-default"}


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


def labels(resource: Resource) -> dict[str, Any]:
    """The known labels of a container or volume. A label with two values is empty."""
    return merged(
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
    return list(_variables(container.get_list("envs")))


def host_of(resource: Resource) -> str:
    """The Docker host of a resource; empty for the environment's host or an unknown host."""
    return to_string(resource.provider.get("host"))


def to_label_inputs(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Labels as the Docker provider expects them."""
    return [{"label": label, "value": value} for label, value in values.items()]


def docker_container(resource: Resource) -> Container:
    """A container of the Docker provider, in the form that policies share."""
    envs = resource.get_list("envs")
    words = [*resource.get_list("entrypoints"), *resource.get_list("command")]
    dropped, is_known = _capabilities(resource, "drops")
    return Container(
        image=to_string(resource.get("image")).strip(),
        # An image ID does not name a program, so a container with published ports may be one.
        may_be_registry=bool(resource.get("ports")) or resource.get("publishAllPorts") is True,
        words=tuple(word for word in words if isinstance(word, str)),
        variables=tuple(variables(resource)),
        has_unknown_variables=UNKNOWN in envs,
        stated_tls=statement(resource, TLS_LABEL),
        privileged=resource.get("privileged", False),
        read_only_root=resource.get("readOnly", False),
        no_new_privileges=_no_new_privileges(resource.get_list("securityOpts")),
        added_capabilities=_capabilities(resource, "adds")[0],
        dropped_capabilities=dropped if is_known else None,
        security_options=tuple(_security_options(resource.get_list("securityOpts"))),
        memory=_memory(resource),
        mounts=tuple(mounts(resource)),
    )


def _variables(envs: list[Any]) -> Iterator[tuple[str, str]]:
    for line in envs:
        if isinstance(line, str):
            name, _, value = line.partition("=")
            yield name, value


def _no_new_privileges(options: list[Any]) -> Any:
    """Docker takes the last one. The provider's set has no order, so all must be true."""
    known = [option for option in options if option is not UNKNOWN]
    parsed = map(_parse_security_option, known)
    values = [value for name, value in parsed if name == _NO_NEW_PRIVILEGES]
    if not _TRUE.issuperset(values):
        return False
    return UNKNOWN if len(known) < len(options) else bool(values)


def _security_options(options: list[Any]) -> Iterator[str]:
    for option in options:
        if option is not UNKNOWN:
            name, value = _parse_security_option(option)
            if name != _NO_NEW_PRIVILEGES and value != _DEFAULT_PROFILES.get(name):
                yield option


def _capabilities(container: Resource, key: str) -> tuple[frozenset[str], bool]:
    """The known names of capabilities without `CAP_`, and whether all of them are known."""
    group = container.get("capabilities", {})
    names = [UNKNOWN] if group is UNKNOWN else to_list(group.get(key))
    known = [name for name in names if name is not UNKNOWN]
    return frozenset(map(capability, known)), len(known) == len(names)


def capability(name: str) -> str:
    """The name without `CAP_`. Docker does not know CAP_ALL."""
    upper = name.upper()
    return upper if upper == "CAP_ALL" else upper.removeprefix("CAP_")


def _memory(container: Resource) -> Any:
    """The memory limit in MiB, or UNKNOWN; 0 if there is none, or if swap is unlimited."""
    memory, swap = container.get("memory", 0), container.get("memorySwap", 0)
    return 0 if swap is not UNKNOWN and swap < 0 else memory


def _parse_security_option(option: str) -> tuple[str, str]:
    """The name and value of a security option, as Docker parses it: `=` before `:`."""
    name, _, value = option.partition("=" if "=" in option else ":")
    return name, "true" if option == _NO_NEW_PRIVILEGES else value
