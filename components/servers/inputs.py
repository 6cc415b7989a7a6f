"""What a server receives in addition to its settings, known while the update runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pulumi

from components.servers.process import FileGroup, Files
from components.tls.certificate import Certificate
from components.verification.tls_client import TlsTrust


@dataclass(frozen=True)
class ServerFiles:
    """The files of one server."""

    groups: Mapping[FileGroup, Files]
    digest: pulumi.Output[str]
    """Digest of the files that the server reads only at its start. It reveals nothing of them."""
    all_digest: Callable[[], pulumi.Output[str]]
    """Returns the digest of all files, for a server that also reads its users only at its start."""
    test_groups: Mapping[FileGroup, Files]
    """The files with which the server runs in a smoke test, where it must change no pack."""


@dataclass(frozen=True)
class ServerInputs:
    """What a server receives in addition, known while the update runs."""

    files: ServerFiles
    passwords: pulumi.Output[dict[str, str]]
    """Password by username, for users with a known password; secret."""
    trust: pulumi.Output[TlsTrust]
    """How clients verify the server."""
    certificate: Certificate | None = None
    """None for plain HTTP."""
