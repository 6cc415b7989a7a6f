"""Description of a server: what its container runs, and which files it reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pulumi

from components.verification.probe import RegistryApi

Files = dict[str, tuple[pulumi.Input[str], str]]
"""Content and octal mode of files, by name."""


SERVER_ID = 65532
"""User and group of a server that is not root, those of "nonroot" in distroless images."""


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
    """Seconds after which a responding server counts as stable."""
    probe_path: str
    """Path that returns 200 without credentials if the server answers."""
    liveness_path: str
    """Path that returns 200 even if the storage fails. Empty if there is no such path."""
    config_directories: list[str]
    """Directories in which the server reads its files."""
    file_groups: list[FileGroup]
    metrics_port: int = 0
    """Port in its container on which it serves metrics without credentials; 0 for none."""
    reload_command: list[str] | None = None
    """Command that makes the running server reload its users after their file was replaced. It runs
    in a separate container that can write to the config volume. None if the server reads the file
    at every request."""
    reloaded_line: str = ""
    """Part of the line in the server's log after which it has read the users again."""
    cuts_requests: bool = False
    """Whether the server ends running requests when it stops."""
    writes_at_start: bool = False
    """Whether the server needs a writable data directory to start."""
    needs_scratch: bool = False
    """Whether the server writes temporary files of the size of packs. Nothing needs them after a
    restart. A smoke test writes none."""
    user_id: int | None = None
    """User and group that the server can run as on Docker. None for the image's own user."""
    packs_directory: str = ""
    """Directory in the data directory that this user must own. Empty if the packs are elsewhere."""

    @property
    def reads_users_once(self) -> bool:
        """Whether the server reads the users at its start, and again only on request."""
        return self.reload_command is not None
