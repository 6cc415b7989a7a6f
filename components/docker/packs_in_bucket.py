"""Packs in a bucket that another server of an OCI registry can't read.

The preflight can't inspect a bucket: often, only the server has its keys. In the smoke test, the
running server and the changed one list the packs of the same bucket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pulumi

from common.labels import STORAGE_LABEL, TLS_LABEL
from components.docker.addresses import reachable_address
from components.docker.container_state import ContainerState
from components.docker.engine import DockerEngine
from components.docker.plan import DockerPlan
from components.settings import ADMIN, StorageKind, TlsMode
from components.storage.location import StorageLocation
from components.verification.absent import absent_versions
from components.verification.probe import Probe
from components.verification.reading import PackReader, ReadError
from components.verification.tls_client import Endpoint, TlsTrust

CATALOG_PATH = "/v2/_catalog"
"""Every server of an OCI registry serves it. One of a pack registry may not."""


def unreadable_packs(
    engine: DockerEngine,
    plan: DockerPlan,
    running: ContainerState | None,
    changed: Probe,
    passwords: Mapping[str, str],
    trust: TlsTrust,
) -> str:
    """Return why the changed server must not replace the running one; empty if it may.

    If one of them does not list its packs, for example because passwords change in the same update,
    a warning of the preflight is all that is said.

    :param changed: the server of the smoke test.
    :param passwords: password by username, for users with a known password.
    """
    previous = _other_directory(plan, running)
    user = ADMIN if ADMIN in passwords else next(iter(passwords), "")
    if running is None or previous is None or not user or not running.served:
        return ""
    address, port = min(running.served)
    has_tls = running.labels.get(TLS_LABEL) != TlsMode.OFF
    endpoint = Endpoint(
        plan.hostname, reachable_address(engine, address), port, trust if has_tls else None
    )
    old = Probe(endpoint, replace(plan.process.api, catalog_path=CATALOG_PATH))
    try:
        absent = absent_versions(
            PackReader(old, user, passwords[user]), PackReader(changed, user, passwords[user])
        )
    except ReadError:
        return ""
    if not absent:
        return ""
    stack, number = pulumi.get_stack(), len(absent)
    versions = "1 version" if number == 1 else f"{number} versions"
    return (
        f"ociServer: {versions} in {previous} would not be in {plan.location}, such as "
        f"{absent[0]}. Copy them with `make copy-packs FROM={stack} STACK={stack}-new` "
        "(docs/how-to/move-packs.md), set ociServer and flavor back, or set storage.s3.prefix to "
        "another path to start without packs."
    )


def _other_directory(plan: DockerPlan, running: ContainerState | None) -> StorageLocation | None:
    """Return where the running server has its packs, if that is in another part of the bucket."""
    label = running.labels.get(STORAGE_LABEL) if running else None
    if label is None or plan.location.kind is not StorageKind.S3:
        return None
    if plan.acme_volume:  # a request would make the changed server request a certificate
        return None
    previous = StorageLocation.from_label(label)
    is_other = previous != plan.location and previous.holder == plan.location.holder
    return previous if is_other else None
