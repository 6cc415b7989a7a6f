"""Which directories of the host a container may mount, and which mounts must be read-only."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policy.policies.docker import CONTAINER, VOLUME, bound_by, config_directories, mounts
from policy.policies.factories import RUNNING
from policy.policy import Config, ResourcePolicy, string_list
from policy.resources import Resource

_SOCKETS = ("docker.sock", "containerd.sock", "podman.sock", "crio.sock")
_ABOVE_SOCKETS = re.compile(r"/|/var|/run(/(containerd|podman|crio|user(/[0-9]+(/podman)?)?))?")
"""The parent directories of sockets; the sockets of rootless engines belong to users."""


def _validate_socket(resource: Resource, _: Config) -> Iterator[str]:
    sources = (
        [bound_by(resource.get_object("driverOpts"))]
        if resource.type == VOLUME
        else [mount.host_path for mount in mounts(resource)]
    )
    for source in sources:
        path = posixpath.normpath(re.sub(r"^/+", "/", source)) if source.startswith("/") else ""
        if posixpath.basename(path) in _SOCKETS or _ABOVE_SOCKETS.fullmatch(
            re.sub(r"^/var/run(?=/|$)", "/run", path)
        ):
            title = "Volume" if resource.type == VOLUME else "Container"
            yield f"{title} must not mount {path}: the engine's socket there controls the host"


NO_DOCKER_SOCKET = ResourcePolicy(
    name="container-no-docker-socket",
    description="Containers must not mount the Docker socket of their host or a directory above "
    "it, directly or through a volume.",
    reason="The socket gives control over the host.",
    severity=Severity.CRITICAL,
    types=frozenset({CONTAINER, VOLUME}),
    validate=_validate_socket,
    settings=("storage.path",),
    remediation="Set storage.path to a directory for packs only: the pack registry mounts nothing "
    "else",
    remediation_elsewhere="remove the mount from the Container's mounts or volumes, or the "
    "directory from the Volume's driverOpts",
)


def _validate_config_mounts(container: Resource, config: Config) -> Iterator[str]:
    directories = {*config["directories"], *config_directories(container)}
    for mount in mounts(container):
        target = posixpath.normpath(mount.target) if mount.target else ""
        is_config = any(
            target == directory or target.startswith(f"{directory}/") for directory in directories
        )
        if is_config and not mount.read_only and mount.kind != "tmpfs":
            yield f"Mount at {target} must be read-only, because it contains configuration"


CONFIG_READ_ONLY = ResourcePolicy(
    name="container-config-read-only",
    description="Running containers must mount their configuration read-only.",
    reason="An attacker can't change users or certificates. Configuration is in the "
    "configured directories, and where a registry's environment names its htpasswd "
    "file, certificate and key.",
    severity=Severity.HIGH,
    **RUNNING,
    validate=_validate_config_mounts,
    settings=(),
    remediation="Remove the transformation in the program that changes it: the pack registry "
    "mounts its configuration read-only",
    remediation_elsewhere="set readOnly of the mount to true",
    options={
        "directories": string_list(
            ("/auth", "/certs", "/etc"), "Directories in a container that contain configuration."
        )
    },
)
