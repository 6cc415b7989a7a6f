"""Description of a server: what its container runs, and which files it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pulumi

from components.tls.certificate import Certificate
from components.verification.probe import RegistryApi
from components.verification.tls_client import TlsTrust

Files = dict[str, tuple[pulumi.Input[str], str]]
"""Content and octal mode of files, by name."""


class FileGroup(StrEnum):
    """Files of a server that are written together. The writer is named after the group."""

    USERS = "users"
    CERTIFICATE = "certificate"
    CONFIGURATION = "configuration"


@dataclass(frozen=True)
class ServerProcess:
    """How a server is started, derived from the settings."""

    api: RegistryApi
    command: list[str] | None
    """None for the image's own command."""
    environment: dict[str, str]
    """Environment variables. None of them is secret."""
    read_only_environment: dict[str, str]
    """More variables, which keep the server from changing an object storage."""
    port: int
    """Port on which the server listens in its container."""
    settling_seconds: float
    """Time after which a server that answers keeps doing so."""
    probe_path: str
    """Path that returns 200 without credentials if the server answers."""
    liveness_path: str
    """The same for a server whose storage fails. Empty if it then returns an error."""
    config_directories: list[str]
    """Directories in which the server reads its files."""
    file_groups: list[FileGroup]


@dataclass(frozen=True)
class ServerInputs:
    """What a server receives in addition, known while the update runs."""

    files: Mapping[FileGroup, Files]
    passwords: pulumi.Output[dict[str, str]]
    """Password by username, for users with a known password; secret."""
    trust: pulumi.Output[TlsTrust]
    """How clients verify the server."""
    files_digest: pulumi.Output[str]
    """Digest of the files that the server reads only at its start. It reveals nothing of them."""
    certificate: Certificate | None = None
    """None for plain HTTP."""
