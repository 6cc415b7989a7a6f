"""How a container is run: what it must not be given at all, and what one that is started must have.

A container that is created and never started, such as the pack registry's writers, is only held against what must not be given.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policy.policies.docker import (
    CONTAINER,
    CONTAINERS,
    VOLUME,
    bound_by,
    directories_of_config,
    is_started,
    mounts,
)
from policy.policy import Config, ResourceRule, texts
from policy.resource import UNKNOWN, Declared

_NO_NEW_PRIVILEGES = {"no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"}
_NEW_PRIVILEGES = {"no-new-privileges:false", "no-new-privileges=false"}
_SOCKETS = ("docker.sock", "containerd.sock", "podman.sock", "crio.sock")
_ABOVE_SOCKETS = re.compile(r"/|/var|/run(/(containerd|podman|crio|user(/[0-9]+(/podman)?)?))?")
"""Directories that hold a socket somewhere below; those of an engine without root are the user's."""


def _judge_read_only(container: Declared, _: Config) -> Iterator[str]:
    if is_started(container) and container.get("readOnly", False) is False:
        yield "the container's root file system can be written to"


READ_ONLY_ROOT = ResourceRule(
    name="container-read-only-root",
    description="A container that is started has a read-only root file system.",
    severity=Severity.HIGH,
    types=CONTAINERS,
    judge=_judge_read_only,
    keys=("server.readOnlyRoot",),
    fix="set server.readOnlyRoot to true",
    elsewhere="set readOnly of the Container to true, and mount what it writes to",
)


def _judge_no_new_privileges(container: Declared, _: Config) -> Iterator[str]:
    options = container.listed("securityOpts")
    is_set = _NO_NEW_PRIVILEGES & set(options) and not _NEW_PRIVILEGES & set(
        options
    )  # of both, Docker takes the last
    if is_started(container) and UNKNOWN not in options and not is_set:
        yield "programs in the container may gain privileges by setuid"


NO_NEW_PRIVILEGES = ResourceRule(
    name="container-no-new-privileges",
    description="A container that is started has the security option no-new-privileges.",
    severity=Severity.HIGH,
    types=CONTAINERS,
    judge=_judge_no_new_privileges,
    keys=("server.noNewPrivileges",),
    fix="set server.noNewPrivileges to true",
    elsewhere="add no-new-privileges:true to the Container's securityOpts",
)


def _capabilities(container: Declared, key: str) -> set[str] | None:
    """Names of capabilities without `CAP_`; none where they are not all known."""
    group = container.get("capabilities", {})
    names = UNKNOWN if group is UNKNOWN else group.get(key) or []
    if names is UNKNOWN or UNKNOWN in names:
        return None
    return {name.upper().removeprefix("CAP_") for name in names}


def _judge_added(container: Declared, config: Config) -> Iterator[str]:
    allowed = {name.upper().removeprefix("CAP_") for name in config["allowed"]}
    added = sorted((_capabilities(container, "adds") or set()) - allowed)
    if added:
        yield f"the container is given the capabilities {', '.join(added)}"


NO_ADDED_CAPABILITIES = ResourceRule(
    name="container-no-added-capabilities",
    description="No container is given Linux capabilities beyond those that are allowed.",
    severity=Severity.HIGH,
    types=CONTAINERS,
    judge=_judge_added,
    keys=("server.addCapabilities",),
    fix="take them out of server.addCapabilities",
    elsewhere="take them out of capabilities.adds of the Container",
    options={"allowed": texts((), "Capabilities that may be added.")},
)


def _judge_dropped(container: Declared, config: Config) -> Iterator[str]:
    dropped = _capabilities(container, "drops")
    if not is_started(container) or dropped is None or "ALL" in dropped:
        return
    kept = sorted({name.upper().removeprefix("CAP_") for name in config["capabilities"]} - dropped)
    if kept:
        yield f"the container keeps {'all of its' if kept == ['ALL'] else 'the'} capabilities{'' if kept == ['ALL'] else ' ' + ', '.join(kept)}"


CAPABILITIES_DROPPED = ResourceRule(
    name="container-capabilities-dropped",
    description="A container that is started has its Linux capabilities dropped.",
    severity=Severity.HIGH,
    types=CONTAINERS,
    judge=_judge_dropped,
    keys=("server.dropCapabilities",),
    fix="set server.dropCapabilities to [ALL]",
    elsewhere="set capabilities.drops of the Container to [ALL], and add back the few that it needs where they are allowed",
    options={
        "capabilities": texts(("ALL",), "Capabilities that must be dropped; ALL covers every one.")
    },
)


