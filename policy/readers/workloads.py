"""The containers of a resource, whether Docker or Kubernetes runs them."""

from __future__ import annotations

from collections.abc import Iterator

from policy.readers.containers import Container
from policy.readers.docker import CONTAINER, docker_container
from policy.readers.kubernetes import WORKLOADS
from policy.readers.pods import pod_containers
from policy.resources import Resource

ALL_CONTAINERS = frozenset({CONTAINER}) | WORKLOADS
"""The types of resources with containers."""


def containers(resource: Resource) -> Iterator[Container]:
    """The known containers of a resource."""
    if resource.type == CONTAINER:
        yield docker_container(resource)
    elif resource.type in WORKLOADS:
        yield from pod_containers(resource)
