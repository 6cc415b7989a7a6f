"""Which directories of the host a container may mount, and which mounts must be read-only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policy.factories import RUNNING
from policy.policy import Config, ResourcePolicy, string_list
from policy.readers import kubernetes
from policy.readers.containers import (
    CERTIFICATE_VARIABLE,
    HTPASSWD_VARIABLE,
    KEY_VARIABLE,
    Container,
)
from policy.readers.docker import CONTAINER, VOLUME
from policy.readers.mounts import (
    Mount,
    VolumeOptions,
    is_below,
    mounts,
    normalize_path,
    volume_options,
)
from policy.readers.pods import volumes_of
from policy.readers.workloads import containers
from policy.resources import UNKNOWN, Resource, dig, to_string

_SOCKET = re.compile(
    r"(^|[./_-])(sock|socket)[0-9]*([./_-]|$)"
    r"|(docker|containerd|podman|crio|cri-o|buildkitd?)[^/]*sock|docker_engine",
    re.IGNORECASE,
)
_SOCKET_PARENTS = re.compile(
    r"/|/var|/run(/(containerd|docker|podman|crio|buildkit|user(/[0-9]+(/\w+)?)?))?"
)
"""The parent directories of sockets; the sockets of rootless engines belong to users."""
_SYSTEM = (
    *("/proc", "/sys", "/dev", "/run", "/etc", "/root", "/boot"),
    *("/var/lib/docker", "/var/lib/containerd", "/var/lib/containers", "/var/lib/kubelet"),
)
_PRIVATE = frozenset({"", "private", "rprivate", "slave", "rslave"})
_KINDS = frozenset({"", "bind", "volume", "tmpfs"})
_NODE_VOLUMES = frozenset({"hostPath", "local"})
"""The volumes of Kubernetes that are directories of a node."""
_TYPES = kubernetes.WORKLOADS | {CONTAINER, VOLUME, kubernetes.VOLUME}


def _host_paths(resource: Resource) -> Iterator[str]:
    """The paths on the host that a container or a volume mounts."""
    if resource.type == VOLUME:
        paths = [volume_options(resource).host_path]
    elif resource.type != CONTAINER:
        paths = [
            to_string(dig(options, "path"))
            for _, kind, options in volumes_of(resource)
            if kind in _NODE_VOLUMES
        ]
    else:
        paths = [mount.host_path for mount in mounts(resource) if mount.kind != "container"]
    return filter(None, paths)


def _title(resource: Resource) -> str:
    return {VOLUME: "Volume", CONTAINER: "Container"}.get(
        resource.type, "PersistentVolume" if resource.type == kubernetes.VOLUME else "Pod"
    )


def _has_socket(path: str) -> bool:
    return bool(_SOCKET.search(path) or _SOCKET_PARENTS.fullmatch(path))


def _validate_socket(resource: Resource, _: Config) -> Iterator[str]:
    for source in _host_paths(resource):
        path = normalize_path(source)
        if _has_socket(path):
            title = _title(resource)
            yield f"{title} must not mount {path}: the engine's socket there controls the host"


NO_DOCKER_SOCKET = ResourcePolicy(
    name="container-no-docker-socket",
    description="Containers must not mount the Docker socket of their host or a directory above "
    "it, directly or through a volume.",
    reason="The socket gives control over the host. Every path with the name of a socket counts.",
    severity=Severity.CRITICAL,
    types=_TYPES,
    validate=_validate_socket,
    settings=("storage.path",),
    remediation="Set storage.path to a directory for packs only: the pack registry mounts nothing "
    "else",
    remediation_elsewhere="remove the mount from the Container's mounts or volumes, the "
    "directory from the Volume's driverOpts, or the hostPath from the pod's volumes",
)


def _validate_bind(resource: Resource, config: Config) -> Iterator[str]:
    is_docker = resource.type in (CONTAINER, VOLUME)
    directories = config["directories" if is_docker else "nodeDirectories"]
    allowed = [normalize_path(directory) for directory in directories]
    for source in _host_paths(resource):
        path = normalize_path(source)
        if _has_socket(path):
            continue  # `container-no-docker-socket` reports it.
        is_allowed = path.startswith("/") and not re.search(r"[:\\\0]", path)
        closest = max((one for one in allowed if is_below(path, one)), key=len, default="")
        system = max((one for one in _SYSTEM if is_below(path, one)), key=len, default="")
        if not is_allowed or not closest or len(closest) < len(system):
            yield (
                f"{_title(resource)} must not mount {path} of the host; allowed are "
                f"{', '.join(directories) or 'no directories'}"
            )
    for container in containers(resource):
        yield from _mount_issues(container)
    for title, volume in _volumes(resource):
        if volume.propagation:
            yield f"{title} must not propagate to the host ({volume.propagation})"


def _mount_issues(container: Container) -> Iterator[str]:
    for mount in container.mounts:
        if mount.kind not in _KINDS:
            kind = "the volumes of another container" if mount.kind == "container" else mount.kind
            yield f"Mount at {mount.target or '?'} must be a bind, a volume or tmpfs, not {kind}"
        if mount.propagation not in _PRIVATE:
            yield f"Mount at {mount.target} must not propagate to the host ({mount.propagation})"


BIND_SOURCES = ResourcePolicy(
    name="container-bind-sources",
    description="Containers must mount only allowed directories of their host, directly or through "
    "a volume.",
    reason="Other directories contain the system's configuration, devices, programs and secrets.",
    severity=Severity.CRITICAL,
    types=_TYPES,
    validate=_validate_bind,
    settings=("storage.path",),
    remediation="Set storage.path to a directory for packs only, or add it under "
    "container-bind-sources.directories",
    remediation_elsewhere="set the source of the mount to such a directory, or use a volume. In "
    "Kubernetes, use a PersistentVolumeClaim instead of hostPath and local",
    options={
        "directories": string_list(
            (
                "/srv",
                "/mnt",
                "/media",
                "/data",
                "/opt",
                "/var/lib/packs",
                "/var/lib/pack-registry",
                "/var/lib/registry",
                "/var/lib/spectro-registry",
            ),
            "Directories of the host that may be mounted, and all directories below them.",
        ),
        "nodeDirectories": string_list(
            (), "The same for nodes of Kubernetes, which pods mount by hostPath."
        ),
    },
)


def _unusual_volumes(resource: Resource, config: Config) -> Iterator[str]:
    allowed = {*config["kinds"], *_NODE_VOLUMES}  # `container-bind-sources` checks the latter
    if resource.type == kubernetes.VOLUME:
        allowed |= set(config["types"])
    for name, kind, _ in volumes_of(resource):
        if kind not in allowed:
            yield f"Volume {name or '?'} must have an allowed kind, not {kind}"


def _volumes(resource: Resource) -> Iterator[tuple[str, VolumeOptions]]:
    if resource.type == VOLUME:
        yield "Volume", volume_options(resource)
    else:
        for mount in mounts(resource):
            yield f"Volume at {mount.target}", mount.volume


def _validate_volume(resource: Resource, config: Config) -> Iterator[str]:
    if resource.type not in (CONTAINER, VOLUME):
        yield from _unusual_volumes(resource, config)
        return
    for title, volume in _volumes(resource):
        if volume.driver not in ("", *config["drivers"]):
            yield f"{title} must have an allowed driver, not {volume.driver}"
        if volume.type not in ("", "none", *config["types"]):
            yield f"{title} must have an allowed type of file system, not {volume.type}"
    if resource.type == VOLUME and resource.get("cluster", UNKNOWN) not in (UNKNOWN, {}):
        yield "Volume must not be a cluster volume, which another driver provides"


VOLUME_DRIVER = ResourcePolicy(
    name="volume-driver",
    description="Volumes must have an allowed driver, and mount an allowed type of file system.",
    reason="Other drivers and file systems (overlay, devtmpfs, a disk of the host) give access to "
    "the host.",
    severity=Severity.HIGH,
    types=_TYPES,
    validate=_validate_volume,
    settings=("storage.kind",),
    remediation="Set storage.kind to volume, nfs or cifs, and remove the transformation in the "
    "program that changes its volume",
    remediation_elsewhere="set driver of the Volume to local, and type in its driverOpts to an "
    "allowed one. In Kubernetes, use a PersistentVolumeClaim",
    options={
        "drivers": string_list(("local",), "Allowed volume drivers."),
        "types": string_list(
            ("nfs", "nfs3", "nfs4", "cifs", "smb3", "tmpfs"),
            "File system types that the driver local and persistent volumes of Kubernetes may "
            "mount.",
        ),
        "kinds": string_list(
            (
                "configMap",
                "csi",
                "downwardAPI",
                "emptyDir",
                "ephemeral",
                "image",
                "persistentVolumeClaim",
                "projected",
                "secret",
            ),
            "Allowed kinds of volumes in Kubernetes: those of the pod security standard "
            "restricted, and images.",
        ),
    },
)


def _config_directories(container: Container) -> set[str]:
    """The directories of a registry's htpasswd file, certificate and key, by its environment."""
    names = (CERTIFICATE_VARIABLE, KEY_VARIABLE, HTPASSWD_VARIABLE)
    paths = (path for name, path in container.variables if name in names and path)
    return {path.rpartition("/")[0] for path in paths}


def _contains_config(mount: Mount, directories: set[str]) -> bool:
    target = normalize_path(mount.target) if mount.target else ""
    normal = {normalize_path(directory) for directory in directories if directory}
    return bool(target) and any(is_below(target, one) or is_below(one, target) for one in normal)


def _validate_config_mounts(resource: Resource, config: Config) -> Iterator[str]:
    for container in containers(resource):
        directories = {*config["directories"], *_config_directories(container)}
        for mount in container.mounts:
            if mount.read_only or mount.kind == "tmpfs" or not _contains_config(mount, directories):
                continue
            target = normalize_path(mount.target)
            yield (
                f"Mount at {target}{container.place} must be read-only, because it contains "
                "configuration"
            )


CONFIG_READ_ONLY = ResourcePolicy(
    name="container-config-read-only",
    description="Running containers must mount their configuration read-only.",
    reason="An attacker can't change users or certificates. Configuration is in the configured "
    "directories, and where a registry's environment names its htpasswd file, certificate and key.",
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