def _judge_privileged(container: Declared, _: Config) -> Iterator[str]:
    if container.get("privileged") is True:
        yield "the container is privileged, which makes it root on the Docker host"


NOT_PRIVILEGED = ResourceRule(
    name="container-not-privileged",
    description="No container is privileged.",
    severity=Severity.CRITICAL,
    types=CONTAINERS,
    judge=_judge_privileged,
    keys=(),
    fix="the pack registry never is, so a transformation in the program has set it: remove that",
    elsewhere="remove privileged from the Container",
)


def _judge_host_network(container: Declared, _: Config) -> Iterator[str]:
    if container.get("networkMode") == "host":
        yield "the container is on the Docker host's own network, where it reaches all that listens on the loopback address"


NO_HOST_NETWORK = ResourceRule(
    name="container-no-host-network",
    description="No container is on its host's own network.",
    severity=Severity.CRITICAL,
    types=CONTAINERS,
    judge=_judge_host_network,
    keys=("port", "bindAddress"),
    fix="the pack registry publishes port on bindAddress instead, so a transformation in the program has set it: remove that",
    elsewhere="remove networkMode from the Container, and publish its ports",
)


def _judge_host_namespaces(container: Declared, _: Config) -> Iterator[str]:
    shared = [
        key
        for key in ("pidMode", "ipcMode", "usernsMode", "cgroupnsMode")
        if container.get(key) == "host"
    ]
    if shared:
        yield f"the container shares a namespace with its host by {', '.join(shared)}"


NO_HOST_NAMESPACES = ResourceRule(
    name="container-no-host-namespaces",
    description="No container shares its host's processes, IPC, users or control groups.",
    severity=Severity.HIGH,
    types=CONTAINERS,
    judge=_judge_host_namespaces,
    keys=(),
    fix="the pack registry never does, so a transformation in the program has set it: remove that",
    elsewhere="remove pidMode, ipcMode, usernsMode or cgroupnsMode from the Container",
)


def _judge_socket(resource: Declared, _: Config) -> Iterator[str]:
    sources = (
        [bound_by(resource.mapped("driverOpts"))]
        if resource.typ == VOLUME
        else [mount.host_path for mount in mounts(resource)]
    )
    for source in sources:
        path = posixpath.normpath(re.sub(r"^/+", "/", source)) if source.startswith("/") else ""
        if posixpath.basename(path) in _SOCKETS or _ABOVE_SOCKETS.fullmatch(
            re.sub(r"^/var/run(?=/|$)", "/run", path)
        ):
            yield f"{path} of the Docker host is mounted, and with it the socket that commands the host"


NO_DOCKER_SOCKET = ResourceRule(
    name="container-no-docker-socket",
    description="No container is given its host's Docker socket, or a directory above it, by a mount, or by a volume that stands for a directory of "
    "the host.",
    severity=Severity.CRITICAL,
    types=frozenset({CONTAINER, VOLUME}),
    judge=_judge_socket,
    keys=("storage.path",),
    fix="the pack registry mounts no more than storage.path: set that to a directory of its own",
    elsewhere="take the mount out of the Container's mounts or volumes, or the directory out of the Volume's driverOpts",
)


def _judge_config_mounts(container: Declared, config: Config) -> Iterator[str]:
    if not is_started(container):
        return
    directories = {*config["directories"], *directories_of_config(container)}
    for mount in mounts(container):
        target = posixpath.normpath(mount.target) if mount.target else ""
        is_config = any(
            target == directory or target.startswith(f"{directory}/") for directory in directories
        )
        if is_config and not mount.read_only and mount.kind != "tmpfs":
            yield f"{target} holds configuration and is mounted for writing"


CONFIG_READ_ONLY = ResourceRule(
    name="container-config-read-only",
    description="A container that is started mounts its configuration read-only: what is below the configured directories, and where a registry's "
    "environment says that its htpasswd file, certificate and key are.",
    severity=Severity.HIGH,
    types=CONTAINERS,
    judge=_judge_config_mounts,
    keys=(),
    fix="the pack registry always does, so a transformation in the program has changed it: remove that",
    elsewhere="set readOnly of the mount to true",
    options={
        "directories": texts(
            ("/auth", "/certs", "/etc"), "Directories in a container that hold configuration."
        )
    },
)
