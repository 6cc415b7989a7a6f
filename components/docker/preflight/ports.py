"""Preflight check of the published ports: free, or already published by this registry."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator, Sequence
from typing import Any

from common.labels import Owner, owning_stack
from common.types.network import addresses_overlap
from components.docker.addresses import is_unreachable, reachable_address
from components.docker.container import published_ports
from components.docker.container_state import ALL_IPV4
from components.docker.engine import ACTIVE_STATES, DockerEngine
from components.docker.plan import DockerPlan

CONNECT_SECONDS = 2


def address_problems(engine: DockerEngine, bind_address: str) -> Iterator[str]:
    """Report an address at which the registry can't be verified from this machine."""
    if is_unreachable(engine, bind_address):
        yield (
            f"bindAddress: {bind_address} can be reached only on the Docker host {engine.address}, "
            "but this machine verifies the registry. Set verify to false, or bindAddress to an "
            "address of that host, for example 0.0.0.0."
        )


def port_problems(
    engine: DockerEngine, containers: Sequence[dict[str, Any]], plan: DockerPlan, owner: Owner
) -> Iterator[str]:
    """Report who uses a port on an address where it must be published.

    :param containers: all containers of the host.
    """
    own = engine.container(plan.container_name)
    is_active = own is not None and owner.owns(own.labels) and own.status in ACTIVE_STATES
    problems: set[str] = set()
    for published in published_ports(plan):
        address, port = published.address, published.external or 0
        if own and is_active and (address, port) in own.published:
            continue
        setting = "port" if published.internal == plan.process.port else "metrics.port"
        problems |= set(_address_problems(engine, containers, (address, port), owner, setting))
    yield from sorted(problems)


def _address_problems(
    engine: DockerEngine,
    containers: Sequence[dict[str, Any]],
    published: tuple[str, int],
    owner: Owner,
    setting: str,
) -> Iterator[str]:
    """Report who uses a port.

    :param published: the address and the port.
    :param setting: the setting that has the port.
    """
    address, port = published
    for container in containers:
        if not _publishes(container, address, port):
            continue
        if owner.owns(container["Labels"]):
            return  # under its previous name: the update removes it first
        name = container["Names"][0].lstrip("/")
        if stack := owning_stack(container["Labels"]):
            yield (
                f"{setting}: {port} is in use by the container {name} of {stack}. Set {setting} to "
                "a free port."
            )
        else:
            yield (
                f"{setting}: {port} is in use by the container {name} on the Docker host. Stop it "
                f"with `docker stop {name}`, or set {setting} to a free port."
            )
        return
    if _is_listening(engine, address, port):
        yield (
            f"{setting}: {port} is in use by another program on the Docker host. Find it with "
            f"`sudo ss -ltnp 'sport = :{port}'` and stop it, or set {setting} to a free port."
        )


def _publishes(container: dict[str, Any], address: str, port: int) -> bool:
    return any(
        published.get("PublicPort") == port
        and published.get("Type") == "tcp"
        and addresses_overlap(published.get("IP") or ALL_IPV4, address)
        for published in container["Ports"]
    )


def _is_listening(engine: DockerEngine, bind_address: str, port: int) -> bool:
    """Return whether a program listens on the port.

    On this machine, the port is bound for a moment. On another one, or without permission to bind,
    a connection is tried.
    """
    family = socket.AF_INET6 if ":" in bind_address else socket.AF_INET
    if engine.is_local and (is_bound := _is_bound(family, bind_address, port)) is not None:
        return is_bound
    if is_unreachable(engine, bind_address):
        return False  # Docker reports it
    address = reachable_address(engine, bind_address)
    try:
        found = socket.getaddrinfo(address, port, family, socket.SOCK_STREAM)
    except OSError:  # only ssh can resolve the name, or it has no address of this family
        return False
    return any(_accepts(family, sockaddr) for *_, sockaddr in found)


def _is_bound(family: socket.AddressFamily, address: str, port: int) -> bool | None:
    """Return whether a port of this machine is in use; None without permission to bind it."""
    with socket.socket(family, socket.SOCK_STREAM) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            # Docker's proxy does the same.
            attempt.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            attempt.bind((address, port))
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                return None
            # Any other error concerns the address. Docker reports it.
            return error.errno == errno.EADDRINUSE
    return False


def _accepts(family: socket.AddressFamily, sockaddr: Any) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as attempt:
        attempt.settimeout(CONNECT_SECONDS)
        return attempt.connect_ex(sockaddr) == 0
