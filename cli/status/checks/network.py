"""The hostname in DNS, and the clocks of the server and its host."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime

from cli.condition import Line, State
from cli.status.registry import Registry
from common.types.network import is_ip
from components.verification.dns import dns_note, resolve
from components.verification.probe import Failure

WARNING_SECONDS = 10
ERROR_SECONDS = 300
"""Difference at which S3 servers, ACME servers and new certificates are refused."""


def check_dns(registry: Registry) -> Iterator[Line]:
    """Resolve the hostname on this machine."""
    hostname = registry.settings.hostname
    if is_ip(hostname):
        yield Line("dns", State.OK, f"{hostname} is an address")
        return
    try:
        addresses = resolve(hostname)
    except OSError:
        value = f"{hostname} does not resolve on this machine"
        fix = "Create a DNS record that points to the registry, or check the name servers."
        yield Line("dns", State.ERROR, value, fix, {"addresses": []})
        return
    figures = {"addresses": addresses}
    address = registry.inspection.address()
    if address and (note := dns_note(hostname, address)):
        fix = f"Check the DNS record of {hostname}, unless the registry is behind a proxy."
        value = note.partition(". ")[0]
        yield Line("dns", State.WARNING, value, fix, figures)
        return
    yield Line("dns", State.OK, f"{hostname} is {', '.join(addresses)}", figures=figures)


def check_clock(registry: Registry) -> Iterator[Line]:
    """Compare this machine's clock with the host's and with the server's."""
    differences: dict[str, float | None] = {"host": _difference(registry.inspection.time)}
    api = registry.probe.api

    def server_time() -> datetime:
        response = registry.probe.send("GET", api.health_path, api.health_status)
        header = "" if isinstance(response, Failure) else response.headers.get("Date", "")
        return parsedate_to_datetime(header)

    try:
        differences["server"] = _difference(server_time)
    except (ValueError, TypeError):
        differences["server"] = None
    known = [abs(each) for each in differences.values() if each is not None]
    figures = {f"{name}Seconds": value for name, value in differences.items()}
    worst = max(known, default=0.0)
    names = [
        f"{name} {'-' if value < 0 else '+'}{abs(value):.0f} s"
        for name, value in differences.items()
        if value is not None
    ]
    value = f"compared with this machine: {', '.join(names)}"
    if worst < WARNING_SECONDS:
        yield Line("clock", State.OK, value, figures=figures)
        return
    state = State.ERROR if worst >= ERROR_SECONDS else State.WARNING
    fix = "Synchronize the clocks of both machines. To check one, run `timedatectl`."
    yield Line("clock", state, value, fix, figures)


def _difference(read: Callable[[], datetime]) -> float:
    """Return the seconds by which another clock is ahead of this one."""
    before = time.time()
    other = read().timestamp()
    after = time.time()
    # The other clock was read in between. HTTP dates have whole seconds.
    if before - 1 <= other <= after:
        return 0.0
    return round(other - (after if other > after else before), 1)
