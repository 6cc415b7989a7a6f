"""Paths of files and directories, and options of mounts."""

from __future__ import annotations

import posixpath
import re
from typing import Annotated

from common.types.base import Format

_SYSTEM_DIRECTORIES = tuple(
    "/bin /boot /dev /etc /lib /lib32 /lib64 /libx32 /proc /root /run /sbin /sys /usr "
    "/var/lib/containerd /var/lib/docker /var/lib/kubelet /var/run".split()
)
_SHARED_DIRECTORIES = ("/", "/home", "/tmp", "/var", "/var/lib")  # noqa: S108 - rejected
_MAX_PATH, _MAX_PATH_PART = 4095, 255
"""Bytes of a path and of one name in it (limits.h: PATH_MAX without its end, NAME_MAX)."""

CREDENTIAL_OPTIONS = frozenset(
    "user username pass passwd password password2 cred credentials".split()
)
"""Mount options with which the kernel's CIFS client and mount.cifs(8) take credentials."""


def _normal_path(value: str) -> str:
    """Return an absolute path without double slashes. POSIX allows two leading slashes."""
    return posixpath.normpath("/" + value.lstrip("/"))


def _absolute_path(value: str) -> str:
    parts = value.split("/")
    if not value.startswith("/") or ".." in parts or len(value.encode()) > _MAX_PATH:
        raise ValueError
    if not value.isprintable() or value != value.strip():
        raise ValueError
    if any(len(part.encode()) > _MAX_PATH_PART for part in parts):
        raise ValueError
    return _normal_path(value)


def _host_directory(value: str) -> str:
    path = _absolute_path(value)
    if ":" in value or "," in value or path in _SHARED_DIRECTORIES:
        raise ValueError
    if any(f"{path}/".startswith(f"{system}/") for system in _SYSTEM_DIRECTORIES):
        raise ValueError
    return path


def _local_path(value: str) -> str:
    path = posixpath.normpath(posixpath.expanduser(value))
    if value != value.strip() or not path.strip("/"):
        raise ValueError
    return _absolute_path(path)


def _nfs_export(value: str) -> str:
    if not value.startswith("/") or ".." in value.split("/"):
        raise ValueError
    if not value.isprintable() or "," in value:
        raise ValueError
    return _normal_path(value)


def _smb_share(value: str) -> str:
    text = value.replace("\\", "/").strip("/")
    if not text or ".." in text.split("/") or not text.isprintable() or "," in text:
        raise ValueError
    return text


def _mount_option(value: str) -> str:
    """Accept one option of mount(8). Address and credentials have other settings."""
    match = re.fullmatch(r"([a-z][a-z0-9_]*)(=[^\s,]+)?", value)
    if not match or match[1] == "addr" or match[1] in CREDENTIAL_OPTIONS:
        raise ValueError
    return value


HostDirectory = Annotated[
    str,
    Format(
        "an absolute path of the Docker host, not a system directory",
        "/srv/pack-registry",
        _host_directory,
    ),
]
LocalPath = Annotated[
    str,
    Format(
        "an absolute path, or a path that starts with ~", "~/.docker/registry-host", _local_path
    ),
]
"""File or directory on the machine that runs Pulumi."""
NfsExport = Annotated[str, Format("an absolute path", "/export/packs", _nfs_export)]
SmbShare = Annotated[
    str, Format("the name of a share, with an optional path below it", "packs/registry", _smb_share)
]
MountOption = Annotated[
    str, Format("a mount option that is not a credential", "nfsvers=4.1", _mount_option)
]
CifsMountOption = Annotated[
    str,
    Format("a mount option that is not a credential", "vers=3.1.1", _mount_option, secret=True),
]
"""Messages hide invalid values: users write passwords into these options."""
MountUsername = Annotated[
    str,
    Format("a string without spaces and commas", "packs", pattern=r"[^\s,]{1,256}", hide_after=":"),
]
"""A comma would end the mount option."""
