"""How a running container is hardened."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policy.factories import RUNNING, forbidden_in_containers
from policy.policy import Config, ResourcePolicy, string_list
from policy.readers.docker import CONTAINER, capability
from policy.readers.workloads import ALL_CONTAINERS, containers
from policy.resources import UNKNOWN, Resource, to_string

_ELSEWHERE = "In Kubernetes, set {} in the securityContext of every container"

_TMPFS_FLAGS = frozenset({"exec", "suid", "dev", "shared", "rshared"})


def _validate_root(resource: Resource, _: Config) -> Iterator[str]:
    for container in containers(resource):
        if container.read_only_root not in (True, UNKNOWN):
            yield f"{container.title} must have a read-only root file system"
    if resource.type != CONTAINER:
        return
    for target, options in resource.get_object("tmpfs").items():
        flags = {flag.strip().lower() for flag in to_string(options).split(",")}
        if found := sorted(flags & _TMPFS_FLAGS):
            yield f"Temporary file system at {target} must not have {', '.join(found)}"


READ_ONLY_ROOT = ResourcePolicy(
    name="container-read-only-root",
    description="Running containers must have a read-only root file system, and no programs or "
    "devices in temporary file systems.",
    reason="An attacker can't change the server's programs, or add others.",
    severity=Severity.HIGH,
    **RUNNING,
    validate=_validate_root,
    settings=("server.readOnlyRoot",),
    remediation="Set server.readOnlyRoot to true",
    remediation_elsewhere="set readOnly of the Container to true, mount the directories that "
    "it writes to, and remove exec, suid, dev and shared from tmpfs. "
    f"{_ELSEWHERE.format('readOnlyRootFilesystem: true')}",
)

NO_NEW_PRIVILEGES = forbidden_in_containers(
    lambda container: container.no_new_privileges is False,
    "must have the security option no-new-privileges",
    name="container-no-new-privileges",
    description="Running containers must have the security option no-new-privileges. In "
    "Kubernetes, allowPrivilegeEscalation must be false.",
    reason="Processes can't gain privileges by setuid.",
    severity=Severity.HIGH,
    **RUNNING,
    settings=("server.noNewPrivileges",),
    remediation="Set server.noNewPrivileges to true",
    remediation_elsewhere="add no-new-privileges:true to the Container's securityOpts. "
    f"{_ELSEWHERE.format('allowPrivilegeEscalation: false')}",
)


def _validate_security_options(resource: Resource, config: Config) -> Iterator[str]:
    for container in containers(resource):
        if not container.has_seccomp_profile:
            yield f"{container.title} must have the seccompProfile RuntimeDefault"
        for option in container.security_options:
            if option not in config["allowed"]:
                is_short = re.fullmatch(r"[^=:]+[=:][\w.:/-]{0,40}", option)
                shown = option if is_short else re.split("[=:]", option)[0]
                yield f"{container.title} must not have the security option {shown}"


SECURITY_OPTIONS = ResourcePolicy(
    name="container-security-options",
    description="Containers must not have other security options than no-new-privileges, except "
    "allowed ones. In Kubernetes, they must have the seccompProfile RuntimeDefault.",
    reason="Other options replace or disable the isolation by seccomp, AppArmor, SELinux or masked "
    "system paths. Without a seccompProfile, Kubernetes applies none.",
    severity=Severity.HIGH,
    types=ALL_CONTAINERS,
    validate=_validate_security_options,
    settings=(),
    remediation="Remove the transformation in the program that sets it: the pack registry sets "
    "only no-new-privileges",
    remediation_elsewhere="remove it from securityOpts of the Container, or from securityContext "
    "in Kubernetes, and set seccompProfile to the type RuntimeDefault there",
    options={
        "allowed": string_list(
            (),
            "Security options that are allowed, as they are written in securityOpts, or as "
            "messages name them (seccompProfile=Localhost).",
        )
    },
)


def _validate_added(resource: Resource, config: Config) -> Iterator[str]:
    allowed = {capability(name) for name in config["allowed"]}
    for container in containers(resource):
        if added := sorted(container.added_capabilities - allowed):
            yield f"{container.title} must not have the added capabilities {', '.join(added)}"


NO_ADDED_CAPABILITIES = ResourcePolicy(
    name="container-no-added-capabilities",
    description="Containers must not have added Linux capabilities, except allowed ones.",
    reason="Capabilities give a process rights of root.",
    severity=Severity.HIGH,
    types=ALL_CONTAINERS,
    validate=_validate_added,
    settings=("server.addCapabilities",),
    remediation="Remove them from server.addCapabilities",
    remediation_elsewhere="remove them from capabilities.adds of the Container, or from "
    "capabilities.add of the securityContext in Kubernetes",
    options={"allowed": string_list((), "Capabilities that may be added.")},
)


def _validate_dropped(resource: Resource, config: Config) -> Iterator[str]:
    required = {capability(name) for name in config["capabilities"]}
    for container in containers(resource):
        dropped = container.dropped_capabilities
        if dropped is None or "ALL" in dropped:
            continue
        kept = sorted(required - dropped)
        if kept == ["ALL"]:
            yield f"{container.title} must drop all capabilities"
        elif kept:
            yield f"{container.title} must drop the capabilities {', '.join(kept)}"


CAPABILITIES_DROPPED = ResourcePolicy(
    name="container-capabilities-dropped",
    description="Running containers must drop their Linux capabilities.",
    reason="The default capabilities give a process rights of root that the server doesn't need.",
    severity=Severity.HIGH,
    **RUNNING,
    validate=_validate_dropped,
    settings=("server.dropCapabilities",),
    remediation="Set server.dropCapabilities to [ALL]",
    remediation_elsewhere="set capabilities.drops of the Container to [ALL]. Add the few that it "
    f"needs, if they are allowed. {_ELSEWHERE.format('capabilities.drop: [ALL]')}",
    options={
        "capabilities": string_list(
            ("ALL",), "Capabilities that must be dropped. ALL includes every capability."
        )
    },
)
