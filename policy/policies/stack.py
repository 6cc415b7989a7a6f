"""What only a whole stack shows: data that a removal would take along, and ports that are wanted twice."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pulumi_policy import Severity

from policy.policies.docker import (
    CONTAINER,
    DATA_LABEL,
    VOLUME,
    host_of,
    is_started,
    labels,
    mounts,
)
from policy.policy import Config, Finding, StackRule
from policy.resource import UNKNOWN, Declared


def _judge_data(resources: Sequence[Declared], _: Config) -> Iterator[Finding]:
    volumes = {
        (host_of(volume), volume.get("name")): volume
        for volume in resources
        if volume.typ == VOLUME
    }
    told: set[str] = set()
    for container in resources:
        if (
            container.typ != CONTAINER
            or not is_started(container)
            or labels(container).get(DATA_LABEL) in ("true", UNKNOWN)
        ):
            continue
        if UNKNOWN in container.listed("labels"):
            continue
        name = container.get("name", container.name)
        if labels(container).get(DATA_LABEL) == "false" and all(
            mount.read_only for mount in mounts(container)
        ):
            yield Finding(
                f"{name} keeps its data nowhere: it goes with the container", container.urn
            )
        for mount in mounts(container):
            volume = (
                volumes.get((host_of(container), mount.source))
                if mount.kind == "volume" and not mount.read_only
                else None
            )
            if volume and not volume.protected and volume.urn not in told:
                told.add(volume.urn)
                yield Finding(
                    f"the volume {mount.source} holds the data of {name} and goes with the stack",
                    volume.urn,
                )


DATA_KEPT = StackRule(
    name="data-kept-on-destroy",
    description="A volume of the stack that a container which is started writes to outlives the stack. Pulumi shows a policy whether a resource is "
    f"protected, and not whether it is retained: so the volume is protected, or the container says by the label {DATA_LABEL}=true that its volumes "
    "are retained (retainOnDelete), as the pack registry does.",
    severity=Severity.HIGH,
    judge=_judge_data,
    keys=("storage.keepOnDestroy", "storage.kind"),
    fix="set storage.keepOnDestroy to true, and storage.kind to another one than memory",
    elsewhere=f"set the option protect on the Volume, or retainOnDelete with the label {DATA_LABEL}=true on the Container",
)


@dataclass(frozen=True)
class _Published:
    """A port of a Docker host that a container wants."""

    container: Declared
    host: str
    address: str
    port: int
    protocol: str

    def clashes(self, other: _Published) -> bool:
        """Whether only one of two can have it."""
        same = (self.host, self.port, self.protocol) == (other.host, other.port, other.protocol)
        return same and _overlap(self.address, other.address)


def _overlap(first: str, second: str) -> bool:
    """Whether two addresses are one, or either stands for all of its family."""
    try:
        one, two = ipaddress.ip_address(first), ipaddress.ip_address(second)
    except ValueError:
        return first == second
    return one == two or (one.version == two.version and (one.is_unspecified or two.is_unspecified))


def _published(container: Declared) -> Iterator[_Published]:
    for port in container.groups("ports"):
        number, address, protocol = (
            port.get("external"),
            port.get("ip") or "0.0.0.0",
            port.get("protocol") or "tcp",
        )  # noqa: S104 - Docker's default
        if number and UNKNOWN not in (
            number,
            address,
            protocol,
        ):  # without a number Docker takes a free one
            yield _Published(container, host_of(container), address, int(number), protocol)


def _judge_ports(resources: Sequence[Declared], _: Config) -> Iterator[Finding]:
    taken: list[_Published] = []
    for container in resources:
        if container.typ != CONTAINER or not is_started(container):
            continue
        for wanted in _published(container):
            if other := next(
                (one for one in taken if one.clashes(wanted) and one.container is not container),
                None,
            ):
                names = [
                    str(one.container.get("name", one.container.name)) for one in (other, wanted)
                ]
                yield Finding(
                    f"{' and '.join(names)} both publish {wanted.protocol} port {wanted.port}",
                    container.urn,
                )
            taken.append(wanted)


ONE_PER_PORT = StackRule(
    name="one-registry-per-port",
    description="No two containers of a stack publish one port on the same address of one Docker host: the second would not start.",
    severity=Severity.HIGH,
    judge=_judge_ports,
    keys=("port", "bindAddress"),
    fix="set port, or bindAddress, of one of them to another",
    elsewhere="set external, or ip, of the Container's port to another",
)
