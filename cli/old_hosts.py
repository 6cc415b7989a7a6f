"""Docker hosts on which a stack's registry is by its record, though its settings name another one by now."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from cli.docker import refusal
from cli.pulumi_cli import Pulumi
from cli.stack import recorded_resources
from components.docker.engine import DockerEngine
from components.docker.host_change import ENVIRONMENT_HOST


@dataclass(frozen=True)
class OldHost:
    """One of them."""

    url: str
    """Empty where it was the environment's own."""
    cert_path: str
    provider: str
    """The URN of what Pulumi reaches it by, on which depends all that is recorded there."""

    def __str__(self) -> str:
        """What it is called."""
        return self.url or ENVIRONMENT_HOST


def old_hosts(pulumi: Pulumi, stack: str, url: str) -> list[OldHost]:
    """The hosts on which something of a stack is recorded, but for the one that its settings name.

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
            found.append(OldHost(inputs.get("host", ""), inputs.get("certPath", ""), urn))
    return [host for host in found if host.url != url]


def told_unreachable(pulumi: Pulumi, stack: str, url: str) -> str:
    """After a failure: which of these hosts can't be reached, and what to do then; empty where all of them can."""
    for host in old_hosts(pulumi, stack, url):
        if reason := refusal(DockerEngine(host.url, host.cert_path)):
            return (
                f"By its record the registry of {stack} is on {host}, where Docker can't be reached ({reason}). Bring that host back; if it is gone "
                f"for good, have the record forget what was on it: `pulumi state delete --stack {stack} --target-dependents "
                f"{shlex.quote(host.provider)}` (docs/operations.md, Another Docker host)."
            )
    return ""
