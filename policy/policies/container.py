"""What a container must not get from its host, and how a running container is hardened.

A container that never starts is only checked for what no container may get.
"""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from policy.policies.docker import CONTAINERS
from policy.policies.factories import RUNNING, forbidden_value
from policy.policy import Config, ResourcePolicy, string_list
from policy.resources import UNKNOWN, Resource

_NO_NEW_PRIVILEGES = {"no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"}
_NEW_PRIVILEGES = {"no-new-privileges:false", "no-new-privileges=false"}

READ_ONLY_ROOT = forbidden_value(
    lambda value, _: value is False,
    {"readOnly": False},
    "Container must have a read-only root file system",
    name="container-read-only-root",
    description="Running containers must have a read-only root file system.",
    reason="An attacker can't change the server's programs.",
    severity=Severity.HIGH,
    **RUNNING,
    settings=("server.readOnlyRoot",),
    remediation="Set server.readOnlyRoot to true",
    remediation_elsewhere="set readOnly of the Container to true, and mount the directories that "
    "it writes to",
)


def _validate_no_new_privileges(container: Resource, _: Config) -> Iterator[str]:
    options = container.get_list("securityOpts")
    is_set = _NO_NEW_PRIVILEGES & set(options) and not _NEW_PRIVILEGES & set(options)
    if UNKNOWN not in options and not is_set:
        yield "Container must have the security option no-new-privileges"


NO_NEW_PRIVILEGES = ResourcePolicy(
    name="container-no-new-privileges",
    description="Running containers must have the security option no-new-privileges.",
    reason="Processes can't gain privileges by setuid.",
    severity=Severity.HIGH,
    **RUNNING,
    validate=_validate_no_new_privileges,
    settings=("server.noNewPrivileges",),
    remediation="Set server.noNewPrivileges to true",
    remediation_elsewhere="add no-new-privileges:true to the Container's securityOpts",
)


def _capabilities(container: Resource, key: str) -> set[str] | None:
    """The names of capabilities without `CAP_`; None if not all of them are known."""
    group = container.get("capabilities", {})
    names = UNKNOWN if group is UNKNOWN else group.get(key) or []
    if names is UNKNOWN or UNKNOWN in names:
        return None
    return {_capability(name) for name in names}


def _capability(name: str) -> str:
    return name.upper().removeprefix("CAP_")


def _validate_added(container: Resource, config: Config) -> Iterator[str]:
    allowed = {_capability(name) for name in config["allowed"]}
    if added := sorted((_capabilities(container, "adds") or set()) - allowed):
        yield f"Container must not have the added capabilities {', '.join(added)}"


NO_ADDED_CAPABILITIES = ResourcePolicy(
    name="container-no-added-capabilities",
    description="Containers must not have added Linux capabilities, except allowed ones.",
    reason="Capabilities give a process rights of root.",
    severity=Severity.HIGH,
    types=CONTAINERS,
    validate=_validate_added,
    settings=("server.addCapabilities",),
    remediation="Remove them from server.addCapabilities",
    remediation_elsewhere="remove them from capabilities.adds of the Container",
    options={"allowed": string_list((), "Capabilities that may be added.")},
)


def _validate_dropped(container: Resource, config: Config) -> Iterator[str]:
    dropped = _capabilities(container, "drops")
    if dropped is None or "ALL" in dropped:
        return
    kept = sorted({_capability(name) for name in config["capabilities"]} - dropped)
    if kept == ["ALL"]:
        yield "Container must drop all capabilities"
    elif kept:
        yield f"Container must drop the capabilities {', '.join(kept)}"


CAPABILITIES_DROPPED = ResourcePolicy(
    name="container-capabilities-dropped",
    description="Running containers must drop their Linux capabilities.",
    reason="Docker's default capabilities give a process rights of root that the server "
    "doesn't need.",
    severity=Severity.HIGH,
    **RUNNING,
    validate=_validate_dropped,
    settings=("server.dropCapabilities",),
    remediation="Set server.dropCapabilities to [ALL]",
    remediation_elsewhere="set capabilities.drops of the Container to [ALL]. Add the few that it "
    "needs, if they are allowed",
    options={
        "capabilities": string_list(
            ("ALL",), "Capabilities that must be dropped. ALL includes every capability."
        )
    },
)

NOT_PRIVILEGED = forbidden_value(
    lambda value, _: value is True,
    {"privileged": False},
    "Container must not be privileged, because it would be root on the Docker host",
    name="container-not-privileged",
    description="Containers must not be privileged.",
    reason="A privileged container is root on the Docker host.",
    severity=Severity.CRITICAL,
    types=CONTAINERS,
    settings=(),
    remediation="Remove the transformation in the program that sets it: the pack registry is never "
    "privileged",
    remediation_elsewhere="remove privileged from the Container",
)

NO_HOST_NETWORK = forbidden_value(
    lambda value, _: value == "host",
    {"networkMode": "bridge"},
    "Container must not use the network of the Docker host, because it would reach the host's "
    "loopback services",
    name="container-no-host-network",
    description="Containers must not use the network of their host.",
    reason="They would reach services on the host's loopback address.",
    severity=Severity.CRITICAL,
    types=CONTAINERS,
    settings=("port", "bindAddress"),
    remediation="Remove the transformation in the program that sets it: the pack registry "
    "publishes port on bindAddress instead",
    remediation_elsewhere="remove networkMode from the Container, and publish its ports",
)

NO_HOST_NAMESPACES = forbidden_value(
    lambda value, _: value == "host",
    dict.fromkeys(("pidMode", "ipcMode", "usernsMode", "cgroupnsMode"), ""),
    "Container must not share a namespace with its host, but {property} is {value}",
    name="container-no-host-namespaces",
    description="Containers must not share the processes, IPC, users or control groups of their "
    "host.",
    reason="Namespaces isolate a container from its host.",
    severity=Severity.HIGH,
    types=CONTAINERS,
    settings=(),
    remediation="Remove the transformation in the program that sets it: the pack registry shares "
    "no namespace",
    remediation_elsewhere="remove pidMode, ipcMode, usernsMode or cgroupnsMode from the Container",
)
