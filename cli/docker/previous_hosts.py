"""Docker hosts that a stack's state still refers to after dockerHost has changed."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from cli.docker.install import connection_error
from cli.pulumi.binary import Pulumi
from cli.pulumi.stack import recorded_resources
from components.docker.engine import DockerEngine
from components.docker.host_change import ENVIRONMENT_HOST


@dataclass(frozen=True)
class PreviousHost:
    """A Docker host in a stack's state."""

    url: str
    """Empty if it was the environment's default host."""
    cert_path: str
    provider: str
    """URN of the Pulumi provider that all resources on the host depend on."""

    def __str__(self) -> str:
        return self.url or ENVIRONMENT_HOST


def previous_hosts(pulumi: Pulumi, stack: str, url: str) -> list[PreviousHost]:
    """Find the hosts in a stack's state that are not the configured one.

    :param url: the setting `dockerHost`.
    """
    resources = recorded_resources(pulumi, stack)
    used = {
        str(each.get("provider")).rpartition("::")[0]
        for each in resources
        if str(each.get("type")).startswith("docker:")
    }
    found = []
    for each in resources:
        if (urn := str(each.get("urn"))) in used:
            inputs = {} if "::default_" in urn else each.get("inputs") or {}
            found.append(PreviousHost(inputs.get("host", ""), inputs.get("certPath", ""), urn))
    return [host for host in found if host.url != url]


def unreachable_host_hint(pulumi: Pulumi, stack: str, url: str) -> str:
    """Explain a failed command by a previous host that is not reachable.

    :param url: the setting `dockerHost`.
    :returns: an empty string if all previous hosts are reachable.
    """
    for host in previous_hosts(pulumi, stack, url):
        if reason := connection_error(DockerEngine(host.url, host.cert_path)):
            return (
                f"The state of stack {stack} has resources on {host}, where Docker is not "
                f"reachable ({reason}). Restore that host. If it is permanently gone, remove its "
                f"resources from the state with `pulumi state delete --stack {stack} "
                f"--target-dependents {shlex.quote(host.provider)}` "
                "(docs/how-to/docker-host.md, Leave a host that is gone)."
            )
    return ""
