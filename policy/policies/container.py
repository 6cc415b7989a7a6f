"""How a running container is hardened."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policy.policies.docker import CONTAINERS, to_string
from policy.policies.factories import RUNNING
from policy.policy import Config, ResourcePolicy, string_list
from policy.resources import UNKNOWN, Resource

_NO_NEW_PRIVILEGES = "no-new-privileges"
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
"""What Go's strconv.ParseBool, and so Docker, reads as true."""

_TMPFS_FLAGS = frozenset({"exec", "suid", "dev", "shared", "rshared"})


def _validate_root(container: Resource, _: Config) -> Iterator[str]:
    if container.get("readOnly", False) not in (True, UNKNOWN):
        yield "Container must have a read-only root file system"
    for target, options in container.get_object("tmpfs").items():
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
    "it writes to, and remove exec, suid, dev and shared from tmpfs",
)


def parse_security_option(option: str) -> tuple[str, str]:
    """The name and value of a security option, as Docker parses it: `=` before `:`."""
    name, _, value = option.partition("=" if "=" in option else ":")
    return name, "true" if option == _NO_NEW_PRIVILEGES else value


def _validate_no_new_privileges(container: Resource, _: Config) -> Iterator[str]:
    options = container.get_list("securityOpts")
    known = [option for option in options if option is not UNKNOWN]
    values = [
        value for name, value in map(parse_security_option, known) if name == _NO_NEW_PRIVILEGES
    ]
    # Docker takes the last one. The provider's set has no order, so all must be true.
    is_missing = not values and len(known) == len(options)
    if is_missing or not _TRUE.issuperset(values):
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


def _capabilities(container: Resource, key: str) -> tuple[set[str], bool]:
    """The known names of capabilities without `CAP_`, and whether all of them are known."""
    group = container.get("capabilities", {})
    names = UNKNOWN if group is UNKNOWN else group.get(key) or []
    if names is UNKNOWN:
        return set(), False
    known = [name for name in names if name is not UNKNOWN]
    return {_capability(name) for name in known}, len(known) == len(names)


def _capability(name: str) -> str:
    """The name without `CAP_`. Docker does not know CAP_ALL."""
    upper = name.upper()
    return upper if upper == "CAP_ALL" else upper.removeprefix("CAP_")


def _validate_security_options(container: Resource, config: Config) -> Iterator[str]:
    for option in container.get_list("securityOpts"):
        if option is UNKNOWN or option in config["allowed"]:
            continue
        name, value = parse_security_option(option)
        if name != _NO_NEW_PRIVILEGES and value != _DEFAULT_PROFILES.get(name):
            is_short = re.fullmatch(r"[\w.:/-]{0,40}", value)
            yield f"Container must not have the security option {option if is_short else name}"


_DEFAULT_PROFILES = {"seccomp": "builtin", "apparmor": "docker-default"}

SECURITY_OPTIONS = ResourcePolicy(
    name="container-security-options",
    description="Containers must not have other security options than no-new-privileges, except "
    "allowed ones.",
    reason="Other options replace or disable the isolation by seccomp, AppArmor, SELinux or masked "
    "system paths.",
    severity=Severity.HIGH,
    types=CONTAINERS,
    validate=_validate_security_options,
    settings=(),
    remediation="Remove the transformation in the program that sets it: the pack registry sets "
    "only no-new-privileges",
    remediation_elsewhere="remove it from securityOpts of the Container",
    options={
        "allowed": string_list(
            (), "Security options that are allowed, as they are written in securityOpts."
        )
    },
)


def _validate_added(container: Resource, config: Config) -> Iterator[str]:
    allowed = {_capability(name) for name in config["allowed"]}
    if added := sorted(_capabilities(container, "adds")[0] - allowed):
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
    dropped, is_known = _capabilities(container, "drops")
    if not is_known or "ALL" in dropped:
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
