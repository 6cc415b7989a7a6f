"""What only a whole stack shows: data that is deleted with the stack, and ports used twice."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pulumi_policy import Severity

from common.labels import DATA_LABEL
from policy.policy import Config, StackPolicy, Violation
from policy.readers.claims import unkept_claims
from policy.readers.docker import CONTAINER, VOLUME, host_of, is_started, labels, statement
from policy.readers.exposure import ALL_ADDRESSES
from policy.readers.kubernetes import SERVICE, cluster_of, name_of
from policy.readers.mounts import mounts
from policy.resources import UNKNOWN, Resource, dig, to_objects


def _running_containers(resources: Sequence[Resource]) -> Iterator[Resource]:
    return (one for one in resources if one.type == CONTAINER and is_started(one))


def _title(resource: Resource) -> str:
    return str(resource.get("name") or name_of(resource) or resource.name)


def _validate_data(resources: Sequence[Resource], _: Config) -> Iterator[Violation]:
    yield from _container_data(resources)
    yield from unkept_claims(resources)


def _container_data(resources: Sequence[Resource]) -> Iterator[Violation]:
    volumes = {
        (host_of(volume), volume.get("name")): volume
        for volume in resources
        if volume.type == VOLUME
    }
    reported: set[str] = set()
    for container in _running_containers(resources):
        if statement(container, DATA_LABEL) in ("true", UNKNOWN):
            continue
        written = [
            mount for mount in mounts(container) if not mount.read_only and mount.kind != "tmpfs"
        ]
        if labels(container).get(DATA_LABEL) == "false" and not written:
            what = f"Data of {_title(container)} must be in a volume, not in the container"
            yield Violation(what, container)
        for mount in written:
            volume = volumes.get((host_of(container), mount.source))
            if mount.kind != "volume" or not volume or volume.protected or volume.urn in reported:
                continue
            reported.add(volume.urn)
            title = f"Volume {mount.source} with the data of {_title(container)}"
            yield Violation(f"{title} must not be deleted with the stack", volume)


DATA_KEPT = StackPolicy(
    name="data-kept-on-destroy",
    description="Volumes that a running container writes to must outlive their stack.",
    reason="Otherwise `make down` deletes the packs. Pulumi doesn't show policies whether a "
    "resource is retained: the volume must be protected. The label "
    f"{DATA_LABEL}=true counts only on the container of a pack registry, which retains the volume. "
    "In Kubernetes, this applies to claims and to annotations of workloads.",
    severity=Severity.HIGH,
    validate=_validate_data,
    settings=("storage.keepOnDestroy", "storage.kind"),
    remediation="Set storage.keepOnDestroy to true, and storage.kind to another kind than memory",
    remediation_elsewhere="set the option protect on the Volume, or on the PersistentVolumeClaim",
)


@dataclass(frozen=True)
class _Published:
    """A port of a Docker host that a container publishes."""

    container: Resource
    host: str
    address: str
    port: int
    protocol: str

    def conflicts(self, other: _Published) -> bool:
        """Whether only one of two containers can publish the port."""
        same = (self.host, self.port, self.protocol) == (other.host, other.port, other.protocol)
        return (
            same
            and self.container is not other.container
            and _addresses_overlap(self.address, other.address)
        )


def _addresses_overlap(first: str, second: str) -> bool:
    """Whether two addresses are equal, or one is the unspecified address of its IP version."""
    try:
        one, two = ipaddress.ip_address(first), ipaddress.ip_address(second)
    except ValueError:
        return first == second
    return one == two or (one.version == two.version and (one.is_unspecified or two.is_unspecified))


def _published(resource: Resource) -> Iterator[_Published]:
    yield from (_node_ports if resource.type == SERVICE else _container_ports)(resource)


def _node_ports(service: Resource) -> Iterator[_Published]:
    """The ports that a Service publishes on every node of its cluster."""
    cluster = "|".join(cluster_of(service))
    for port in to_objects(dig(service.properties, "spec", "ports")):
        number, protocol = port.get("nodePort"), port.get("protocol") or "TCP"
        # Without a number, Kubernetes chooses a free port.
        if number and UNKNOWN not in (number, protocol):
            yield _Published(service, cluster, ALL_ADDRESSES, int(number), protocol.lower())


def _container_ports(container: Resource) -> Iterator[_Published]:
    for port in container.get_objects("ports"):
        number = port.get("external")
        address = port.get("ip") or ALL_ADDRESSES
        protocol = port.get("protocol") or "tcp"
        # Without a number, Docker chooses a free port.
        if number and UNKNOWN not in (number, address, protocol):
            yield _Published(container, host_of(container), address, int(number), protocol)


def _validate_ports(resources: Sequence[Resource], _: Config) -> Iterator[Violation]:
    known: list[_Published] = []
    services = (one for one in resources if one.type == SERVICE)
    for container in (*_running_containers(resources), *services):
        for published in _published(container):
            if other := next((one for one in known if one.conflicts(published)), None):
                title = f"{published.protocol} port {published.port}"
                what = (
                    f"{_title(other.container)} and {_title(container)} must not both publish "
                    f"{title}"
                )
                yield Violation(what, container)
            known.append(published)


ONE_PER_PORT = StackPolicy(
    name="one-registry-per-port",
    description="Containers of a stack must not publish the same port on the same address of a "
    "Docker host, and Services not on the same nodes of a cluster.",
    reason="The second one would not start.",
    severity=Severity.HIGH,
    validate=_validate_ports,
    settings=("port", "bindAddress"),
    remediation="Set a different port or bindAddress for one of them",
    remediation_elsewhere="set a different external or ip of the Container's port, or a different "
    "nodePort of the Service",
)
